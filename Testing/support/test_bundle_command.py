"""``elastixplus bundle``: what is packed from what, and what is refused."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ElastixPlusLib.cli import main
from ElastixPlusLib.elastix.engine import ENGINE_VARIABLE
from ElastixPlusLib.record.record_file import write_record
from ElastixPlusLib.support import bundle as support_bundle
from ElastixPlusLib.support.bundle import NameLeftError


@pytest.fixture
def elastixplus(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Call the command line in an empty folder, without any elastix; exit code and both streams."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv(ENGINE_VARIABLE, str(tmp_path / "no-elastix-of-grete"))
    monkeypatch.setenv("USER", "hmephisto")

    def call(*words: object) -> tuple[int, str, str]:
        code = main(["bundle", *map(str, words)])
        return code, *capfd.readouterr()

    return call


@pytest.fixture
def folder(tmp_path: Path, made_record) -> Path:
    """The folder of a report, which has parameter files and a record."""
    place = tmp_path / "Grete report"
    place.mkdir()
    write_record(made_record, place / "record.json")
    (place / "parameters.0.txt").write_text("// stage 0, from Müller.txt\n(A 1)\n", encoding="utf-8")
    (place / "report.html").write_text("Müller")
    return place


def read(place: str = "elastixplus-bundle.zip") -> dict[str, str]:
    with zipfile.ZipFile(place) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_without_a_run_it_packs_versions_and_why_there_is_no_engine(elastixplus):
    code, _, told = elastixplus()
    assert (code, told) == (0, "The bundle is elastixplus-bundle.zip. Look through it before you post it.\n")
    found = read()
    assert set(found) == {"README.txt", "software.txt"}
    assert "Engine     none: The engine that ELASTIXPLUS_ELASTIX names cannot be used" in found["software.txt"]
    assert "grete" not in found["software.txt"]


def test_a_folder_gives_its_texts_and_a_record_itself(elastixplus, folder):
    assert elastixplus(folder, "--output", "a.zip")[0] == 0
    assert elastixplus(folder / "record.json", "--output", "b.zip")[0] == 0
    of_record = {"README.txt", "software.txt", "geometry.txt", "record.json"}
    assert set(read("a.zip")) == of_record | {"parameters.0.txt"}
    assert set(read("b.zip")) == of_record
    assert read("a.zip")["parameters.0.txt"] == "(A 1)\n"
    assert not [text for text in read("a.zip").values() if "grete" in text.lower() or "müller" in text.lower()]


def test_a_list_shows_everything_and_writes_nothing(elastixplus, folder):
    code, shown, _ = elastixplus(folder, "--list")
    assert code == 0
    assert "==== README.txt\n" in shown
    assert "==== parameters.0.txt\n(A 1)\n" in shown
    assert not list(Path().iterdir())


def test_a_further_word_is_taken_out(elastixplus, folder):
    (folder / "console.txt").write_text("ward 7 of Dr. Wagner says Metric\n")
    elastixplus(folder, "--name", "Wagner", "--name", "ward 7", "--name", "Metric")
    assert read()["console.txt"] == "<removed> of Dr. <removed> says <removed>\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere.record.json"], "There is no record"),
        (["EMPTY"], "Nothing of a run lies in"),
        (["--output", "EMPTY"], "has an ending that cannot be written"),
        (["--output", "missing/b.zip"], "does not exist"),
        (["--output", "b.txt"], "has an ending that cannot be written"),
        (["--name", "--"], "neither letter nor digit"),
    ],
)
def test_what_cannot_be_used_is_said_before_anything_is_written(words, message, elastixplus, tmp_path):
    (tmp_path / "EMPTY").mkdir()
    words = [str(tmp_path / word) if word == "EMPTY" else word for word in words]
    words = [f"{words[0]}={words[1]}"] if words[0] == "--name" else words
    code, _, told = elastixplus(*words)
    assert code == 2
    assert message in told
    assert len(told.splitlines()) == 2
    assert not list(Path().iterdir())


def test_a_damaged_record_is_told(elastixplus, folder):
    (folder / "record.json").write_text('{"format": "ElastixPlus record of a run"}')
    code, _, told = elastixplus(folder)
    assert code == 2
    assert "is damaged" in told


def test_a_bundle_with_a_name_in_it_ends_with_5(elastixplus, folder, monkeypatch):
    (folder / "console.txt").write_text("fine\n")

    def seen(_contents, _names):
        return (("console.txt", None),)

    monkeypatch.setattr(support_bundle, "left_over_names", seen)
    code, _, told = elastixplus(folder)
    assert code == NameLeftError.exit_code == 5
    assert "A name could not be taken out of console.txt" in told
    assert not list(Path().iterdir())
