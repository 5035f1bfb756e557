"""All presets in one list: built in, the user's own, those of the scene; one that is faulty harms no other."""

from __future__ import annotations

import json

import pytest

from ElastixPlusLib.errors import PresetError
from ElastixPlusLib.mrml.scene_presets import store_preset_text
from ElastixPlusLib.presets import Preset, PresetStage, list_presets
from ElastixPlusLib.presets.user_presets import save_user_preset
from ElastixPlusLib.presets_at_hand import (
    faulty_presets_at_hand,
    keep_in_scene,
    preset_at_hand,
    presets_at_hand,
    remove_from_scene,
)
from saved_scenes import saved_and_read

RIGID = '(Transform "EulerTransform")\n'
KNEE = Preset("knee", "Knee & hip", stages=(PresetStage("0-rigid.txt", text=RIGID),), origin="user")
OTHER_KNEE = Preset("knee", "Another", stages=(PresetStage("0-rigid.txt", text=RIGID + "(A 1)\n"),), origin="user")


def built_in() -> list[str]:
    return [preset.id for preset in list_presets() if preset.origin == "built-in"]


def ids(scene=None) -> list[str]:
    return [preset.id for preset in presets_at_hand(scene)]


def add_slicer_elastix_preset(scene) -> None:
    node = scene.AddNewNodeByClass("vtkMRMLTextNode", "generic (all 2)")
    node.SetAttribute("Type", "ElastixPreset")
    stages = [{"name": "rigid", "content": RIGID}]
    node.SetText(json.dumps({"id": "default0-#Zz", "modality": "CT", "content": "lung", "parameter_files": stages}))


def test_the_list_has_those_on_disk_then_those_of_the_scene(scene):
    save_user_preset(Preset("hip", "Hip", stages=KNEE.stages))
    kept = keep_in_scene(KNEE, scene)
    add_slicer_elastix_preset(scene)
    assert ids(scene) == [*sorted([*built_in(), "hip"]), "knee", "default0-zz"]
    assert ids() == sorted([*built_in(), "hip"])
    assert [preset.origin for preset in presets_at_hand(scene)[-2:]] == ["scene", "scene"]
    assert kept == presets_at_hand(scene)[-2]
    assert (kept.title, kept.stages, kept.folder) == (KNEE.title, KNEE.stages, None)
    assert faulty_presets_at_hand(scene) == ()


def test_a_preset_is_found_by_its_id_wherever_it_lies(scene):
    keep_in_scene(KNEE, scene)
    save_user_preset(Preset("hip", "Hip", stages=KNEE.stages))
    assert preset_at_hand("knee", scene).origin == "scene"
    assert preset_at_hand("hip", scene).origin == "user"
    assert preset_at_hand("generic", scene).origin == "built-in"
    assert preset_at_hand("generic").origin == "built-in"


def test_a_preset_of_a_saved_scene_is_the_same(scene, tmp_path):
    kept = keep_in_scene(KNEE, scene)
    assert preset_at_hand("knee", saved_and_read(scene, tmp_path)) == kept


def test_an_id_that_is_nowhere_is_answered_with_the_closest_also_of_the_scene(scene):
    keep_in_scene(KNEE, scene)
    with pytest.raises(PresetError, match='Did you mean "knee"'):
        preset_at_hand("kne", scene)
    with pytest.raises(PresetError, match='Did you mean "generic"'):
        preset_at_hand("Genric", scene)
    with pytest.raises(PresetError, match='no preset "knee"'):
        preset_at_hand("knee")
    with pytest.raises(PresetError, match="no id"):
        preset_at_hand(None, scene)  # type: ignore[arg-type]


def test_a_faulty_preset_of_the_scene_is_left_out_and_told(scene):
    store_preset_text(scene, "bad", "Bad one", "{")
    keep_in_scene(KNEE, scene)
    assert ids(scene) == [*built_in(), "knee"]
    (fault,) = faulty_presets_at_hand(scene)
    assert "Bad one" in fault.what
    with pytest.raises(PresetError, match="not valid JSON"):
        preset_at_hand("bad", scene)


def test_a_preset_is_known_by_the_id_in_its_text_where_its_node_says_another(scene):
    keep_in_scene(KNEE, scene)
    scene.GetFirstNodeByName(KNEE.title).SetAttribute("ElastixPlus.Preset", "renamed")
    assert ids(scene)[-1] == "knee"
    assert preset_at_hand("knee", scene).id == "knee"
    with pytest.raises(PresetError, match='no preset "renamed"'):
        preset_at_hand("renamed", scene)


def test_a_faulty_preset_of_the_user_on_disk_is_told_and_named_when_asked_for(scene, user_presets):
    (user_presets / "bad").mkdir(parents=True)
    (user_presets / "bad" / "preset.json").write_text("{")
    assert ids(scene) == built_in()
    assert len(faulty_presets_at_hand(scene)) == len(faulty_presets_at_hand()) == 1
    with pytest.raises(PresetError, match="not valid JSON"):
        preset_at_hand("bad", scene)


def test_a_preset_of_the_scene_does_not_change_what_the_user_knows_by_its_id(scene):
    save_user_preset(KNEE)
    keep_in_scene(OTHER_KNEE, scene)
    assert preset_at_hand("knee", scene).title == KNEE.title
    assert ids(scene).count("knee") == 1
    (fault,) = faulty_presets_at_hand(scene)
    assert "Another" in fault.what
    assert "on disk" in fault.what


def test_the_same_preset_on_disk_and_in_the_scene_is_no_fault(scene):
    save_user_preset(KNEE)
    keep_in_scene(KNEE, scene)
    assert ids(scene).count("knee") == 1
    assert faulty_presets_at_hand(scene) == ()


def test_two_presets_of_one_id_in_a_scene_are_told(scene):
    keep_in_scene(OTHER_KNEE, scene)
    second = scene.AddNewNodeByClass("vtkMRMLTextNode", "copy")
    second.SetAttribute("ElastixPlus.Preset", "copy")
    second.SetText(scene.GetFirstNodeByName("Another").GetText().replace("(A 1)", "(A 2)"))
    assert ids(scene) == [*built_in(), "knee"]
    assert ["in the scene" in fault.what for fault in faulty_presets_at_hand(scene)] == [True]


def test_keeping_again_replaces(scene):
    keep_in_scene(KNEE, scene)
    keep_in_scene(OTHER_KNEE, scene)
    assert preset_at_hand("knee", scene).title == "Another"
    assert ids(scene) == [*built_in(), "knee"]


def test_removing_takes_presets_of_both_kinds_out_of_the_scene(scene):
    store_preset_text(scene, "bad", "Bad one", "{")
    keep_in_scene(KNEE, scene)
    add_slicer_elastix_preset(scene)
    remove_from_scene("default0-zz", scene)
    remove_from_scene("knee", scene)
    assert ids(scene) == built_in()
    with pytest.raises(PresetError, match="no preset"):
        remove_from_scene("knee", scene)
    remove_from_scene("bad", scene)
    assert faulty_presets_at_hand(scene) == ()
