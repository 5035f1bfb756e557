"""A bundle of a real run tells the fault and nobody's name."""

from __future__ import annotations

import getpass
import json
import os
import platform
import re
import unicodedata
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest

from ElastixPlusLib.record.record_json import record_from_text
from ElastixPlusLib.support.bundle import BundleFile, NameLeftError, collect_bundle, write_bundle
from ElastixPlusLib.support.harmless_words import is_harmless
from ElastixPlusLib.support.hidden_names import HiddenName, Names
from support.conftest import AROUND, FORBIDDEN, KeptRun

ENGINES = [
    pytest.param("auto", marks=pytest.mark.native_engine),
    pytest.param("itk", marks=pytest.mark.itk_engine),
]
KNOWN = re.compile(
    r"README\.txt|software\.txt|geometry\.txt|record\.json|console\.txt|parameters\.0\.txt"
    r"|result/(TransformParameters\.0\.txt|IterationInfo\.0\.R0\.txt|elastix\.log)"
)
POSIX = pytest.mark.skipif(os.name == "nt", reason="links need a permission on Windows")


def written(name: str) -> set[bytes]:
    """Every way in which a name could stand in a file, in lower case."""
    texts = {name, unicodedata.normalize("NFD", name), quote(name), json.dumps(name)[1:-1], name.upper()}
    encodings = ("utf-8", "latin-1", "cp850", "utf-16-le", "utf-16-be")
    return {text.lower().encode(encoding, "ignore") for text in texts for encoding in encodings}


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def bundle_of(run: KeptRun, place: Path) -> dict[str, bytes]:
    bundle = collect_bundle(run.record, run.folder, ["Path /home/hmephisto/elastix"], surroundings=AROUND)
    write_bundle(bundle.files, place, bundle.names)
    return members(place)


def require_nobody(found: dict[str, bytes], tmp_path: Path) -> None:
    everything = b"\n".join(found.values()).lower()
    shown = [name for name in FORBIDDEN for text in written(name) if text in everything]
    assert not shown
    text = everything.decode("utf-8")
    for name in (getpass.getuser(), platform.node(), *tmp_path.parts[1:]):
        alone = rf"(?<![a-z0-9]){re.escape(name.lower())}(?![a-z0-9])"
        assert is_harmless(name.lower()) or not re.search(alone, text), name
    assert not re.search(r"(?<![\w<>/.])/\w+/|[a-z]:\\\\?\w", text)
    assert not re.search(r"\d\d:\d\d:\d\d", text)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_bundle_of_a_failed_run_shows_the_fault_and_no_name(engine, kept_run, tmp_path):
    run = kept_run("NopeTransform", engine)
    found = bundle_of(run, tmp_path / "bundle.zip")
    assert all(map(KNOWN.fullmatch, found))
    require_nobody(found, tmp_path)
    assert b'(Transform "NopeTransform")' in found["parameters.0.txt"]
    assert b"The following component could not be created: NopeTransform" in found["console.txt"]
    record = record_from_text(found["record.json"].decode())
    assert "NopeTransform" in record.ending.what
    assert record.inputs[0].geometry == run.record.inputs[0].geometry
    assert run.record.inputs[0].sha256.startswith(record.inputs[0].sha256)
    assert len(record.inputs[0].sha256) == 12
    assert any("landmark 1" in finding.what for finding in record.findings)


@pytest.mark.native_engine
def test_the_bundle_of_a_run_that_went_well_has_its_course_and_no_voxels(kept_run, tmp_path):
    run = kept_run()
    found = bundle_of(run, tmp_path / "bundle.zip")
    assert {"result/TransformParameters.0.txt", "result/IterationInfo.0.R0.txt"} <= set(found)
    require_nobody(found, tmp_path)
    everything = b"\n".join(found.values())
    assert not [
        at
        for at in range(0, len(run.voxels) - 8, 8)
        if run.voxels[at : at + 8].strip(b"\0") and run.voxels[at : at + 8] in everything
    ]
    assert found["result/IterationInfo.0.R0.txt"] == (run.folder / "result" / "IterationInfo.0.R0.txt").read_bytes()
    kept = [line for line in (run.folder / "parameters.0.txt").read_text("utf-8").splitlines() if line.startswith("(")]
    assert [line.split(" //")[0] for line in kept] == [
        line for line in found["parameters.0.txt"].decode().splitlines() if line
    ]


def small_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    (folder / "result").mkdir(parents=True)
    (folder / "console.txt").write_text("elastix runs at: auerbachs-keller\nDescription: no samples\n")
    return folder


@pytest.mark.parametrize(
    "file",
    [
        "console.txt",
        "parameters.0.txt",
        "result/elastix.log",
        "result/IterationInfo.0.R0.txt",
        "result/TransformParameters.0.txt",
        "initial_transform.txt",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_a_name_is_found_in_every_kind_of_file_and_encoding(file, encoding, made_record, tmp_path):
    folder = small_folder(tmp_path)
    (folder / file).write_text('(Told "by HansMueller and Müller^Hans")\n(Kept 17)\n', encoding=encoding)
    bundle = collect_bundle(made_record, folder, surroundings=AROUND)
    shown = {one.name: one.text for one in bundle.files}[file]
    assert "(Kept 17)" in shown
    assert "volume" in shown
    assert not [name for name in FORBIDDEN if name.lower() in shown.lower()]


@POSIX
def test_links_are_not_followed(made_record, tmp_path):
    folder, secret = small_folder(tmp_path), tmp_path / "secret"
    secret.mkdir()
    (secret / "elastix.log").write_text("a secret log")
    (folder / "parameters.0.txt").symlink_to(secret / "elastix.log")
    (folder / "result").rmdir()
    (folder / "result").symlink_to(secret)
    os.mkfifo(folder / "parameters.1.txt")
    bundle = collect_bundle(made_record, folder, surroundings=AROUND)
    assert "secret" not in "".join(file.text for file in bundle.files)
    assert [sentence.split()[0] for sentence in bundle.left_out] == ["parameters.0.txt", "parameters.1.txt"]


def test_voxels_under_the_name_of_a_text_are_left_out(made_record, tmp_path):
    folder = small_folder(tmp_path)
    (folder / "parameters.0.txt").write_bytes(bytes(range(256)) * 50)
    (folder / "fixed.mha").write_bytes(b"voxels")
    bundle = collect_bundle(made_record, folder, surroundings=AROUND)
    assert {file.name for file in bundle.files} == {"README.txt", "geometry.txt", "record.json", "console.txt"}
    assert bundle.left_out == ("parameters.0.txt is no text.",)
    assert bundle.left_out[0] in bundle.files[0].text


def test_a_run_without_a_record_says_what_was_not_known(tmp_path):
    bundle = collect_bundle(None, small_folder(tmp_path), surroundings=AROUND)
    assert "There was no record" in bundle.files[0].text
    assert bundle.files[1].text == "elastix runs at: <computer>\nDescription: no samples\n"


def test_the_computer_that_ran_elastix_is_known_by_its_log(tmp_path):
    folder = small_folder(tmp_path)
    (folder / "console.txt").write_text(
        "elastix runs at: faraway7\ncannot reach FARAWAY7, /home/grete/x is gone, grete\n"
    )
    text = collect_bundle(None, folder, surroundings=AROUND).files[1].text
    assert "cannot reach <computer>, <folder>/<file> is gone, <user>" in text


def test_the_folder_of_a_run_is_known_by_each_of_its_parts(tmp_path):
    folder = small_folder(tmp_path / "Homunculus study")
    (folder / "console.txt").write_text("nothing in homunculus_study, of Homunculus\n")
    text = collect_bundle(None, folder, surroundings=AROUND).files[1].text
    assert text == "nothing in <folder>, of <folder>\n"


def test_nothing_is_written_while_a_name_is_seen(tmp_path):
    names = Names.of([HiddenName("Hans", "fixed volume")])
    for text in ("Hans", "HANS", "%48ans", "\\u0048ans", "a_hans."):
        with pytest.raises(NameLeftError, match=r"result/elastix\.log") as caught:
            write_bundle([BundleFile("result/elastix.log", text)], tmp_path / "b.zip", names)
        assert "hans" not in str(caught.value).lower()
    assert list(tmp_path.iterdir()) == []


def test_the_same_contents_give_the_same_bytes_and_an_earlier_bundle_is_replaced(made_record, tmp_path):
    bundle = collect_bundle(made_record, small_folder(tmp_path), surroundings=AROUND)
    place = tmp_path / "bundle.zip"
    write_bundle(bundle.files, place, bundle.names)
    first = place.read_bytes()
    write_bundle(bundle.files, place, bundle.names)
    assert place.read_bytes() == first
    with zipfile.ZipFile(place) as archive:
        assert {entry.date_time[:3] for entry in archive.infolist()} == {(1980, 1, 1)}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle.zip", "run"]
