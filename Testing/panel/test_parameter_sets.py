"""Parameter sets: each keeps its own choices, and none of them can make the panel useless."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from panel.conftest import Pair
from panel.test_choices_survive import choose_everything, seen


def parameters_of(node: Any) -> dict[str, str]:
    roles = ("fixed_volume", "moving_volume", "fixed_mask", "output_transform")
    return {
        **{name: node.GetParameter(name) for name in node.GetParameterNames()},
        **{role: str(node.GetNodeReferenceID(role)) for role in roles},
    }


def add_set(panel: Any) -> Any:
    panel.ui.parameterSetSelector.addNode()
    return panel.ui.parameterSetSelector.currentNode()


def test_a_change_is_written_to_the_shown_set_only(panel: Any, ui: Any, pair: Pair, wait_until: Any):
    choose_everything(panel, pair, wait_until)
    first = panel.panel.parameter_node
    before = parameters_of(first)
    second = add_set(panel)
    choose_everything(panel, pair, wait_until)
    ui.threadsSpinBox.value = 11
    ui.movingVolumeSelector.setCurrentNode(None)
    ui.fixedMaskSegmentSelector.currentIndex = 0
    ui.removeParameterFileButton.click()
    assert parameters_of(first) == before
    now = parameters_of(second)
    ui.parameterSetSelector.setCurrentNode(first)
    ui.threadsSpinBox.value = 2
    ui.presetComboBox.currentIndex = ui.presetComboBox.findData("rigid")
    ui.fixedMaskSelector.setCurrentNode(None)
    assert parameters_of(second) == now


def test_a_set_that_a_script_changes_is_not_shown_before_it_is_chosen(panel: Any, ui: Any):
    first = panel.panel.parameter_node
    add_set(panel)
    first.SetParameter("threads", "9")
    assert ui.threadsSpinBox.value == 0
    ui.parameterSetSelector.setCurrentNode(first)
    assert ui.threadsSpinBox.value == 9


def test_removing_one_of_two_sets_shows_the_other(panel: Any, ui: Any, pair: Pair, wait_until: Any):
    import slicer

    first = panel.panel.parameter_node
    ui.threadsSpinBox.value = 4
    second = add_set(panel)
    slicer.mrmlScene.RemoveNode(second)
    wait_until(lambda: panel.panel.parameter_node is first, 2)
    assert ui.threadsSpinBox.value == 4
    ui.threadsSpinBox.value = 5
    assert first.GetParameter("threads") == "5"
    assert len(panel.logic.getAllParameterNodes()) == 1


def test_a_cleared_scene_leaves_the_defaults(panel: Any, ui: Any, pair: Pair, wait_until: Any):
    import slicer

    defaults = seen(ui)
    choose_everything(panel, pair, wait_until)
    slicer.mrmlScene.Clear(0)
    wait_until(lambda: ui.landmarkTable.rowCount == 0, 2)
    assert seen(ui) == defaults


def test_a_scene_file_brings_back_every_choice(panel: Any, ui: Any, pair: Pair, wait_until: Any, tmp_path: Path):
    import slicer

    choose_everything(panel, pair, wait_until)
    expected = seen(ui)
    for node in slicer.util.getNodesByClass("vtkMRMLStorableNode"):
        if node.AddDefaultStorageNode() or node.GetStorageNode():
            extension = node.GetStorageNode().GetDefaultWriteFileExtension()
            assert slicer.util.saveNode(node, str(tmp_path / f"{node.GetName()}.{extension}"))
    assert slicer.util.saveScene(str(tmp_path / "scene.mrml"))
    slicer.mrmlScene.Clear(0)
    slicer.util.loadScene(str(tmp_path / "scene.mrml"))
    wait_until(lambda: ui.landmarkTable.rowCount == 8, 5)
    assert seen(ui) == expected


def test_importing_a_scene_keeps_the_shown_choices_and_offers_the_imported_ones(
    panel: Any, ui: Any, pair: Pair, tmp_path: Path
):
    import slicer

    panel.panel.parameter_node.SetName("imported")
    ui.fixedVolumeSelector.setCurrentNode(pair.fixed)
    ui.threadsSpinBox.value = 6
    assert slicer.util.saveScene(str(tmp_path / "other.mrb"))
    slicer.mrmlScene.Clear(0)
    own = panel.panel.parameter_node
    ui.threadsSpinBox.value = 2
    slicer.util.loadScene(str(tmp_path / "other.mrb"), {"clear": False})
    assert panel.panel.parameter_node is own
    assert ui.threadsSpinBox.value == 2
    (imported,) = [node for node in panel.logic.getAllParameterNodes() if node is not own]
    ui.parameterSetSelector.setCurrentNode(imported)
    assert ui.threadsSpinBox.value == 6
    assert ui.fixedVolumeSelector.currentNode().GetName() == "fixed"


def test_what_can_be_read_is_kept(slicer_bench: Any):
    import slicer

    from ElastixPlusPanel.parameter_set import forget_unreadable_choices

    node = slicer.vtkMRMLScriptedModuleNode()
    readable = {"strength": "FIRM", "own_weight": "0.5", "threads": "256", "keep_files": "True", "preset": "lung-4d"}
    unreadable = {"start": "NOWHERE", "mask_margin_mm": "nan", "engine": "own"}
    for name, text in {**readable, **unreadable}.items():
        node.SetParameter(name, text)
    forget_unreadable_choices(node)
    assert {name: node.GetParameter(name) for name in node.GetParameterNames()} == readable


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("strength", "OVERWHELMING"),
        ("start", "none"),
        ("mask_edge", ""),
        ("transform_kind", "7"),
        ("engine", "OWN; rm"),
        ("own_weight", "much"),
        ("mask_margin_mm", "1,5"),
        ("threads", "2.5"),
        ("threads", "9999"),
        ("keep_files", "perhaps"),
        ("check_labels", "4"),
        ("parameter_files", "{}"),
        ("preset", ""),
    ],
)
def test_a_set_of_another_version_is_shown_with_defaults_for_what_is_not_known_here(
    panel: Any, ui: Any, pair: Pair, name: str, text: str
):
    import slicer

    defaults = seen(ui)
    foreign = slicer.vtkMRMLScriptedModuleNode()
    foreign.SetAttribute("ModuleName", "ElastixPlus")
    foreign.SetParameter(name, text)
    foreign.SetParameter("of_a_later_version", "1")
    slicer.mrmlScene.AddNode(foreign)
    ui.parameterSetSelector.setCurrentNode(foreign)
    assert panel.panel.parameter_node is foreign
    shown = seen(ui)
    shown["preset"] = defaults["preset"]
    assert shown == defaults
    ui.fixedVolumeSelector.setCurrentNode(pair.fixed)
    ui.movingVolumeSelector.setCurrentNode(pair.moving)
    assert ui.applyButton.enabled
    assert foreign.GetParameter("of_a_later_version") == "1"
