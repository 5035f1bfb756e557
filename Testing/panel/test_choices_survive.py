"""All choices are kept: over a saved and loaded scene, between parameter sets, and nothing is chosen by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import vtk

import phantoms
from panel.conftest import Pair

NUMBERS = {"ownWeightSpinBox": 0.25, "maskMarginSpinBox": -3.0, "threadsSpinBox": 3, "repeatsSpinBox": 7}
ROWS = {
    "strengthComboBox": 3,
    "maskEdgeComboBox": 1,
    "transformKindComboBox": 1,
    "startComboBox": 7,
    "cropComboBox": 1,
    "fixedMaskUseComboBox": 2,
    "movingMaskUseComboBox": 1,
    "engineComboBox": 1,
    "droveComboBox": 3,
    "leaveOutComboBox": 2,
}
TICKS = {
    "skipUnusableCheckBox": True,
    "applyToMovingCheckBox": False,
    "keepFilesCheckBox": True,
    "jacobianMapCheckBox": True,
    "bothWaysCheckBox": True,
}
SELECTORS = (
    "fixedVolumeSelector",
    "movingVolumeSelector",
    "fixedLandmarksSelector",
    "movingLandmarksSelector",
    "fixedMaskSelector",
    "movingMaskSelector",
    "outputTransformSelector",
    "outputVolumeSelector",
    "initialTransformSelector",
    "evaluatedTransformSelector",
    "recordedTransformSelector",
    "fixedStructuresSelector",
    "movingStructuresSelector",
)
KEYS_IN_SAVED_SCENES = {
    *("fixed_volume", "moving_volume", "fixed_landmarks", "moving_landmarks", "check_labels", "strength", "own_weight"),
    *("start", "skip_unusable_landmarks", "fixed_mask", "fixed_mask_segment", "moving_mask", "moving_mask_segment"),
    *("fixed_mask_use", "moving_mask_use", "crop"),
    *("mask_edge", "mask_margin_mm", "preset", "parameter_files", "overrides"),
    *("output_transform", "output_volume"),
    *("transform_kind", "apply_to_moving", "engine", "threads", "initial_transform", "keep_files"),
    *("evaluated_transform", "drove", "fixed_structures", "moving_structures", "jacobian_map", "leave_out"),
    *("both_ways", "repeats", "exact_parameters", "recorded_transform"),
}


def seen(ui: Any) -> dict[str, Any]:
    """What the panel shows, node names instead of nodes."""
    nodes = {name: getattr(ui, name).currentNode() for name in SELECTORS}
    return {
        **{name: node.GetName() if node is not None else None for name, node in nodes.items()},
        **{name: getattr(ui, name).value for name in NUMBERS},
        **{name: getattr(ui, name).currentIndex for name in ROWS},
        **{name: getattr(ui, name).checked for name in TICKS},
        "preset": ui.presetComboBox.itemData(ui.presetComboBox.currentIndex),
        "changes": ui.overridesEdit.toPlainText(),
        "segment": ui.fixedMaskSegmentSelector.currentText,
        "files": [ui.parameterFilesList.item(row).text() for row in range(ui.parameterFilesList.count)],
        "roles": [ui.landmarkTable.item(row, 1).text() for row in range(ui.landmarkTable.rowCount)],
    }


def add_segmentation() -> Any:
    """A segmentation with two segments of a few voxels each."""
    import slicer

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segmentation")
    node.CreateDefaultDisplayNodes()
    for place, name in enumerate(("liver", "tumour")):
        image = slicer.vtkOrientedImageData()
        image.SetExtent(4 * place, 4 * place + 3, 0, 3, 0, 3)
        image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
        image.GetPointData().GetScalars().Fill(1)
        segment = slicer.vtkSegment()
        segment.SetName(name)
        segment.AddRepresentation("Binary labelmap", image)
        node.GetSegmentation().AddSegment(segment, name)
    return node


def choose_everything(panel: Any, pair: Pair, wait_until: Any) -> None:
    """Give every control a value that is not its default."""
    import slicer

    ui, scene = panel.ui, slicer.mrmlScene
    labelmap = phantoms.add_volume(
        scene,
        (np.ones((4, 4, 4))).astype("uint8"),
        np.eye(4),
        "labelmap",
        "vtkMRMLLabelMapVolumeNode",
    )
    nodes = {
        "fixedVolumeSelector": pair.fixed,
        "movingVolumeSelector": pair.moving,
        "fixedLandmarksSelector": pair.fixed_landmarks,
        "movingLandmarksSelector": pair.moving_landmarks,
        "fixedMaskSelector": add_segmentation(),
        "movingMaskSelector": labelmap,
        "outputTransformSelector": scene.AddNewNodeByClass("vtkMRMLTransformNode", "out"),
        "outputVolumeSelector": scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "resampled"),
        "initialTransformSelector": scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "start"),
        "evaluatedTransformSelector": scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "evaluated"),
        "recordedTransformSelector": scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "recorded"),
        "fixedStructuresSelector": labelmap,
        "movingStructuresSelector": add_segmentation(),
    }
    for name, node in nodes.items():
        getattr(ui, name).setCurrentNode(node)
    for name, value in NUMBERS.items():
        getattr(ui, name).value = value
    for name, row in ROWS.items():
        getattr(ui, name).currentIndex = row
    for name, is_ticked in TICKS.items():
        getattr(ui, name).checked = is_ticked
    ui.presetComboBox.currentIndex = ui.presetComboBox.findData("affine")
    ui.fixedMaskSegmentSelector.currentIndex = ui.fixedMaskSegmentSelector.findText("tumour")
    panel.panel.parameter_files.ask = lambda _parent: ("first.txt", "second.txt")
    ui.addParameterFilesButton.click()
    ui.overridesEdit.setPlainText("NumberOfResolutions=3\nrigid.MaximumNumberOfIterations=7")
    wait_until(lambda: ui.landmarkTable.rowCount == 8)
    import qt

    ui.landmarkTable.item(2, 1).setCheckState(qt.Qt.Checked)
    wait_until(lambda: ui.landmarkTable.item(2, 1).text() == "check")


def test_everything_differs_from_the_defaults_so_that_the_tests_below_mean_something(
    panel: Any, pair: Pair, wait_until: Any
):
    before = seen(panel.ui)
    choose_everything(panel, pair, wait_until)
    after = seen(panel.ui)
    assert [name for name in before if before[name] == after[name]] == []


def test_a_saved_and_loaded_scene_brings_back_every_choice(panel: Any, pair: Pair, wait_until: Any, tmp_path: Path):
    import slicer

    choose_everything(panel, pair, wait_until)
    expected = seen(panel.ui)
    scene_file = tmp_path / "scene.mrb"
    assert slicer.util.saveScene(str(scene_file))
    slicer.mrmlScene.Clear(0)
    assert panel.ui.threadsSpinBox.value == 0
    slicer.util.loadScene(str(scene_file))
    wait_until(lambda: panel.ui.landmarkTable.rowCount == 8)
    assert seen(panel.ui) == expected


def test_a_segment_that_is_gone_is_shown_as_missing(panel: Any, pair: Pair, wait_until: Any):
    choose_everything(panel, pair, wait_until)
    panel.ui.fixedMaskSelector.currentNode().GetSegmentation().RemoveSegment("tumour")
    assert panel.ui.fixedMaskSegmentSelector.currentText == "tumour (missing)"


def test_the_keys_under_which_scenes_keep_the_choices_stay_as_they_are(panel: Any):
    node = panel.panel.parameter_node
    assert {name for name in node.GetParameterNames()} == KEYS_IN_SAVED_SCENES


def test_two_parameter_sets_keep_their_own_choices(panel: Any, pair: Pair, wait_until: Any):
    choose_everything(panel, pair, wait_until)
    first_node, first = panel.ui.parameterSetSelector.currentNode(), seen(panel.ui)
    panel.ui.parameterSetSelector.addNode()
    second_node = panel.ui.parameterSetSelector.currentNode()
    assert second_node is not first_node
    assert second_node.GetAttribute("ModuleName") == "ElastixPlus"
    assert panel.ui.fixedVolumeSelector.currentNode() is None
    wait_until(lambda: panel.ui.landmarkTable.rowCount == 0)
    panel.ui.threadsSpinBox.value = 7
    panel.ui.presetComboBox.currentIndex = panel.ui.presetComboBox.findData("rigid")
    second = seen(panel.ui)
    panel.ui.parameterSetSelector.setCurrentNode(first_node)
    wait_until(lambda: panel.ui.landmarkTable.rowCount == 8)
    assert seen(panel.ui) == first
    panel.ui.parameterSetSelector.setCurrentNode(second_node)
    wait_until(lambda: panel.ui.landmarkTable.rowCount == 0)
    assert seen(panel.ui) == second


def test_removing_the_shown_parameter_set_leaves_a_panel_that_works(panel: Any, pair: Pair, wait_until: Any):
    panel.ui.fixedVolumeSelector.setCurrentNode(pair.fixed)
    panel.ui.parameterSetSelector.removeCurrentNode()
    wait_until(lambda: panel.ui.parameterSetSelector.currentNode() is not None)
    panel.ui.fixedVolumeSelector.setCurrentNode(pair.moving)
    panel.ui.movingVolumeSelector.setCurrentNode(pair.fixed)
    node = panel.panel.parameter_node
    assert node.GetScene() is not None
    assert panel.ui.parameterSetSelector.currentNode() is node
    assert node.GetNodeReference("fixed_volume") is pair.moving
    assert panel.ui.applyButton.enabled


def test_loading_volumes_chooses_nothing(panel: Any, pair: Pair):
    assert panel.ui.fixedVolumeSelector.currentNode() is None
    assert panel.ui.movingVolumeSelector.currentNode() is None
    assert not panel.ui.applyButton.enabled


def test_the_path_of_an_own_engine_is_kept_on_the_computer_and_not_in_the_scene(panel: Any):
    from ElastixPlusPanel.engine_choice import own_engine_path

    panel.ui.engineComboBox.currentIndex = 2
    panel.ui.enginePathEdit.currentPath = "some/where/elastix"
    node = panel.panel.parameter_node
    assert own_engine_path().endswith("some/where/elastix")
    assert not any("some" in node.GetParameter(name) for name in node.GetParameterNames())
    panel.ui.enginePathEdit.currentPath = ""


@pytest.mark.parametrize(
    ("steps", "hint"),
    [
        ("", "fixed volume"),
        ("fixedVolume", "moving volume"),
        ("fixedVolume movingVolume fixedLandmarks", "moving landmarks"),
        ("fixedVolume movingVolume movingLandmarks", "fixed landmarks"),
        ("fixedVolume movingVolume same", "same: choose two"),
        ("fixedVolume movingVolume startFromLandmarks", "landmarks in both volumes"),
        ("fixedVolume movingVolume startFromTransform", "transform to start from"),
        ("fixedVolume movingVolume", ""),
        ("fixedVolume movingVolume fixedLandmarks movingLandmarks startFromLandmarks", ""),
    ],
)
def test_apply_says_why_it_is_disabled(panel: Any, ui: Any, pair: Pair, steps: str, hint: str):
    for step in steps.split():
        if step == "same":
            ui.movingVolumeSelector.setCurrentNode(pair.fixed)
        elif step == "startFromLandmarks":
            ui.startFromLandmarksCheckBox.click()
        elif step == "startFromTransform":
            ui.startComboBox.currentIndex = ui.startComboBox.findText("a transform:")
        else:
            role = step.replace("Volume", "").replace("Landmarks", "_landmarks")
            getattr(ui, f"{step}Selector").setCurrentNode(getattr(pair, role))
    assert ui.applyButton.enabled == (hint == "")
    assert hint in ui.applyHintLabel.text
    assert ui.applyHintLabel.visible == bool(hint)


def test_swapping_exchanges_volumes_landmarks_and_masks(panel: Any, ui: Any, pair: Pair, wait_until: Any):
    choose_everything(panel, pair, wait_until)
    before = seen(ui)
    ui.swapButton.click()
    after = seen(ui)
    for one in ("VolumeSelector", "LandmarksSelector", "MaskSelector"):
        assert (after[f"fixed{one}"], after[f"moving{one}"]) == (before[f"moving{one}"], before[f"fixed{one}"])
    uses = ("fixedMaskUseComboBox", "movingMaskUseComboBox")
    assert [after[one] for one in uses] == [before[one] for one in reversed(uses)] == [1, 2]
    assert ui.movingMaskSegmentSelector.currentText == "tumour"


def test_a_scene_of_an_earlier_version_keeps_its_start_and_what_its_masks_mean(panel: Any, pair: Pair):
    import slicer

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScriptedModuleNode", "earlier")
    node.SetAttribute("ModuleName", "ElastixPlus")
    for name, stored in {"start": "AS_LOADED", "mask_edge": "REGION", "preset": "rigid"}.items():
        node.SetParameter(name, stored)
    assert panel.setEditedNode(node)
    assert panel.ui.startComboBox.currentText == "as loaded"
    assert panel.ui.maskEdgeComboBox.currentText == "region of interest"
    assert panel.ui.fixedMaskUseComboBox.currentText == "inside of:"
    assert panel.ui.cropComboBox.currentText == "to a small mask"


def test_start_from_landmarks_and_the_start_in_advanced_are_one_choice(ui: Any):
    ui.startFromLandmarksCheckBox.click()
    assert ui.startComboBox.currentText == "landmarks (rigid fit)"
    ui.startComboBox.currentIndex = ui.startComboBox.findText("as loaded")
    assert not ui.startFromLandmarksCheckBox.checked
    ui.startFromLandmarksCheckBox.click()
    ui.startFromLandmarksCheckBox.click()
    assert ui.startComboBox.currentText == "as the preset says"


def test_the_panel_stays_narrow_with_long_names_and_everything_open(panel: Any, ui: Any, pair: Pair, wait_until: Any):
    import slicer

    choose_everything(panel, pair, wait_until)
    for name in SELECTORS:
        getattr(ui, name).currentNode().SetName("a very long name of a node that nobody would like to type " * 2)
    ui.masksButton.collapsed = ui.advancedButton.collapsed = False
    for row in range(ui.startComboBox.count):
        ui.startComboBox.currentIndex = row
    ui.engineComboBox.currentIndex = 2
    for _ in range(5):
        slicer.app.processEvents()
    assert panel.parent.minimumSizeHint.width() <= 420
    ui.masksButton.collapsed = ui.advancedButton.collapsed = True
