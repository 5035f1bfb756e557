"""The panel filled from the record of a run: what is chosen, what is not there, and what has changed since."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import vtk

import phantoms
from cli.conftest import QUICK_RIGID
from panel.conftest import Pair
from panel.evaluation_seen import choose, loaded
from panel.record_seen import (  # noqa: F401 - fixtures
    QUICK,
    change_record,
    fill,
    parameter_text,
    record_of,
    result,
    see_again,
)
from panel.test_choices_survive import add_segmentation

Wait = Callable[..., None]
Fill = Callable[[], list[str]]

UNCHANGED = "Nothing has changed since the run: Apply repeats it."
RECORDED = f"{QUICK_RIGID}// as recorded\n"


def request_now(panel: Any) -> Any:
    return panel.panel.check.request_now()


def exact_texts(panel: Any) -> tuple[str, ...]:
    return tuple(request_now(panel).exact_parameters)


# what is chosen


def test_the_panel_chooses_what_the_run_had_and_a_new_result_does_not_replace_the_old_one(
    panel: Any,
    ui: Any,
    pair: Pair,
    result: Any,  # noqa: F811
    fill: Fill,  # noqa: F811
    wait_until: Wait,
):
    loaded("ElastixPlusLib.mrml.applied_transform").apply_transform(pair.moving, result)
    ui.outputTransformSelector.setCurrentNode(result)
    ui.threadsSpinBox.value = 5
    choose(ui.strengthComboBox, "firm")
    said = fill()
    assert said == [f"Taken out from under {result.GetName()}, where the run had found it: moving.", UNCHANGED]
    assert pair.moving.GetParentTransformNode() is None
    request = request_now(panel)
    assert (request.fixed, request.moving) == (pair.fixed, pair.moving)
    assert (request.fixed_landmarks, request.moving_landmarks) == (pair.fixed_landmarks, pair.moving_landmarks)
    assert (request.check_labels, request.landmark_weight, request.threads) == (("3", "6"), "balanced", None)
    assert (request.preset, request.output_transform, request.output_volume) == ("landmarks-rigid", None, None)
    before = result.GetMatrixTransformToParent()
    ui.applyButton.click()
    wait_until(lambda: ui.applyButton.text == "Apply")
    again = ui.outputTransformSelector.currentNode()
    assert again is not result
    assert ui.recordedTransformSelector.currentNode() is again
    assert record_of(again).result == record_of(result).result
    assert result.GetMatrixTransformToParent() is before


def test_every_setting_comes_back(panel: Any, ui: Any, pair: Pair, result: Any, fill: Fill, wait_until: Wait):  # noqa: F811
    segmentation = add_segmentation()
    box = phantoms.add_volume(
        pair.fixed.GetScene(), np.ones((4, 4, 4), np.uint8), np.eye(4), "box", "vtkMRMLLabelMapVolumeNode"
    )
    start = pair.fixed.GetScene().AddNewNodeByClass("vtkMRMLLinearTransformNode", "start")
    record = record_of(result)
    identity = loaded("ElastixPlusLib.record.run_record").InputIdentity
    more = [("fixed_mask", segmentation), ("moving_exclude", box), ("initial", start)]
    inputs = [identity(role, node.GetClassName(), node.GetName(), node.GetID()) for role, node in more]
    change_record(
        result,
        inputs=(*record.inputs, *inputs),
        fixed_mask_segments=("tumour",),
        moving_mask="body",
        mask_edge="artificial",
        mask_margin_mm=-2.5,
        crop="overlap",
        initial="transform",
        transform_kind="grid",
        landmark_weight=0.25,
        threads=3,
        overrides=("NumberOfResolutions=2", "rigid.MaximumNumberOfIterations=9"),
        skip_unusable_landmarks=True,
        preset="rigid",
    )
    see_again(ui, wait_until)
    node, changes = panel.panel.parameter_node, []
    tag = node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_event: changes.append(1))
    fill()
    node.RemoveObserver(tag)
    assert len(changes) == 1
    request = request_now(panel)
    assert (request.fixed_mask, request.fixed_mask_segments) == (segmentation, ("tumour",))
    assert (request.moving_mask, request.moving_exclude) == ("body", box)
    assert (request.mask_edge, request.mask_margin_mm, request.crop) == ("artificial", -2.5, "overlap")
    assert (request.initial, request.transform_kind) == (start, "grid")
    assert (request.landmark_weight, request.threads, request.skip_unusable_landmarks) == (0.25, 3, True)
    assert (request.preset, request.overrides) == (
        "rigid",
        ("NumberOfResolutions=2", "rigid.MaximumNumberOfIterations=9"),
    )


def test_the_panel_cannot_be_filled_while_a_registration_runs(
    panel: Any,
    ui: Any,
    result: Any,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(panel.panel, "_running", (None, None))
    panel.panel.record.show_buttons()
    assert not ui.fillFromRecordButton.enabled
    assert "Wait for the end of the registration." in ui.fillFromRecordButton.toolTip
    assert ui.showRecordButton.enabled


# what is not there


def test_what_is_not_in_the_scene_is_named_and_left_empty(
    panel: Any,
    ui: Any,
    pair: Pair,
    result: Any,  # noqa: F811
    fill: Fill,  # noqa: F811
):
    ui.movingVolumeSelector.setCurrentNode(pair.moving)
    pair.moving.SetName("another name")
    pair.fixed.GetScene().RemoveNode(pair.fixed_landmarks)
    said = fill()
    assert 'The moving volume "moving" is not in the scene.' in said
    assert 'The list of fixed landmarks "F" is not in the scene.' in said
    assert ui.movingVolumeSelector.currentNode() is None
    assert ui.fixedVolumeSelector.currentNode() is pair.fixed
    assert said[-1].startswith("Choose the moving volume")


def test_nodes_are_known_by_id_if_name_and_class_agree_and_else_by_name_if_it_is_the_only_one(
    panel: Any,
    ui: Any,
    pair: Pair,
    result: Any,  # noqa: F811
    fill: Fill,  # noqa: F811
    wait_until: Wait,
):
    namesake = phantoms.add_anatomy(pair.fixed.GetScene(), name="fixed")
    assert fill()[-1] == UNCHANGED
    assert ui.fixedVolumeSelector.currentNode() is pair.fixed
    record = record_of(result)
    change_record(result, inputs=tuple(replace(one, node_id=pair.moving.GetID()) for one in record.inputs))
    see_again(ui, wait_until)
    said = fill()
    assert 'The fixed volume was called "fixed", as 2 nodes are now: choose the right one.' in said
    assert ui.fixedVolumeSelector.currentNode() is None
    pair.fixed.GetScene().RemoveNode(namesake)
    assert fill()[-1] == UNCHANGED
    assert ui.fixedVolumeSelector.currentNode() is pair.fixed


CANNOT_BE_CHOSEN: list[tuple[dict[str, Any], str]] = [
    ({"fixed_mask_segments": ("gone",)}, 'The segment of the mask of the fixed volume is not in "segmentation"'),
    ({"fixed_mask_segments": ("liver", "tumour")}, "The mask of the fixed volume was made of more than"),
    ({"fixed_mask": "skull"}, "The mask of the fixed volume was made of more than the panel can choose."),
    ({"mask_margin_mm": 1e9}, "The panel cannot choose 1000000000.0 for mask margin mm."),
    ({"crop": "<b>"}, "The panel cannot choose <b> for crop."),
    ({"preset": "nobody-has-it"}, 'The preset "nobody-has-it" is not installed here.'),
]


def test_what_the_panel_cannot_choose_is_said(ui: Any, result: Any, wait_until: Wait):  # noqa: F811
    record, segmentation = record_of(result), add_segmentation()
    mask = replace(record.inputs[0], role="fixed_mask", kind="vtkMRMLSegmentationNode", name="segmentation", node_id="")
    for fields, said in CANNOT_BE_CHOSEN:
        inputs = record.inputs if "fixed_mask" in fields else (*record.inputs, mask)
        change_record(result, inputs=inputs, choices=replace(record.choices, **fields))
        see_again(ui, wait_until)
        ui.fillFromRecordButton.click()
        assert said in ui.recordStatusLabel.text
        has_mask = ui.fixedMaskSelector.currentNode() is segmentation
        assert has_mask == (not any(name.startswith("fixed_mask") for name in fields))


# what has changed since


def add_one(pair: Pair) -> None:
    import slicer

    slicer.util.arrayFromVolume(pair.fixed)[:2] += 1
    slicer.util.arrayFromVolumeModified(pair.fixed)


CHANGES: list[tuple[Callable[[Pair], Any], str]] = [
    (add_one, "The voxels of the fixed volume are not those of the run: it was changed, or is another one."),
    (
        lambda pair: pair.moving.SetOrigin(*np.add(pair.moving.GetOrigin(), 0.5)),
        "The moving volume lies elsewhere than in the run.",
    ),
    (
        lambda pair: pair.moving_landmarks.SetNthControlPointPosition(2, 1.0, 2.0, 3.0),
        'Landmarks are not those of the run: "3".',
    ),
]


def test_what_has_changed_since_the_run_is_said(pair: Pair, result: Any, fill: Fill):  # noqa: F811
    for count, (change, _sentence) in enumerate(CHANGES, 1):
        change(pair)
        assert fill() == [sentence for _change, sentence in CHANGES[:count]]


def test_a_run_that_is_not_possible_any_more_is_said(pair: Pair, result: Any, fill: Fill):  # noqa: F811
    pair.moving_landmarks.RemoveNthControlPoint(2)
    said = fill()
    assert said[0].startswith("What has changed since the run could not be found out")


# exactly the parameter files of the record


def test_a_preset_that_is_not_here_gives_way_to_the_files_of_the_record_until_they_are_dropped(
    panel: Any,
    ui: Any,
    result: Any,  # noqa: F811
    wait_until: Wait,
    tmp_path: Path,
):
    import slicer

    texts = (QUICK, '// "quotes" & <tags>; ä:\n(A 1)\r\n')
    files = tuple(parameter_text(text) for text in texts)
    change_record(result, preset="nobody-has-it", parameter_files=files, overrides=("A=1",))
    see_again(ui, wait_until)
    ui.fillFromRecordButton.click()
    assert "Elastix gets exactly the parameter files of the record." in ui.recordStatusLabel.text
    assert exact_texts(panel) == texts
    assert request_now(panel).overrides == ()
    assert ui.exactParametersRow.visible
    assert "record: 2." in ui.exactParametersLabel.text
    assert ui.presetSummaryLabel.text == "Not used: there are parameter files of a record."
    assert slicer.util.saveScene(str(tmp_path / "scene.mrb"))
    slicer.mrmlScene.Clear(0)
    assert not ui.exactParametersRow.visible
    slicer.util.loadScene(str(tmp_path / "scene.mrb"))
    assert exact_texts(panel) == texts
    ui.dropExactParametersButton.click()
    assert exact_texts(panel) == ()
    assert not ui.exactParametersRow.visible
    assert "Not used" not in ui.presetSummaryLabel.text


def test_what_no_preset_can_give_comes_from_the_files_of_the_record(
    panel: Any,
    ui: Any,
    result: Any,  # noqa: F811
    wait_until: Wait,
):
    for seed, preset, said in ((7, "rigid", "the seed 7"), (None, "", "own parameter files")):
        change_record(result, preset=preset, seed=seed, parameter_files=(parameter_text(QUICK),))
        see_again(ui, wait_until)
        ui.fillFromRecordButton.click()
        assert said in ui.recordStatusLabel.text
        assert exact_texts(panel) == (QUICK,)


@pytest.mark.native_engine
def test_files_that_the_preset_does_not_give_any_more_are_offered_and_reach_elastix_to_the_letter(
    panel: Any,
    ui: Any,
    result: Any,  # noqa: F811
    fill: Fill,  # noqa: F811
    wait_until: Wait,
):
    change_record(result, preset="rigid", landmark_weight=0.0, parameter_files=(parameter_text(RECORDED),))
    see_again(ui, wait_until)
    said = fill()
    assert "Elastix would get other parameter files now than in the run." in said
    assert exact_texts(panel) == ()
    assert ui.useRecordedParametersButton.visible
    ui.useRecordedParametersButton.click()
    assert exact_texts(panel) == (RECORDED,)
    assert not ui.useRecordedParametersButton.visible
    ui.applyButton.click()
    wait_until(lambda: ui.applyButton.text == "Apply")
    again = ui.outputTransformSelector.currentNode()
    assert again is not None, ui.findingsLabel.text
    assert [one.text for one in record_of(again).parameter_files] == [RECORDED]


def test_a_record_that_says_nothing_of_parameters_offers_none(ui: Any, result: Any, fill: Fill):  # noqa: F811
    assert fill() == [UNCHANGED]
    assert not ui.useRecordedParametersButton.visible
    assert json.loads(result.GetAttribute("ElastixPlus.Record"))["parameter_files"] == []
