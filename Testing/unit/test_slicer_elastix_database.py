"""Databases of SlicerElastix are read as it wrote them, also where names are slightly wrong, and never beyond them."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ElastixPlusLib.errors import PresetError
from ElastixPlusLib.presets.slicer_elastix_database import (
    is_database,
    preset_of_slicer_elastix_text,
    presets_of_database,
)

RIGID = '(Transform "EulerTransform")\n'
DATABASE = """<?xml version="1.0" encoding="UTF-8"?>
<ElastixParameterSetDatabase>
  <ParameterSet id="par0002"
    modality="3D MR T1 &amp; PET"
    content="brain"
    description="intrapatient; translation; mutual information"
    publications="Klein &amp; Staring (2010), doi:10.1109/TMI.2009.2035616.">
    <ParameterFiles>
      <File Name="first.txt" />
      <File Name="second.txt" />
    </ParameterFiles>
  </ParameterSet>
  {more}
</ElastixParameterSetDatabase>
"""
BOMB = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]>"


def one(files: str, identifier: str = "other", more: str = 'modality="CT" content="lung"') -> str:
    names = "".join(f'<File Name="{name}"/>' for name in files.split("|") if name)
    return f'<ParameterSet id="{identifier}" {more}><ParameterFiles>{names}</ParameterFiles></ParameterSet>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a database, with a text file beside it that belongs to nobody in it."""
    place = tmp_path / "database"
    place.mkdir()
    (tmp_path / "secret.txt").write_text(RIGID)
    for name in ("first.txt", "second.txt", "Par0013Powell_NGC_singleImage.txt"):
        (place / name).write_text(RIGID)
    return place


def written(folder: Path, more: str = "", text: str = DATABASE) -> Path:
    path = folder / "ElastixParameterSetDatabase.xml"
    path.write_text(text.replace("{more}", more), encoding="utf-8")
    return path


def test_an_entry_becomes_a_preset_with_its_words_and_its_texts(folder):
    found = presets_of_database(written(folder))
    (preset,) = found.presets
    assert (preset.id, preset.title) == ("par0002", "3D MR T1 & PET (brain)")
    assert preset.summary == "intrapatient; translation; mutual information"
    assert (preset.anatomy, preset.modality, preset.subject) == (("brain",), ("MR", "PET"), "same")
    assert preset.doi == "10.1109/TMI.2009.2035616"
    assert preset.citation.startswith("Klein & Staring (2010)")
    assert [(stage.name, stage.text, stage.path) for stage in preset.stages] == [
        ("first.txt", RIGID, None),
        ("second.txt", RIGID, None),
    ]
    assert preset.origin == "user"
    assert found.notes == ()


def test_a_preset_that_the_user_saved_in_slicer_elastix_is_read(folder):
    root = ElementTree.Element("ElastixParameterSetDatabase")
    words = {
        "id": "par0003-#aB3_x-Zq",
        "modality": "Müll & <CT>",
        "content": "all",
        "publications": "",
        "description": "",
    }
    files = ElementTree.SubElement(ElementTree.SubElement(root, "ParameterSet", words), "ParameterFiles")
    ElementTree.SubElement(files, "File", {"Name": "first.txt"})
    path = folder / "preset.xml"
    ElementTree.ElementTree(root).write(path)
    (preset,) = presets_of_database(path).presets
    assert (preset.id, preset.title, preset.anatomy) == ("par0003-ab3-x-zq", "Müll & <CT> (all)", ("any",))


def test_two_entries_of_one_id_get_ids_of_their_own(folder):
    found = presets_of_database(written(folder, one("first.txt", "par0002")))
    assert [preset.id for preset in found.presets] == ["par0002", "par0002-2"]


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("FIRST.txt", "first.txt"),
        ("par0013Powell_NGC_singleImage.txt", "Par0013Powell_NGC_singleImage.txt"),
        ("par0013Powel_NGC_singleImage.txt", "Par0013Powell_NGC_singleImage.txt"),
    ],
)
def test_a_file_whose_name_is_slightly_wrong_is_found_and_noted(folder, name, taken):
    found = presets_of_database(written(folder, one(name)))
    assert found.presets[1].stages[0].name == taken
    assert found.notes == (f'"CT (lung)" names the file "{name}"; "{taken}" was taken.',)


def test_a_file_with_another_number_in_its_name_is_not_taken_for_the_one_that_is_missing(folder):
    found = presets_of_database(written(folder, one("Par0014Powell_NGC_singleImage.txt")))
    assert len(found.presets) == 1
    assert "not there" in found.notes[0]


def test_a_preset_that_cannot_be_read_does_not_stop_the_others(folder):
    (folder / "bad.txt").write_text("(Transform")
    found = presets_of_database(
        written(folder, one("missing.txt") + one("") + one("bad.txt") + one("first.txt", "good"))
    )
    assert [preset.id for preset in found.presets] == ["par0002", "good"]
    assert ["not there" in found.notes[0], "0 parameter files" in found.notes[1], "line 1" in found.notes[2]] == [
        True
    ] * 3


@pytest.mark.parametrize(
    "name",
    [
        "../secret.txt",
        "a/../../secret.txt",
        "/etc/hostname",
        "..\\secret.txt",
        "C:\\a.txt",
        "C:first.txt",
        "",
        "a//b.txt",
    ],
)
def test_a_name_that_leads_out_of_the_folder_is_not_opened(folder, name):
    found = presets_of_database(written(folder, one(f"{name}|first.txt") if name else one("x").replace('"x"', '""')))
    assert [preset.id for preset in found.presets] == ["par0002"]
    assert "not in the folder" in found.notes[0]


def test_an_absolute_name_of_a_file_that_is_there_is_not_opened(folder, tmp_path):
    found = presets_of_database(written(folder, one(str(tmp_path / "secret.txt"))))
    assert len(found.presets) == 1


def test_a_link_out_of_the_folder_is_not_followed(folder, tmp_path):
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    found = presets_of_database(written(folder, one("link.txt")))
    assert len(found.presets) == 1
    assert "link" in found.notes[0]


def test_a_file_in_a_folder_below_is_read(folder):
    (folder / "below").mkdir()
    (folder / "below" / "third.txt").write_text(RIGID)
    assert presets_of_database(written(folder, one("below/third.txt"))).presets[1].stages[0].name == "third.txt"


def test_stages_of_one_file_have_names_of_their_own(folder):
    found = presets_of_database(written(folder, one("first.txt|first.txt")))
    assert [stage.name for stage in found.presets[1].stages] == ["first.txt", "2-first.txt"]


def test_landmarks_that_a_stage_uses_are_needed(folder):
    (folder / "first.txt").write_text(
        '(Transform "EulerTransform")\n(Metric "AdvancedMeanSquares" "CorrespondingPointsEuclideanDistanceMetric")\n'
    )
    assert presets_of_database(written(folder)).presets[0].needs == ("landmarks",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no element"),
        ("<a/>", 'begins with "a"'),
        ("<ElastixParameterSetDatabase/>", "holds no presets"),
        ("<ElastixParameterSetDatabase><ParameterSet>", "cannot be used"),
        (f"{BOMB}<ElastixParameterSetDatabase>&b;</ElastixParameterSetDatabase>", "document type"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><ElastixParameterSetDatabase/>', "document type"),
        ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', "document type"),
        ('<!DOCTYPE x [<!ENTITY % e SYSTEM "http://localhost/x"> %e;]><x/>', "document type"),
        ("<ElastixParameterSetDatabase>&other;</ElastixParameterSetDatabase>", "undefined entity"),
        ("<ElastixParameterSetDatabase>" + "<a>" * 50_000, "too deep"),
        ("<ElastixParameterSetDatabase>" + "<ParameterSet/>" * 2000, "too many"),
        ("<ElastixParameterSetDatabase>\0</ElastixParameterSetDatabase>", "cannot be used"),
        ('<?xml version="1.0" encoding="klingon"?><ElastixParameterSetDatabase/>', "cannot be used"),
        ("<ElastixParameterSetDatabase>" + " " * 5_000_000, "larger than 4 MB"),
    ],
)
def test_xml_that_is_no_database_or_refers_beyond_itself_is_refused(folder, text, said):
    with pytest.raises(PresetError, match=said) as caught:
        presets_of_database(written(folder, text=text))
    assert "ElastixParameterSetDatabase.xml" in caught.value.what


def test_a_missing_database_is_refused(tmp_path):
    with pytest.raises(PresetError, match="could not be read"):
        presets_of_database(tmp_path / "a.xml")


@pytest.mark.parametrize(
    "encoded",
    [
        DATABASE.replace("brain", "Knorpel-é").encode("latin-1"),
        DATABASE.replace("brain", "Knorpel-é").replace("UTF-8", "windows-1252").encode("cp1252"),
        DATABASE.replace("brain", "Knorpel-é").replace("UTF-8", "UTF-16").encode("utf-16"),
        b"\xef\xbb\xbf" + DATABASE.replace("brain", "Knorpel-é").replace("\n", "\r\n").encode(),
    ],
)
def test_umlauts_of_any_editor_are_read(folder, encoded):
    path = written(folder)
    path.write_bytes(encoded.replace(b"{more}", b"") if b"{more}" in encoded else encoded)
    (preset,) = presets_of_database(path).presets
    assert preset.anatomy == ("knorpel-é",)


def test_text_files_in_latin_1_and_with_windows_line_ends_are_read(folder):
    (folder / "first.txt").write_bytes(b'// f\xfcr\r\n(Transform "EulerTransform")\r\n')
    assert (
        presets_of_database(written(folder)).presets[0].stages[0].text == '// für\r\n(Transform "EulerTransform")\r\n'
    )


def test_only_a_database_looks_like_one():
    assert is_database(DATABASE.encode())
    assert not is_database(b"<MRML></MRML>")


def in_scene(**changes) -> str:
    """The text of a node, as SlicerElastix writes it."""
    stages = [{"name": "Parameters_Rigid.txt", "content": RIGID}, {"name": "my step: 2", "content": RIGID}]
    words = {
        "id": "default0-#aGVsbG8h",
        "modality": "generic",
        "content": "all 2",
        "description": "d",
        "publications": "",
    }
    return json.dumps(words | {"parameter_files": stages} | changes, indent=2)


def test_a_preset_in_a_scene_is_read_as_slicer_elastix_wrote_it():
    preset = preset_of_slicer_elastix_text(in_scene(), "of the scene")
    assert (preset.id, preset.title, preset.summary) == ("default0-agvsbg8h", "generic (all 2)", "d")
    assert [(stage.name, stage.text) for stage in preset.stages] == [
        ("Parameters_Rigid.txt", RIGID),
        ("my step- 2.txt", RIGID),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        (in_scene(parameter_files=[]), "no stages"),
        (in_scene(parameter_files={"name": "a"}), "no stages"),
        (in_scene(parameter_files=["a"]), "without a name"),
        (in_scene(parameter_files=[{"name": "a", "content": 3}]), "without a name"),
        (in_scene(parameter_files=[{"name": "a", "content": "(A 1)\0"}]), "without a name"),
        (in_scene(parameter_files=[{"name": "a", "content": "(A"}]), "line 1"),
        (in_scene(parameter_files=[{"name": "a", "content": RIGID}] * 51), "no stages"),
    ],
)
def test_a_text_that_slicer_elastix_would_not_have_written_is_refused(text, said):
    with pytest.raises(PresetError, match=said):
        preset_of_slicer_elastix_text(text, "of the scene")


@pytest.mark.parametrize("name", ["../../a.txt", "C:\\a.txt", "/etc/x", "..", ""])
def test_a_stage_name_in_a_scene_never_leads_anywhere(name):
    text = in_scene(parameter_files=[{"name": name, "content": RIGID}])
    (stage,) = preset_of_slicer_elastix_text(text, "of the scene").stages
    assert Path(stage.name).name == stage.name
    assert not {"/", "\\", ":"} & set(stage.name)
    assert stage.name.endswith(".txt")
