"""Texts that are sound for a moment only: nested without end, numbers without end, letters that are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ElastixPlusLib.elastix.iteration_plan import IterationPlan
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.parameter_lint import lint_text
from ElastixPlusLib.elastix.pyramid_schedule import resolution_count
from ElastixPlusLib.elastix.toml_parameters import parameter_file_of_toml
from ElastixPlusLib.errors import LandmarkError, MaskError, ParameterFileError, PresetError
from ElastixPlusLib.mrml.files import read_landmarks, read_mask
from ElastixPlusLib.presets.archive import preset_of_text
from ElastixPlusLib.presets.importing import import_presets
from ElastixPlusLib.presets.override import parse_override
from ElastixPlusLib.presets.preset_folder import read_preset
from ElastixPlusLib.presets.slicer_elastix_database import preset_of_slicer_elastix_text, presets_of_database

RIGID = '(Transform "EulerTransform")\n'
DEEP = "[" * 100_000
DESCRIBED = '"id": "knee", "title": "Knee", "files": ["a.txt"]'


def described(folder: Path, text: str | bytes) -> Path:
    place = folder / "knee"
    place.mkdir()
    (place / "a.txt").write_text(RIGID)
    (place / "preset.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    return place


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (', "title": "Other"', "stands twice"),
        (', "recipe": {"mask_edge": "region", "mask_edge": "artificial"}', "stands twice"),
        (f', "summary": {DEEP}', "not valid JSON"),
        (f', "image_pairs": {"9" * 5000}', "not valid JSON"),
        (', "image_pairs": 1e999', "image pairs"),
        (', "measured": [{"case": "a", "engine": "b", "seconds": NaN}]', "NaN is no number"),
        (', "measured": [{"case": "a", "engine": "b", "seconds": -Infinity}]', "Infinity is no number"),
        (', "measured": [{"case": "a", "engine": "b", "seconds": 1e999}]', "measured"),
        (', "summary": "\\ud800"', "half"),
    ],
)
def test_a_description_of_a_preset_with_a_doubt_is_refused_wherever_it_lies(more: str, said: str, tmp_path: Path):
    text = f"{{{DESCRIBED}{more}}}"
    place = described(tmp_path, text)
    for read in (read_preset, lambda one: import_presets(one / "preset.json")):
        with pytest.raises(PresetError, match=said) as caught:
            read(place)
        assert len(str(caught.value)) < 1000
    whole = f'{{"format": "ElastixPlus preset", "version": 1, "preset": {text}, "files": {{"a.txt": "(A 1)"}}}}'
    with pytest.raises(PresetError, match=said):
        preset_of_text(whole, "here")


@pytest.mark.parametrize("content", [b"\xff\xfe{\0}\0", b'{"id": "\xe9"}', b"\0\0\0\0", b"\xed\xa0\x80"])
def test_a_description_that_is_no_text_in_utf_8_is_refused(content: bytes, tmp_path: Path):
    with pytest.raises(PresetError, match=r"UTF-8|not valid JSON"):
        read_preset(described(tmp_path, content))


@pytest.mark.parametrize("text", [DEEP, f'{{"a": {DEEP}', '{"a":' * 100_000])
def test_json_of_any_depth_is_refused_by_every_reader(text: str, tmp_path: Path, scene):
    with pytest.raises(PresetError):
        preset_of_text(text, "here")
    with pytest.raises(PresetError):
        preset_of_slicer_elastix_text(text, "here")
    (tmp_path / "a.mrk.json").write_text(text)
    with pytest.raises(MaskError, match="no markups file"):
        read_mask(scene, tmp_path / "a.mrk.json", "fixed")
    with pytest.raises(LandmarkError):
        read_landmarks(scene, tmp_path / "a.mrk.json", "fixed")
    assert scene.GetNumberOfNodes() == 0


@pytest.mark.parametrize("text", [f"A = {DEEP}", "A = " + "{a = " * 5000, "[" * 100_000, "a" + ".a" * 100_000 + " = 1"])
def test_toml_of_any_depth_is_refused(text: str):
    with pytest.raises(ParameterFileError):
        parameter_file_of_toml(text)


def test_xml_of_any_depth_is_refused(tmp_path: Path):
    (tmp_path / "a.xml").write_text("<ElastixParameterSetDatabase>" + "<a>" * 100_000)
    with pytest.raises(PresetError, match="too deep"):
        presets_of_database(tmp_path / "a.xml")


@pytest.mark.parametrize(
    "document_type",
    [
        '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;&x;&x;"><!ENTITY z "&y;&y;&y;&y;&y;">]>',
        '<!DOCTYPE a [<!ENTITY z SYSTEM "secret.txt">]>',
        '<!DOCTYPE a SYSTEM "http://example.org/a.dtd" [<!ENTITY % p SYSTEM "secret.txt"> %p;]>',
        "<!DOCTYPE ElastixParameterSetDatabase>",
    ],
    ids=["bomb", "external entity", "external document type", "empty document type"],
)
def test_a_document_type_is_refused_before_an_entity_of_it_is_read(document_type: str, tmp_path: Path):
    (tmp_path / "secret.txt").write_text(RIGID)
    entity = "&z;" if "ENTITY" in document_type else "z"
    (tmp_path / "a.xml").write_text(
        f'{document_type}<ElastixParameterSetDatabase><ParameterSet id="{entity}"><ParameterFiles><File '
        'Name="secret.txt"/></ParameterFiles></ParameterSet></ElastixParameterSetDatabase>'
    )
    with pytest.raises(PresetError, match="document type"):
        presets_of_database(tmp_path / "a.xml")


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 900, "1e999", "-1", "nan", "2147483648", "²", "٣"])
def test_no_number_in_a_parameter_file_makes_more_than_a_finding(number: str):
    text = f"{RIGID}(NumberOfResolutions {number})\n(MaximumNumberOfIterations {number})\n(Metric0Weight {number})\n"
    assert all(len(finding.what) < 2000 for finding in lint_text(text))
    if len(number) > 1000:
        with pytest.raises(ParameterFileError, match="5000 letters"):
            ParameterFile.parse(text)
        return
    file = ParameterFile.parse(text)
    assert len(IterationPlan.from_parameter_files([file]).stages[0].iterations) <= 100
    with pytest.raises(ParameterFileError, match="number of resolutions"):
        resolution_count(file)


@pytest.mark.parametrize("stage", ["9" * 5000, "9" * 12, "²", "0", "-1", "1e3", "../1"])
def test_a_number_of_a_stage_that_is_none_is_refused_in_a_change(stage: str):
    with pytest.raises(PresetError, match=r"stage|understood"):
        parse_override(f"{stage}.MaximumNumberOfIterations=100")


@pytest.mark.parametrize("value", ["__import__('os').system('x')", "$(touch x)", "`x`", "{0.__class__}", "%n%n", "1;2"])
def test_a_change_is_never_more_than_a_text(value: str):
    quoted = "'" + value + "'" if '"' in value else '"' + value + '"'
    assert parse_override(f"Metric={quoted}").values == (value,)


@pytest.mark.parametrize(
    ("content", "values"),
    [
        (b"\xef\xbb\xbf(A 1)\r\n(B 2)\n", ("1", "2")),
        (b"(A 1)\n(B 2)", ("1", "2")),
        ("(A 1)\n(B 2) // Größe".encode("latin-1"), ("1", "2")),
    ],
)
def test_a_parameter_file_is_read_with_its_mark_and_its_line_ends(
    content: bytes, values: tuple[str, str], tmp_path: Path
):
    (tmp_path / "a.txt").write_bytes(content)
    file = ParameterFile.read(tmp_path / "a.txt")
    assert (file.get("A"), file.get("B")) == tuple((value,) for value in values)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"(A 1)\0", "not a text file"),
        ("(A 1)\n".encode("utf-16"), "not a text file"),
        (b"(A 1)\r(B 2)\n", "carriage return"),
        (b'(A "a\rb")\n', "carriage return"),
        (b'(A "a\x06b")', "cannot be seen"),
        (b"(A 1\x1b[2J)", "cannot be seen"),
        (b"(" + b"A" * 5000 + b" 1)", "name of 5000 letters"),
        (b"(A \xe2\x80\xae)", "typographic|A"),
    ],
)
def test_a_parameter_file_that_elastix_would_misread_is_refused(content: bytes, said: str, tmp_path: Path):
    (tmp_path / "a.txt").write_bytes(content)
    if content.startswith(b"(A \xe2"):  # shown as it is, and no number of anything
        assert ParameterFile.read(tmp_path / "a.txt").get("A") == ("\u202e",)
        return
    with pytest.raises(ParameterFileError, match=said):
        ParameterFile.read(tmp_path / "a.txt")


def test_a_preset_whose_words_are_wrong_by_kind_is_refused(tmp_path: Path):
    for number, (key, value) in enumerate(
        {"id": 1, "title": None, "files": "a.txt", "anatomy": {"a": 1}, "image_pairs": True, "dimension": "3"}.items()
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        place = described(folder, json.dumps({"id": "knee", "title": "Knee", "files": ["a.txt"], key: value}))
        with pytest.raises(PresetError):
            read_preset(place)
