"""Texts of presets lie in a scene without being in the way, and come back from a saved scene letter by letter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import slicer
from hypothesis import given, settings
from hypothesis import strategies as st

from ElastixPlusLib.mrml.scene_presets import (
    ScenePresetText,
    preset_texts,
    remove_preset_node,
    remove_preset_text,
    store_preset_text,
)
from saved_scenes import saved_and_read

ODD_NAME = 'A <b> & "c" é/ü: 测试'
ODD_TEXT = json.dumps(
    {"files": {"a.txt": "q\" & <x> ' é 测 😀 %0A %20 &amp; \\n\r\n\t end\n\n"}}, ensure_ascii=False, indent=2
)

texts = st.text(st.characters(codec="utf-8"), max_size=60)


def add_slicer_elastix_preset(scene: slicer.vtkMRMLScene, text: str, name: str = "generic (all)"):
    """A preset as SlicerElastix puts it into a scene."""
    node = scene.AddNewNodeByClass("vtkMRMLTextNode", name)
    node.SetAttribute("Type", "ElastixPreset")
    node.SetText(text)
    return node


def test_a_text_is_kept_under_its_id_and_hidden_from_lists_of_nodes(scene):
    scene.AddNewNodeByClass("vtkMRMLTextNode", "notes of the user")
    node_id = store_preset_text(scene, "knee", "Knee", "{}")
    (held,) = preset_texts(scene)
    assert held == ScenePresetText("Knee", "{}", node_id, "ElastixPlus", "knee")
    assert scene.GetNodeByID(node_id).GetHideFromEditors()


def test_storing_again_replaces_the_text_and_the_title(scene):
    first = store_preset_text(scene, "knee", "Knee", "{}")
    store_preset_text(scene, "hip", "Hip", "[]")
    assert store_preset_text(scene, "knee", "Knee 2", '{"a": 1}') == first
    assert [(held.name, held.text) for held in preset_texts(scene)] == [("Knee 2", '{"a": 1}'), ("Hip", "[]")]


def test_removing_takes_only_the_preset_of_that_id(scene):
    store_preset_text(scene, "knee", "Knee", "{}")
    store_preset_text(scene, "hip", "Hip", "{}")
    assert remove_preset_text(scene, "knee")
    assert not remove_preset_text(scene, "knee")
    assert [held.name for held in preset_texts(scene)] == ["Hip"]
    remove_preset_node(scene, preset_texts(scene)[0].node_id)
    remove_preset_node(scene, "vtkMRMLTextNode99")
    assert preset_texts(scene) == ()


def test_presets_of_slicer_elastix_are_found_and_told_apart(scene):
    node = add_slicer_elastix_preset(scene, ODD_TEXT)
    (held,) = preset_texts(scene)
    assert (held.name, held.text, held.node_id, held.kind) == (
        "generic (all)",
        ODD_TEXT,
        node.GetID(),
        "SlicerElastix",
    )


@pytest.mark.parametrize("text", [ODD_TEXT, json.dumps({"a": "x" * 200_000}), "{}"])
def test_a_saved_scene_gives_the_text_back_and_writes_no_file_beside_it(scene, tmp_path: Path, text):
    store_preset_text(scene, "knee", ODD_NAME, text)
    read = saved_and_read(scene, tmp_path)
    (held,) = preset_texts(read)
    assert (held.name, held.text, held.kind) == (ODD_NAME, text, "ElastixPlus")
    assert read.GetNodeByID(held.node_id).GetHideFromEditors()
    assert [path.name for path in (tmp_path / "bundle").rglob("*") if path.is_file()] == ["bundle.mrml"]
    store_preset_text(read, "knee", "Knee", "{}")
    assert [one.text for one in preset_texts(read)] == ["{}"]


def test_a_preset_of_slicer_elastix_survives_in_a_saved_scene_as_it_wrote_it(scene, tmp_path: Path):
    text = json.dumps({"id": "a", "parameter_files": [{"name": "a.txt", "content": "(A 1)\t// é\n" * 50}]}, indent=2)
    add_slicer_elastix_preset(scene, text, "3D MR (brain)")
    assert [held.text for held in preset_texts(saved_and_read(scene, tmp_path))] == [text]


@settings(max_examples=15)
@given(given_text=texts, title=texts)
def test_any_json_text_survives_a_saved_scene(given_text, title, tmp_path_factory):
    scene = slicer.vtkMRMLScene()
    text = json.dumps({"a": given_text})
    store_preset_text(scene, "knee", "knee", text)
    assert [held.text for held in preset_texts(saved_and_read(scene, tmp_path_factory.mktemp("scene")))] == [text]
