"""Apply, progress, result, Cancel and errors, with the real engine, through the widgets."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

import phantoms
from panel.conftest import FEW_ITERATIONS, TURN, Pair

pytestmark = pytest.mark.native_engine

LONGEST_CANCEL_SECONDS = 1.0


@pytest.fixture
def apply(ui: Any, wait_until: Callable[..., None]) -> Callable[[], None]:
    """Press Apply and wait for the end."""

    def press() -> None:
        ui.overridesEdit.setPlainText(FEW_ITERATIONS)
        ui.applyButton.click()
        assert ui.applyButton.text == "Cancel"
        wait_until(lambda: ui.applyButton.text == "Apply")

    return press


@pytest.fixture
def run_anyway(ui: Any, wait_until: Callable[..., None]) -> Callable[[], None]:
    """Let a run that was refused take place, and wait for the end."""

    def press() -> None:
        assert ui.runAnywayButton.visible
        ui.runAnywayButton.click()
        wait_until(lambda: ui.applyButton.text == "Apply")

    return press


def error_mm(transform: Any) -> float:
    """How far a result is off at the corners of a cube of 40 mm."""
    corners = [[x, y, z] for x in (-20, 20) for y in (-20, 20) for z in (-20, 20)]
    truth = [(TURN @ [*corner, 1])[:3] for corner in corners]
    return float(abs(phantoms.mapped(transform, corners) - truth).max())


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def run_folders() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("elastixplus-*"))


def engines_running() -> list[str]:
    return [child.name() for child in psutil.Process().children(recursive=True) if "elastix" in child.name()]


def nodes() -> set[str]:
    import slicer

    return {node.GetID() for node in slicer.util.getNodes("*", useLists=False).values()}


def test_apply_puts_the_result_into_the_scene_and_says_so(ui: Any, chosen_pair: Pair, apply: Callable[[], None]):
    ui.fixedLandmarksSelector.setCurrentNode(chosen_pair.fixed_landmarks)
    ui.movingLandmarksSelector.setCurrentNode(chosen_pair.moving_landmarks)
    apply()
    transform = ui.outputTransformSelector.currentNode()
    assert transform.GetName() == "moving to fixed"
    assert error_mm(transform) < 1.0
    assert ui.outcomeFrame.visible
    assert "Driving landmarks: 7." in ui.outcomeLabel.text
    assert "8 pairs; worst: " in ui.outcomeLabel.text
    assert not ui.showLogButton.visible
    assert not ui.openFolderButton.visible


def test_the_result_is_applied_to_the_moving_side_and_to_nothing_else(
    ui: Any, chosen_pair: Pair, apply: Callable[[], None]
):
    ui.fixedLandmarksSelector.setCurrentNode(chosen_pair.fixed_landmarks)
    ui.movingLandmarksSelector.setCurrentNode(chosen_pair.moving_landmarks)
    apply()
    transform = ui.outputTransformSelector.currentNode()
    assert chosen_pair.moving.GetParentTransformNode() is transform
    assert chosen_pair.moving_landmarks.GetParentTransformNode() is transform
    assert chosen_pair.fixed.GetParentTransformNode() is None
    assert chosen_pair.fixed_landmarks.GetParentTransformNode() is None


def test_without_apply_to_the_moving_volume_it_stays_where_it_is(ui: Any, chosen_pair: Pair, apply: Callable[[], None]):
    ui.applyToMovingCheckBox.click()
    apply()
    assert ui.outputTransformSelector.currentNode() is not None
    assert chosen_pair.moving.GetParentTransformNode() is None


def test_a_second_apply_gives_the_same_result_although_the_moving_volume_lies_under_the_first(
    ui: Any, chosen_pair: Pair, apply: Callable[[], None]
):
    apply()
    transform = ui.outputTransformSelector.currentNode()
    first = phantoms.mapped(transform, [[10, 20, 30]])
    apply()
    assert ui.outputTransformSelector.currentNode() is transform
    assert phantoms.mapped(transform, [[10, 20, 30]]) == pytest.approx(first, abs=1e-6)


def test_the_output_volume_is_filled(ui: Any, chosen_pair: Pair, apply: Callable[[], None]):
    ui.outputVolumeSelector.addNode()
    output = ui.outputVolumeSelector.currentNode()
    apply()
    assert output.GetImageData().GetDimensions() == chosen_pair.fixed.GetImageData().GetDimensions()


def test_progress_moves_and_the_curve_is_drawn(ui: Any, chosen_pair: Pair, wait_until: Callable[..., None]):
    ui.fixedLandmarksSelector.setCurrentNode(chosen_pair.fixed_landmarks)
    ui.movingLandmarksSelector.setCurrentNode(chosen_pair.moving_landmarks)
    seen: list[int] = []
    texts: set[str] = set()
    ui.applyButton.click()

    def has_ended() -> bool:
        seen.append(ui.progressBar.value)
        texts.add(ui.progressLabel.text)
        return bool(ui.applyButton.text == "Apply")

    wait_until(has_ended)
    assert seen == sorted(seen)
    assert len(set(seen)) >= 4
    assert any(text.startswith("Stage 1 of 1, resolution") for text in texts)
    assert not ui.curveLabel.pixmap.isNull()


def test_cancel_stops_elastix_within_a_second_and_leaves_nothing(
    ui: Any, chosen_pair: Pair, wait_until: Callable[..., None]
):
    ui.presetComboBox.currentIndex = ui.presetComboBox.findData("generic")
    nodes_before = nodes()
    ui.applyButton.click()
    wait_until(lambda: ui.progressBar.value > 100)
    assert engines_running()
    pressed = time.monotonic()
    ui.applyButton.click()
    assert ui.applyButton.text == "Apply"
    assert time.monotonic() - pressed < LONGEST_CANCEL_SECONDS
    wait_until(lambda: not engines_running(), 1)
    assert nodes() == nodes_before
    assert not run_folders()
    assert "cancelled" in ui.outcomeLabel.text


@pytest.mark.parametrize("rounds", range(3))
def test_cancel_while_the_inputs_are_exported_leaves_nothing(ui: Any, chosen_pair: Pair, rounds: int):
    import slicer

    ui.applyButton.click()
    for _ in range(rounds):
        slicer.app.processEvents()
    ui.applyButton.click()
    assert ui.applyButton.text == "Apply"
    assert not run_folders()
    assert chosen_pair.moving.GetParentTransformNode() is None


def test_an_error_of_elastix_is_shown_with_its_remedy_and_the_log_one_click_away(
    ui: Any, chosen_pair: Pair, apply: Callable[[], None], run_anyway: Callable[[], None]
):
    chosen_pair.moving.SetOrigin(900, 900, 900)  # nothing overlaps
    apply()
    run_anyway()
    what, remedy = ui.outcomeLabel.text.split("\n")
    assert "The volumes do not overlap" in what
    assert "landmarks" in remedy
    assert "--" not in remedy
    assert ui.showLogButton.visible
    assert ui.openFolderButton.visible
    assert not ui.logText.visible
    ui.showLogButton.click()
    assert ui.logText.visible
    assert "elastix" in ui.logText.toPlainText().lower()
    assert ui.outputTransformSelector.currentNode() is None


def test_the_run_folder_of_a_failed_run_is_opened(
    ui: Any,
    chosen_pair: Pair,
    apply: Callable[[], None],
    run_anyway: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
):
    import qt

    opened: list[Path] = []
    monkeypatch.setattr(qt.QDesktopServices, "openUrl", lambda url: opened.append(Path(url.toLocalFile())))
    chosen_pair.moving.SetOrigin(900, 900, 900)
    apply()
    run_anyway()
    ui.openFolderButton.click()
    assert (opened[0] / "fixed.mha").is_file()


def test_unusable_input_is_refused_in_words_before_anything_runs(ui: Any, pair: Pair, wait_until: Callable[..., None]):
    import slicer

    empty = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "empty")
    ui.fixedVolumeSelector.setCurrentNode(empty)
    ui.movingVolumeSelector.setCurrentNode(pair.moving)
    ui.applyButton.click()
    wait_until(lambda: ui.applyButton.text == "Apply")
    assert ui.outcomeLabel.text == "The fixed volume is empty.\nChoose a volume that has voxels."
    assert not ui.showLogButton.visible


def test_the_kept_run_folder_is_offered_after_success(ui: Any, chosen_pair: Pair, apply: Callable[[], None]):
    ui.keepFilesCheckBox.click()
    apply()
    assert ui.openFolderButton.visible
    assert len(run_folders()) == 1
    ui.showLogButton.click()
    assert "elastix" in ui.logText.toPlainText().lower()


@pytest.mark.parametrize("role", ["fixed", "moving"])
def test_removing_a_volume_during_a_run_stops_it_and_says_why(
    ui: Any, chosen_pair: Pair, wait_until: Callable[..., None], role: str
):
    import slicer

    ui.applyButton.click()
    wait_until(lambda: ui.progressBar.value > 0)
    slicer.mrmlScene.RemoveNode(getattr(chosen_pair, role))
    wait_until(lambda: ui.applyButton.text == "Apply", 2)
    assert f"The {role} volume was removed from the scene" in ui.outcomeLabel.text
    wait_until(lambda: not engines_running(), 1)


def test_removing_the_output_transform_during_a_run_gives_a_new_one(
    ui: Any, chosen_pair: Pair, wait_until: Callable[..., None]
):
    import slicer

    ui.outputTransformSelector.addNode()
    output = ui.outputTransformSelector.currentNode()
    ui.applyButton.click()
    wait_until(lambda: ui.progressBar.value > 0)
    slicer.mrmlScene.RemoveNode(output)
    wait_until(lambda: ui.applyButton.text == "Apply")
    assert ui.outputTransformSelector.currentNode() is not None
    assert error_mm(ui.outputTransformSelector.currentNode()) < 1.0


def test_closing_the_scene_during_a_run_stops_it_without_a_trace(
    ui: Any, chosen_pair: Pair, wait_until: Callable[..., None]
):
    import slicer

    ui.applyButton.click()
    wait_until(lambda: ui.progressBar.value > 0)
    slicer.mrmlScene.Clear(0)
    assert ui.applyButton.text == "Apply"
    assert not ui.applyButton.enabled
    wait_until(lambda: not engines_running(), 1)
    assert not run_folders()
    assert not slicer.util.getNodes("moving*")


def test_leaving_the_module_does_not_stop_the_run(
    ui: Any, panel: Any, chosen_pair: Pair, wait_until: Callable[..., None]
):
    ui.applyButton.click()
    wait_until(lambda: ui.progressBar.value > 0)
    panel.parent.exit()
    wait_until(lambda: ui.applyButton.text == "Apply")
    panel.parent.enter()
    assert error_mm(ui.outputTransformSelector.currentNode()) < 1.0


def test_a_script_cannot_start_a_second_run_beside_the_panels(
    ui: Any, panel: Any, chosen_pair: Pair, wait_until: Callable[..., None]
):
    from ElastixPlusLib import ElastixPlusError

    ui.applyButton.click()
    wait_until(lambda: ui.progressBar.value > 0)
    with pytest.raises(ElastixPlusError, match="already running"):
        panel.logic.registerVolumes(chosen_pair.fixed, chosen_pair.moving)
    wait_until(lambda: ui.applyButton.text == "Apply")
    assert ui.outputTransformSelector.currentNode() is not None


def test_the_panel_refuses_to_run_beside_a_script_and_stays_usable(
    ui: Any, panel: Any, chosen_pair: Pair, wait_until: Callable[..., None]
):
    run = panel.logic.registerVolumes(chosen_pair.fixed, chosen_pair.moving, preset="rigid", wait=False)
    ui.applyButton.click()
    assert "already running" in ui.outcomeLabel.text
    assert ui.applyButton.text == "Apply"
    assert run.is_running
    run.cancel()
    assert not run.is_running


def test_the_fixed_and_moving_volume_are_shown_over_each_other_on_request(
    ui: Any, chosen_pair: Pair, apply: Callable[[], None]
):
    import slicer

    apply()
    ui.showOverlayButton.click()
    view = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSliceCompositeNode")
    assert view.GetBackgroundVolumeID() == chosen_pair.fixed.GetID()
    assert view.GetForegroundVolumeID() == chosen_pair.moving.GetID()
    assert view.GetForegroundOpacity() == 0.5


def test_quitting_during_a_run_ends_elastix_and_its_folder(
    slicer_bench: Any, panel: Any, ui: Any, chosen_pair: Pair, wait_until: Callable[..., None]
):
    ui.applyButton.click()
    wait_until(lambda: ui.progressBar.value > 0)
    panel.cleanup()
    wait_until(lambda: not engines_running(), 1)
    assert not run_folders()
    panel.onReload()  # the panel of the tests that follow


def test_nothing_of_a_run_is_left_in_the_environment(ui: Any, chosen_pair: Pair, apply: Callable[[], None]):
    before = dict(os.environ), Path.cwd()
    apply()
    assert (dict(os.environ), Path.cwd()) == before


def test_a_result_that_cannot_be_applied_is_shown_all_the_same(
    ui: Any, chosen_pair: Pair, apply: Callable[[], None], monkeypatch: pytest.MonkeyPatch
):
    import sys

    from ElastixPlusLib.errors import InputError

    def refuse(*_nodes: Any) -> None:
        raise InputError("It lies under something.", "Move it.")

    monkeypatch.setattr(sys.modules["ElastixPlusPanel.panel"], "apply_transform", refuse)
    apply()
    assert "It lies under something. Move it." in ui.outcomeLabel.text
    assert "Done in" in ui.outcomeLabel.text
    assert ui.outputTransformSelector.currentNode() is not None


def test_a_defect_when_a_run_is_started_is_shown_and_apply_can_be_pressed_again(
    ui: Any, chosen_pair: Pair, apply: Callable[[], None], monkeypatch: pytest.MonkeyPatch
):
    import sys

    def break_down(*_arguments: Any) -> None:
        raise ZeroDivisionError("on purpose")

    with monkeypatch.context() as patched:
        patched.setattr(sys.modules["ElastixPlusPanel.panel"], "request_of", break_down)
        ui.applyButton.click()
    assert "ZeroDivisionError: on purpose" in ui.outcomeLabel.text
    assert ui.applyButton.text == "Apply"
    apply()
    assert ui.outputTransformSelector.currentNode() is not None


def test_closing_the_scene_after_a_run_lets_go_of_its_volumes(
    ui: Any, panel: Any, chosen_pair: Pair, apply: Callable[[], None]
):
    import slicer

    apply()
    assert ui.outcomeFrame.visible
    slicer.mrmlScene.Clear(0)
    assert panel.logic.backgroundRun is None
    assert not ui.outcomeFrame.visible
