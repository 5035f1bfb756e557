"""Place pairs: a click in the fixed volume, one in the moving volume, and the next pair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from panel.conftest import TURN, Pair

PLACES = np.array([[10.0, 0, 0], [0, 12, 0], [0, 0, 14], [9, 8, 7]])


@pytest.fixture
def click_in_views(wait_until: Callable[..., None]) -> Callable[[np.ndarray], None]:
    """Do what the application does when the user clicks in a view in place mode."""
    import slicer

    def click(place_ras: np.ndarray) -> None:
        interaction = slicer.app.applicationLogic().GetInteractionNode()
        assert interaction.GetCurrentInteractionMode() == interaction.Place
        node = slicer.mrmlScene.GetNodeByID(slicer.modules.markups.logic().GetActiveListID())
        index = node.GetControlPointPlacementStartIndex()
        assert node.GetNthControlPointPositionStatus(index) != node.PositionDefined
        node.SetNthControlPointPosition(index, *place_ras)
        interaction.SwitchToViewTransformMode()
        for _ in range(5):
            slicer.app.processEvents()

    return click


@pytest.fixture
def chosen_volumes(ui: Any, pair: Pair, slicer_bench: Any) -> Pair:
    def choose() -> None:
        ui.fixedVolumeSelector.setCurrentNode(pair.fixed)
        ui.movingVolumeSelector.setCurrentNode(pair.moving)

    slicer_bench.run(choose)
    return pair


def moved(place: np.ndarray) -> np.ndarray:
    return (TURN @ [*place, 1.0])[:3]


def background() -> str:
    import slicer

    return str(slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSliceCompositeNode").GetBackgroundVolumeID())


def interaction_is_place() -> bool:
    import slicer

    node = slicer.app.applicationLogic().GetInteractionNode()
    return bool(node.GetCurrentInteractionMode() == node.Place)


def test_pair_after_pair_is_placed_in_lists_made_for_it(
    ui: Any, chosen_volumes: Pair, click_in_views: Callable[[np.ndarray], None], wait_until: Callable[..., None]
):
    ui.placePairsButton.click()
    for place in PLACES[:3]:
        assert background() == chosen_volumes.fixed.GetID()
        click_in_views(place)
        assert background() == chosen_volumes.moving.GetID()
        click_in_views(moved(place))
    ui.placePairsButton.click()
    fixed, moving = ui.fixedLandmarksSelector.currentNode(), ui.movingLandmarksSelector.currentNode()
    assert [fixed.GetNthControlPointLabel(index) for index in range(fixed.GetNumberOfControlPoints())] == list("123")
    assert moving.GetNumberOfControlPoints() == 3
    assert moving.GetNthControlPointPosition(2) == pytest.approx(tuple(moved(PLACES[2])))
    assert not interaction_is_place()
    wait_until(lambda: ui.landmarkTable.rowCount == 3)
    expected = np.linalg.norm(moved(PLACES[0]) - PLACES[0])
    assert ui.landmarkTable.item(0, 2).text() == f"{expected:.1f}"


def test_from_the_fourth_pair_on_the_views_go_where_the_partner_is_to_be_expected(
    ui: Any, chosen_volumes: Pair, click_in_views: Callable[[np.ndarray], None]
):
    import slicer

    ui.placePairsButton.click()
    for place in PLACES[:3]:
        click_in_views(place)
        click_in_views(moved(place))
    click_in_views(PLACES[3])
    view = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSliceNode")
    matrix = view.GetSliceToRAS()
    assert [matrix.GetElement(axis, 3) for axis in range(3)] == pytest.approx(moved(PLACES[3]), abs=1e-3)
    ui.placePairsButton.click()


def test_esc_leaves_the_placing_and_takes_back_the_pair_that_was_not_begun(
    ui: Any, chosen_volumes: Pair, click_in_views: Callable[[np.ndarray], None], wait_until: Callable[..., None]
):
    import slicer

    ui.placePairsButton.click()
    click_in_views(PLACES[0])
    click_in_views(moved(PLACES[0]))
    slicer.app.applicationLogic().GetInteractionNode().SwitchToViewTransformMode()
    wait_until(lambda: not ui.placePairsButton.checked, 2)
    assert ui.fixedLandmarksSelector.currentNode().GetNumberOfControlPoints() == 1
    assert ui.movingLandmarksSelector.currentNode().GetNumberOfControlPoints() == 1


def test_a_pair_that_was_half_placed_stays_and_shows_what_it_lacks(
    ui: Any, chosen_volumes: Pair, click_in_views: Callable[[np.ndarray], None], wait_until: Callable[..., None]
):
    ui.placePairsButton.click()
    click_in_views(PLACES[0])
    ui.placePairsButton.click()
    wait_until(lambda: ui.landmarkTable.rowCount == 1)
    assert "moving landmark is not placed" in ui.landmarkTable.item(0, 0).toolTip()
    ui.landmarkTable.selectRow(0)
    assert ui.placePartnerButton.enabled
    ui.placePartnerButton.click()
    click_in_views(moved(PLACES[0]))
    wait_until(lambda: ui.landmarkTable.item(0, 2).text() != "–")
    assert not ui.placePartnerButton.enabled


@pytest.mark.parametrize("how", ["apply", "leave", "close", "other list", "remove list"])
def test_whatever_else_happens_ends_the_placing(
    panel: Any, ui: Any, chosen_volumes: Pair, wait_until: Callable[..., None], how: str
):
    import slicer

    ui.placePairsButton.click()
    if how == "apply":
        ui.applyButton.click()
    elif how == "leave":
        panel.parent.exit()
    elif how == "close":
        slicer.mrmlScene.Clear(0)
    elif how == "other list":
        ui.fixedLandmarksSelector.setCurrentNode(chosen_volumes.fixed_landmarks)
    else:
        slicer.mrmlScene.RemoveNode(ui.movingLandmarksSelector.currentNode())
    assert not ui.placePairsButton.checked
    assert not interaction_is_place()
    if how == "apply":
        ui.applyButton.click()


def test_a_label_that_is_in_use_is_not_given_again(
    ui: Any, pair: Pair, click_in_views: Callable[[np.ndarray], None], wait_until: Callable[..., None]
):
    ui.fixedLandmarksSelector.setCurrentNode(pair.fixed_landmarks)
    ui.movingLandmarksSelector.setCurrentNode(pair.moving_landmarks)
    ui.placePairsButton.click()
    click_in_views(PLACES[0])
    click_in_views(moved(PLACES[0]))
    ui.placePairsButton.click()
    assert pair.fixed_landmarks.GetNthControlPointLabel(8) == "9"
    assert pair.fixed_landmarks.GetNumberOfControlPoints() == 9


def test_lists_that_are_paired_by_order_stay_so(
    ui: Any, pair: Pair, click_in_views: Callable[[np.ndarray], None], wait_until: Callable[..., None]
):
    for node, letter in ((pair.fixed_landmarks, "F"), (pair.moving_landmarks, "M")):
        for index in range(8):
            node.SetNthControlPointLabel(index, f"{letter}-{index + 1}")
    ui.fixedVolumeSelector.setCurrentNode(pair.fixed)
    ui.movingVolumeSelector.setCurrentNode(pair.moving)
    ui.fixedLandmarksSelector.setCurrentNode(pair.fixed_landmarks)
    ui.movingLandmarksSelector.setCurrentNode(pair.moving_landmarks)
    ui.placePairsButton.click()
    wait_until(lambda: ui.landmarkTable.rowCount == 9, 2)
    click_in_views(PLACES[0])
    click_in_views(moved(PLACES[0]))
    ui.placePairsButton.click()
    wait_until(lambda: ui.landmarkTable.rowCount == 9, 2)
    assert ui.landmarkTable.item(8, 0).text() == "F-9"
    assert pair.moving_landmarks.GetNthControlPointLabel(8) == "M-9"
    wait_until(lambda: all(ui.landmarkTable.item(row, 0).icon().isNull() for row in range(9)), 2)


def test_the_point_under_the_mouse_does_not_count_as_missing(
    ui: Any, chosen_volumes: Pair, wait_until: Callable[..., None]
):
    ui.placePairsButton.click()
    node = ui.fixedLandmarksSelector.currentNode()
    node.SetNthControlPointPosition(0, 1.0, 2.0, 3.0, node.PositionPreview)
    wait_until(lambda: ui.landmarkTable.rowCount == 1)
    assert "fixed landmark is not placed" in ui.landmarkTable.item(0, 0).toolTip()
    ui.placePairsButton.click()
    assert node.GetNumberOfControlPoints() == 0
