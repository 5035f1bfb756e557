"""Names that would lead out of a folder, mean a device, or look like what they are not."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from ElastixPlusLib.errors import PresetError
from ElastixPlusLib.presets import Preset, PresetStage, find_preset
from ElastixPlusLib.presets.importing import import_presets
from ElastixPlusLib.presets.library import faulty_presets, list_presets
from ElastixPlusLib.presets.preset_folder import is_plain_file_name, read_preset, write_preset
from ElastixPlusLib.presets.preset_json import is_identifier
from ElastixPlusLib.presets.slicer_elastix_database import preset_of_slicer_elastix_text
from ElastixPlusLib.presets.user_presets import free_identifier, save_user_preset

RIGID = '(Transform "EulerTransform")\n'
KNEE = Preset("knee", "Knee", stages=(PresetStage("0-rigid.txt", text=RIGID),), origin="user")
ELSEWHERE = ["..", "../up", "a/b", "/srv/x", "C:\\x", "c:x", "\\\\host\\share", "..\\up", ".", "", "~", "x\0y"]
DEVICES = ["con", "nul", "aux", "prn", "com1", "lpt9", "com¹"]
DECEIVING = ["a.txt.", "a.txt ", "a\x1b[31m.txt", "a\u202etxt.exe", "a\u2066b.txt", "a\r.txt", "a\ud800.txt", "a" * 300]


@pytest.mark.parametrize("name", [*ELSEWHERE, *DEVICES, "Knee", "a b", "a.", "-x", "a*", "{0}", "%s", "a\x1bb"])
def test_an_id_that_leads_elsewhere_is_no_id_and_is_never_written(name: str, tmp_path: Path, user_presets: Path):
    assert not is_identifier(name)
    preset = replace(KNEE, id=name)
    for write in (save_user_preset, lambda one: write_preset(one, tmp_path / "presets")):
        with pytest.raises(PresetError):
            write(preset)
    assert list(tmp_path.iterdir()) == []
    assert not user_presets.exists()
    with pytest.raises(PresetError, match="no preset"):
        find_preset(name)
    assert is_identifier(free_identifier(name, ()))


@pytest.mark.parametrize(
    "name", [*ELSEWHERE[:-2], *DEVICES, *(f"{one}.TXT" for one in DEVICES), *DECEIVING, "a?", "nul .x"]
)
def test_a_stage_whose_name_leads_elsewhere_is_never_written(name: str, tmp_path: Path):
    assert not is_plain_file_name(name)
    with pytest.raises(PresetError, match="on every system"):
        write_preset(replace(KNEE, stages=(PresetStage(name, text=RIGID),)), tmp_path / "presets")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/hostname", "con.txt", "a.txt.", "a\u202e.txt", "sub/a.txt"])
def test_a_description_that_names_such_a_stage_is_refused(name: str, tmp_path: Path):
    folder = tmp_path / "knee"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text(RIGID)
    (folder / "preset.json").write_text(json.dumps({"id": "knee", "title": "Knee", "files": [name]}))
    with pytest.raises(PresetError, match="outside of its folder"):
        read_preset(folder)
    with pytest.raises(PresetError, match="outside of its folder"):
        import_presets(folder / "preset.json")


@pytest.mark.parametrize(
    "name",
    ["con.txt", "sub/NUL.txt", "aux/a.txt", "a.txt.", "a.txt ", "..\\a.txt", "C:a.txt", "a\x1b.txt", "a\u202e.txt"],
)
def test_a_zip_file_with_such_a_name_is_refused_as_a_whole(name: str, tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "box.zip", "w") as box:
        box.writestr("good.txt", RIGID)
        box.writestr(name, RIGID)
    with pytest.raises(PresetError, match="no name of a file on every system"):
        import_presets(tmp_path / "box.zip")


def test_a_name_that_is_shown_in_a_refusal_shows_its_letters(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "box.zip", "w") as box:
        box.writestr("a\x1b[2J.txt", RIGID)
    with pytest.raises(PresetError) as caught:
        import_presets(tmp_path / "box.zip")
    assert "\x1b" not in str(caught.value)
    assert "\\x1b[2J" in str(caught.value)


@pytest.mark.parametrize(
    "name", ["nul.txt", "a\x1b[2J.txt", "a:b.txt", "$(touch x).txt", "a\u202etxt.txt", "b.txt .txt"]
)
def test_a_parameter_file_of_such_a_name_is_imported_under_a_plain_one(name: str, tmp_path: Path):
    (tmp_path / name).write_text(RIGID)
    (preset,) = import_presets(tmp_path / name).presets
    assert is_plain_file_name(preset.stages[0].name)
    assert (write_preset(preset, tmp_path / "out") / preset.stages[0].name).read_text() == RIGID


@pytest.mark.parametrize("name", ["../../x", "C:\\x", "con", "nul.txt", "\u202e", "\x1b[31m", "", " . "])
def test_a_stage_that_somebody_named_in_a_scene_gets_a_plain_name(name: str):
    text = json.dumps({"id": name, "parameter_files": [{"name": name or "x", "content": RIGID}]})
    preset = preset_of_slicer_elastix_text(text, "here")
    assert is_identifier(preset.id)
    assert is_plain_file_name(preset.stages[0].name)


def test_an_overlong_title_makes_an_id_of_bounded_length():
    assert len(free_identifier("x" * 100_000, ())) <= 64
    assert not is_identifier("x" * 65)


@pytest.mark.parametrize("value", ["/dev/null/x", "x" * 5000, "a\nb", "$(touch x)", "; true", "*", "~root", "-rf"])
def test_whatever_the_folder_of_presets_is_said_to_be_the_built_in_ones_are_there(value, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ELASTIXPLUS_PRESETS", value)
    assert "generic" in {preset.id for preset in list_presets()}
    assert faulty_presets() == ()
    assert find_preset("rigid").id == "rigid"
    assert list(tmp_path.iterdir()) == []
