"""Compare by eye: checkerboard, flicker and fade, and that the views show afterwards what they showed before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import phantoms
from panel.conftest import TURN, Pair

Wait = Callable[..., None]

BOARD = "ElastixPlus checkerboard"


@pytest.fixture
def looked_at(slicer_bench: Any, chosen_pair: Pair) -> Any:
    """A volume that the views show, with another one over it, before anything is compared."""

    def look() -> Any:
        import slicer

        other = phantoms.add_anatomy(slicer.mrmlScene, (6, 6, 6), name="looked at")
        slicer.util.setSliceViewerLayers(background=other, foreground=chosen_pair.fixed, foregroundOpacity=0.3)
        return other

    return slicer_bench.run(look)


@pytest.fixture
def true_parent(slicer_bench: Any, chosen_pair: Pair) -> Any:
    """The moving volume lies on the fixed one, under the right transform."""

    def put() -> Any:
        node = phantoms.add_linear_transform(chosen_pair.fixed.GetScene(), np.linalg.inv(TURN))
        chosen_pair.moving.SetAndObserveTransformNodeID(node.GetID())
        return node

    return slicer_bench.run(put)


def views() -> list[Any]:
    import slicer

    return slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")


def seen() -> set[tuple[Any, ...]]:
    """What the views show: the same in all of them, or there are several answers."""
    return {
        (
            view.GetBackgroundVolumeID(),
            view.GetForegroundVolumeID(),
            view.GetForegroundOpacity(),
            view.GetLinkedControl(),
        )
        for view in views()
    }


def opacity() -> float:
    (value,) = {view.GetForegroundOpacity() for view in views()}
    return float(value)


def boards() -> list[Any]:
    import slicer

    return [node for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") if node.GetName() == BOARD]


def show_board(ui: Any, wait_until: Wait) -> Any:
    ui.checkerboardButton.click()
    wait_until(lambda: bool(boards()))
    return boards()[0]


def displays() -> int:
    import slicer

    return len(slicer.util.getNodesByClass("vtkMRMLScalarVolumeDisplayNode"))


# fade


def test_fade_goes_from_the_fixed_to_the_moving_volume_in_all_views_which_are_linked(ui: Any, chosen_pair: Pair):
    for percent in (25, 100, 0):
        ui.fadeSlider.value = percent
        assert seen() == {(chosen_pair.fixed.GetID(), chosen_pair.moving.GetID(), percent / 100, 1)}
    assert {view.GetHotLinkedControl() for view in views()} == {1}


def test_nothing_can_be_compared_before_two_volumes_are_chosen(ui: Any, pair: Pair):
    controls = (ui.checkerboardButton, ui.flickerButton, ui.fadeSlider)
    assert not any(one.enabled for one in controls)
    ui.fixedVolumeSelector.setCurrentNode(pair.fixed)
    ui.movingVolumeSelector.setCurrentNode(pair.fixed)
    assert not any(one.enabled for one in controls)
    ui.movingVolumeSelector.setCurrentNode(pair.moving)
    assert all(one.enabled for one in controls)


# flicker


def test_flicker_changes_between_the_volumes_twice_a_second_and_puts_the_views_back(
    panel: Any, ui: Any, chosen_pair: Pair, looked_at: Any, wait_until: Wait
):
    before = seen()
    assert panel.panel.check_layout._flicker_timer.interval == 500
    panel.panel.check_layout._flicker_timer.interval = 20
    ui.flickerButton.click()
    assert {one[:2] for one in seen()} == {(chosen_pair.fixed.GetID(), chosen_pair.moving.GetID())}
    for expected in (1.0, 0.0, 1.0):
        wait_until(lambda expected=expected: opacity() == expected, 5)
    ui.flickerButton.click()
    assert seen() == before
    assert not panel.panel.check_layout.is_active
    panel.panel.check_layout._flicker_timer.interval = 500


def stop_by_leaving(panel: Any) -> None:
    panel.parent.exit()


def stop_by_choosing(panel: Any) -> None:
    panel.ui.movingVolumeSelector.setCurrentNode(None)


def stop_by_removing(panel: Any) -> None:
    import slicer

    slicer.mrmlScene.RemoveNode(panel.ui.movingVolumeSelector.currentNode())


def stop_by_another_parameter_set(panel: Any) -> None:
    panel.ui.parameterSetSelector.addNode()


@pytest.mark.parametrize("stop", [stop_by_leaving, stop_by_choosing, stop_by_removing, stop_by_another_parameter_set])
@pytest.mark.parametrize("button", ["flickerButton", "checkerboardButton"])
def test_both_end_and_the_views_are_put_back_when_the_user_goes_on(
    panel: Any, ui: Any, looked_at: Any, wait_until: Wait, button: str, stop: Callable[[Any], None]
):
    before = seen()
    getattr(ui, button).click()
    if button == "checkerboardButton":
        wait_until(lambda: bool(boards()))
    assert seen() != before
    stop(panel)
    assert seen() == before
    assert not getattr(ui, button).checked
    assert not panel.panel.check_layout.is_active
    assert boards() == []


@pytest.mark.parametrize("button", ["flickerButton", "checkerboardButton"])
@pytest.mark.parametrize("rounds", [0, 50])
def test_closing_the_scene_ends_both(panel: Any, ui: Any, chosen_pair: Pair, button: str, rounds: int):
    import slicer

    getattr(ui, button).click()
    for _ in range(rounds):
        slicer.app.processEvents()
    slicer.mrmlScene.Clear(0)
    assert not getattr(ui, button).checked
    assert not panel.panel.check_layout.is_active
    assert {one[:2] for one in seen()} == {(None, None)}
    assert boards() == []


def test_quitting_ends_flicker(slicer_bench: Any, panel: Any, ui: Any, chosen_pair: Pair):
    layout = panel.panel.check_layout
    ui.flickerButton.click()
    panel.cleanup()
    assert not layout.is_active
    panel.onReload()  # the panel of the tests that follow


def test_a_volume_that_was_shown_before_and_is_gone_is_not_put_back(ui: Any, looked_at: Any):
    import slicer

    ui.flickerButton.click()
    slicer.mrmlScene.RemoveNode(looked_at)
    ui.flickerButton.click()
    assert {one[0] for one in seen()} == {None}


# checkerboard


def test_the_checkerboard_shows_both_volumes_in_squares_where_they_lie(
    ui: Any, chosen_pair: Pair, true_parent: Any, wait_until: Wait
):
    import slicer

    board = show_board(ui, wait_until)
    assert {one[:2] for one in seen()} == {(board.GetID(), None)}
    voxels, fixed = slicer.util.arrayFromVolume(board), slicer.util.arrayFromVolume(chosen_pair.fixed)
    assert voxels.dtype == np.uint8
    assert voxels.shape == fixed.shape
    # Both volumes show one anatomy in one contrast, and lie on each other: the board is the fixed volume all over.
    inside = (slice(8, -8),) * 3
    expected = fixed[inside] * (voxels[inside].max() / fixed[inside].max())
    assert np.corrcoef(voxels[inside].ravel(), expected.ravel())[0, 1] > 0.98
    chosen_pair.moving.SetAndObserveTransformNodeID(None)
    turned = slicer.util.arrayFromVolume(show_board(ui, wait_until))
    assert np.corrcoef(turned[inside].ravel(), expected.ravel())[0, 1] < 0.95


def test_squares_alternate_along_all_axes_and_have_the_same_edges_in_millimetres(slicer_bench: Any):
    from ElastixPlusPanel.checkerboard import mixed_squares

    bright, dark = np.full((16, 32, 8), 100.0), np.zeros((16, 32, 8))
    mixed = mixed_squares(bright, dark, (0.0, 100.0), (0.0, 100.0), (2.0, 1.0, 2.0))
    assert mixed[0, 0].tolist() == [255, 255, 0, 0, 255, 255, 0, 0]
    assert mixed[0, :, 0].tolist() == ([255] * 4 + [0] * 4) * 4
    assert mixed[:, 0, 0].tolist() == ([255] * 2 + [0] * 2) * 4
    assert mixed[2, 4, 0] == 255


def test_each_volume_keeps_the_contrast_that_it_is_shown_with(ui: Any, chosen_pair: Pair, wait_until: Wait):
    import slicer

    for volume, window in ((chosen_pair.fixed, (-2000.0, -1000.0)), (chosen_pair.moving, (5000.0, 6000.0))):
        volume.CreateDefaultDisplayNodes()
        volume.GetDisplayNode().AutoWindowLevelOff()
        volume.GetDisplayNode().SetWindowLevelMinMax(*window)
    voxels = slicer.util.arrayFromVolume(show_board(ui, wait_until))
    assert set(np.unique(voxels)) == {0, 255}  # all of the fixed volume is above its window, the moving one below
    assert 0.4 < (voxels == 255).mean() < 0.6


def test_the_checkerboard_is_in_no_list_and_in_no_scene_file_and_leaves_nothing(
    ui: Any, chosen_pair: Pair, looked_at: Any, wait_until: Wait, tmp_path: Path
):
    import slicer

    before, display_count = seen(), displays()
    board = show_board(ui, wait_until)
    assert board.GetHideFromEditors()
    count = ui.fixedVolumeSelector.nodeCount()
    assert BOARD not in [ui.fixedVolumeSelector.nodeFromIndex(index).GetName() for index in range(count)]
    assert slicer.util.saveScene(str(tmp_path / "scene.mrml"))
    assert "checkerboard" not in (tmp_path / "scene.mrml").read_text(encoding="utf-8")
    ui.checkerboardButton.click()
    assert boards() == []
    assert displays() == display_count
    assert seen() == before


def test_the_checkerboard_goes_when_a_volume_moves_and_says_so(
    ui: Any, chosen_pair: Pair, looked_at: Any, true_parent: Any, wait_until: Wait
):
    before = seen()
    show_board(ui, wait_until)
    true_parent.SetMatrixTransformToParent(phantoms.vtk_matrix(np.eye(4)))
    assert boards() == []
    assert seen() == before
    assert ui.compareHintLabel.text == "A volume has changed: press Checkerboard again."


def test_a_deforming_parent_is_followed(ui: Any, chosen_pair: Pair, wait_until: Wait):
    import slicer
    import vtk

    bend = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTransformNode", "bend")
    spline = vtk.vtkThinPlateSplineTransform()
    points, moved = vtk.vtkPoints(), vtk.vtkPoints()
    for corner in np.ndindex(2, 2, 2):
        place = np.array(corner) * 60.0 - 30.0
        points.InsertNextPoint(place)
        moved.InsertNextPoint((TURN @ [*place, 1.0])[:3])
    spline.SetSourceLandmarks(points)
    spline.SetTargetLandmarks(moved)
    spline.SetBasisToR()
    bend.SetAndObserveTransformFromParent(spline)
    chosen_pair.moving.SetAndObserveTransformNodeID(bend.GetID())
    voxels = slicer.util.arrayFromVolume(show_board(ui, wait_until))
    inside = (slice(8, -8),) * 3
    fixed = slicer.util.arrayFromVolume(chosen_pair.fixed)
    assert np.corrcoef(voxels[inside].ravel(), fixed[inside].ravel())[0, 1] > 0.98


def test_one_of_the_two_ends_the_other_and_fade_ends_both(panel: Any, ui: Any, looked_at: Any, wait_until: Wait):
    before = seen()
    show_board(ui, wait_until)
    ui.flickerButton.click()
    assert not ui.checkerboardButton.checked
    assert boards() == []
    ui.checkerboardButton.click()
    assert not ui.flickerButton.checked
    ui.checkerboardButton.click()
    assert seen() == before
    ui.flickerButton.click()
    ui.fadeSlider.value = 40
    assert not ui.flickerButton.checked
    assert not panel.panel.check_layout.is_active
    assert opacity() == 0.4
    ui.fadeSlider.value = 0


def test_an_error_is_shown_and_releases_the_button(
    panel: Any, ui: Any, looked_at: Any, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
):
    import sys

    before = seen()

    def break_down(*_arguments: Any) -> None:
        raise MemoryError("on purpose")

    monkeypatch.setattr(sys.modules["ElastixPlusPanel.checkerboard"], "mixed_squares", break_down)
    ui.checkerboardButton.click()
    wait_until(lambda: not ui.checkerboardButton.checked)
    assert "MemoryError: on purpose" in ui.compareHintLabel.text
    assert seen() == before
