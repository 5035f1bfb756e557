"""Scripts that call the logic: masks of segments, presets as files, ends that come exactly once, a scene left alone."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import phantoms
from ElastixPlusLib.presets.library import find_preset
from panel.conftest import TURN, Pair
from panel.test_console import error_mm, logic, quick_file  # noqa: F401 - fixtures
from panel.test_masks_in_the_panel import exported_voxels, segmentation  # noqa: F401 - a fixture

pytestmark = pytest.mark.native_engine

Wait = Callable[..., None]


@pytest.fixture
def ends() -> list[tuple[str, Any]]:
    """What the callbacks were told at the end of a run."""
    return []


@pytest.fixture
def callbacks(ends: list[tuple[str, Any]]) -> dict[str, Any]:
    """The callbacks of a run that does not wait; the ends are kept."""
    return {
        "wait": False,
        "onDone": lambda result: ends.append(("done", result)),
        "onError": lambda error: ends.append(("error", error)),
    }


def error_class(name: str = "ElastixPlusError") -> Any:
    """A class of errors as it is now: a test of Reload, run before, loads all of them anew."""
    from ElastixPlusLib import errors

    return getattr(errors, name)


def node_ids() -> set[str]:
    import slicer

    return {node.GetID() for node in slicer.util.getNodes("*", useLists=False).values()}


def test_the_files_of_the_first_preset_can_be_given_as_parameter_files(logic: Any, pair: Pair):  # noqa: F811
    files = logic.getRegistrationPresets()[0].getParameterFiles()
    assert tuple(files) == tuple(str(path) for path in find_preset("generic").parameter_paths)
    result = logic.registerVolumes(pair.fixed, pair.moving, parameterFilenames=files)
    assert error_mm(result.transform) < 3.0


@pytest.mark.parametrize("names", [["Leber"], "Leber", []])
def test_masks_are_made_of_the_named_segments(
    logic: Any,  # noqa: F811
    pair: Pair,
    quick_file: str,  # noqa: F811
    segmentation: Any,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    names: Any,
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    segmentation.GetSegmentation().GetSegment("liver").SetName("Leber")
    logic.registerVolumes(
        pair.fixed, pair.moving, [quick_file], None, None, segmentation, fixedMaskSegments=names, keepFiles=True
    )
    cubic_mm = exported_voxels("fixed_mask") * np.prod(pair.fixed.GetSpacing())
    assert cubic_mm == pytest.approx(24 * 24 * (40 if names else 48), rel=0.1)


def test_a_segment_that_does_not_exist_is_named(logic: Any, pair: Pair, segmentation: Any):  # noqa: F811
    with pytest.raises(error_class("MaskError"), match="no segment spleen"):
        logic.registerVolumes(pair.fixed, pair.moving, fixedVolumeMaskNode=segmentation, fixedMaskSegments=["spleen"])
    with pytest.raises(error_class("MaskError"), match="no segment spleen"):
        logic.registerVolumes(pair.fixed, pair.moving, fixedVolumeMaskNode=segmentation, fixedMaskSegments="spleen")


@pytest.mark.parametrize("names", [["Leber"], "Leber", []])
def test_what_does_not_count_is_taken_out_of_the_body(
    logic: Any,  # noqa: F811
    pair: Pair,
    quick_file: str,  # noqa: F811
    segmentation: Any,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    names: Any,
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    segmentation.GetSegmentation().GetSegment("liver").SetName("Leber")
    logic.registerVolumes(
        pair.fixed,
        pair.moving,
        [quick_file],
        fixedExcludeNode=segmentation,
        fixedExcludeSegments=names,
        movingVolumeMaskNode="field-of-view",
        crop="none",
        keepFiles=True,
    )
    left_out = 40 * 36 * 32 - exported_voxels("fixed_mask")
    assert left_out * np.prod(pair.fixed.GetSpacing()) == pytest.approx(24 * 24 * (40 if names else 48), rel=0.1)


def far_apart(pair: Pair) -> dict[str, Any]:
    """Arguments for two volumes that do not overlap, with landmarks that lie in them."""
    away = phantoms.add_linear_transform(pair.fixed.GetScene(), phantoms.shift(400.0, 0, 0))
    for node in (pair.moving, pair.moving_landmarks):
        node.SetAndObserveTransformNodeID(away.GetID())
    return {
        "fixedVolumeNode": pair.fixed,
        "movingVolumeNode": pair.moving,
        "fixedLandmarksNode": pair.fixed_landmarks,
        "movingLandmarksNode": pair.moving_landmarks,
    }


def test_a_check_finds_what_a_run_would_be_refused_for_and_what_helps(logic: Any, pair: Pair, quick_file: str):  # noqa: F811
    arguments = {**far_apart(pair), "parameterFilenames": [quick_file]}
    before = node_ids()
    found = logic.checkVolumes(**arguments)
    assert not found.can_run
    assert {"initial": "landmarks"} in [fix.changes for fix in found.fixes]
    assert node_ids() == before
    severe = [one.what for one in found.findings if one.severity == "error"]
    with pytest.raises(error_class("InputError"), match="|".join(map(re.escape, severe))) as caught:
        logic.registerVolumes(**arguments)
    assert {one.kind for one in caught.value.findings} == {one.kind for one in found.findings}
    with pytest.raises(error_class("ElastixFailedError"), match="overlap") as caught:
        logic.registerVolumes(**arguments, despiteFindings=True)
    assert caught.value.fix is not None
    arguments["startFrom"] = "landmarks"
    assert logic.checkVolumes(**arguments).can_run
    result = logic.registerVolumes(**arguments)
    assert result.landmarks.summary("drive").after_mm < 1.0


def test_a_check_tells_of_wrong_arguments_as_findings_and_of_unknown_ones_at_once(logic: Any, pair: Pair):  # noqa: F811
    found = logic.checkVolumes(pair.fixed, pair.moving, preset="no such")
    assert [(one.severity, one.what) for one in found.findings] == [("error", 'There is no preset "no such".')]
    assert not found.can_run
    with pytest.raises(TypeError, match="fixedLandmarks'"):
        logic.checkVolumes(pair.fixed, pair.moving, fixedLandmarks=pair.fixed_landmarks)


def test_a_check_is_possible_while_a_registration_runs(
    logic: Any,  # noqa: F811
    pair: Pair,
    quick_file: str,  # noqa: F811
    callbacks: dict[str, Any],
    ends: list[tuple[str, Any]],
    wait_until: Wait,
):
    logic.registerVolumes(pair.fixed, pair.moving, [quick_file], **callbacks)
    assert logic.checkVolumes(pair.fixed, pair.moving, [quick_file]).can_run
    wait_until(lambda: bool(ends))
    assert [kind for kind, _ in ends] == ["done"]


def test_a_preset_of_landmarks_alone_runs_no_elastix(logic: Any, pair: Pair):  # noqa: F811
    result = logic.registerVolumes(
        **{**far_apart(pair), "preset": "landmarks-rigid", "engine": "no/such/elastix", "checkLabels": ["4"]}
    )
    assert result.engine.name == "none"
    assert result.landmarks.summary("check").after_mm < 0.1


def test_the_initial_transform_is_where_it_starts(logic: Any, pair: Pair, tmp_path: Path):  # noqa: F811
    from cli.conftest import QUICK_RIGID

    still = tmp_path / "still.txt"
    still.write_text(QUICK_RIGID.replace("(MaximumNumberOfIterations 100)", "(MaximumNumberOfIterations 1)"))
    start = phantoms.add_linear_transform(pair.fixed.GetScene(), np.linalg.inv(TURN))  # from parent it is TURN
    result = logic.registerVolumes(pair.fixed, pair.moving, [str(still)], initialTransformNode=start)
    assert error_mm(result.transform) < 1.0
    assert error_mm(logic.registerVolumes(pair.fixed, pair.moving, [str(still)]).transform) > 4.0


def test_a_waiting_call_tells_of_progress_from_the_first_stage_to_the_end(
    logic: Any,  # noqa: F811
    pair: Pair,
    quick_file: str,  # noqa: F811
):
    events: list[Any] = []
    logic.registerVolumes(pair.fixed, pair.moving, [quick_file, quick_file], onProgress=events.append)
    fractions = [event.fraction for event in events]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert {event.stage for event in events} == {1, 2}


def test_a_cancelled_run_ends_at_once_without_a_word_and_leaves_the_scene_as_it_was(
    logic: Any,  # noqa: F811
    pair: Pair,
    callbacks: dict[str, Any],
    ends: list[tuple[str, Any]],
    wait_until: Wait,
):
    before = node_ids()
    events: list[Any] = []
    run = logic.registerVolumes(pair.fixed, pair.moving, onProgress=events.append, **callbacks)
    wait_until(lambda: len(events) > 3)
    run.cancel()
    assert not run.is_running
    told = len(events)
    run.cancel()
    with pytest.raises(AssertionError):
        wait_until(lambda: bool(ends) or len(events) > told, 0.3)
    assert node_ids() == before


def test_an_exception_in_a_callback_ends_the_run_and_reaches_on_error_once(
    logic: Any,  # noqa: F811
    pair: Pair,
    quick_file: str,  # noqa: F811
    callbacks: dict[str, Any],
    ends: list[tuple[str, Any]],
    wait_until: Wait,
):
    def fail(event: Any) -> None:
        raise RuntimeError("a defect of the script")

    run = logic.registerVolumes(pair.fixed, pair.moving, [quick_file], onProgress=fail, **callbacks)
    wait_until(lambda: not run.is_running)
    assert [(kind, str(error)) for kind, error in ends] == [("error", "a defect of the script")]


def test_a_second_run_can_follow_from_the_callback_of_the_first(
    logic: Any,  # noqa: F811
    pair: Pair,
    quick_file: str,  # noqa: F811
    callbacks: dict[str, Any],
    ends: list[tuple[str, Any]],
    wait_until: Wait,
):
    def go_on(first: Any) -> None:
        ends.append(("first", first))
        logic.registerVolumes(pair.fixed, pair.moving, [quick_file], outputTransformNode=first.transform, **callbacks)

    logic.registerVolumes(pair.fixed, pair.moving, [quick_file], wait=False, onDone=go_on)
    wait_until(lambda: len(ends) == 2)
    assert [kind for kind, _ in ends] == ["first", "done"]
    assert ends[1][1].transform is ends[0][1].transform


def test_while_one_run_goes_on_another_one_is_refused_and_the_first_is_not_harmed(
    logic: Any,  # noqa: F811
    pair: Pair,
    quick_file: str,  # noqa: F811
    callbacks: dict[str, Any],
    ends: list[tuple[str, Any]],
    wait_until: Wait,
):
    logic.registerVolumes(pair.fixed, pair.moving, [quick_file], **callbacks)
    for waits in (True, False):
        with pytest.raises(error_class(), match="already running"):
            logic.registerVolumes(pair.fixed, pair.moving, wait=waits)
    wait_until(lambda: bool(ends))
    assert [kind for kind, _ in ends] == ["done"]


def test_a_script_run_is_not_shown_in_the_panel(
    logic: Any,  # noqa: F811
    ui: Any,
    pair: Pair,
    quick_file: str,  # noqa: F811
    callbacks: dict[str, Any],
    ends: list[tuple[str, Any]],
    wait_until: Wait,
):
    logic.registerVolumes(pair.fixed, pair.moving, [quick_file], **callbacks)
    wait_until(lambda: bool(ends))
    assert not ui.outcomeFrame.visible
    assert not ui.progressFrame.visible
    assert ui.outputTransformSelector.currentNode() is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"fixedVolumeNode": None}, "fixed volume"),
        ({"movingVolumeNode": None}, "moving volume"),
        ({"checkLabels": "36"}, "one text"),
        ({"checkLabels": ["1"]}, "landmarks"),
        ({"startFrom": "landmarks"}, "landmarks"),
        ({"startFrom": "moon"}, "moon"),
        ({"landmarkWeight": "iron"}, "iron"),
        ({"maskEdge": "soft"}, "soft"),
        ({"fixedVolumeMaskNode": "skull"}, "skull"),
        ({"fixedExcludeSegments": "liver"}, "segmentation"),
        ({"crop": "half"}, "half"),
        ({"threads": -1}, "-1"),
        ({"engine": "no/such/elastix"}, "no/such/elastix"),
        ({"parameterFilenames": ["gone.txt"]}, "gone.txt"),
        ({"parameterFilenames": []}, "list of parameter files is empty"),
        ({"parameterFilenames": ""}, "list of parameter files is empty"),
    ],
)
def test_a_wrong_argument_is_an_error_with_cause_and_remedy_and_changes_nothing(
    logic: Any,  # noqa: F811
    pair: Pair,
    arguments: dict[str, Any],
    sentence: str,
):
    before = node_ids()
    given = {"fixedVolumeNode": pair.fixed, "movingVolumeNode": pair.moving, **arguments}
    with pytest.raises(error_class(), match=sentence) as caught:
        logic.registerVolumes(**given)
    assert caught.value.what.endswith(".")
    assert caught.value.remedy.endswith((".", "?"))
    assert node_ids() == before


def test_an_output_node_that_cannot_hold_the_result_is_refused_before_anything_runs(logic: Any, pair: Pair):  # noqa: F811
    import slicer

    linear = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "linear")
    with pytest.raises(error_class(), match="linear cannot hold") as caught:
        logic.registerVolumes(pair.fixed, pair.moving, preset="generic", outputTransformNode=linear)
    assert "general transform node" in caught.value.remedy
    logic.registerVolumes(pair.fixed, pair.moving, preset="rigid", outputTransformNode=linear)
    assert error_mm(linear) < 1.0
