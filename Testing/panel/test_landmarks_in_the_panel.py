"""Landmarks in the panel: lists made for the volumes, roles that last, lists that pair by order, partners."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import phantoms
from panel.conftest import FEW_ITERATIONS, TURN, Pair
from panel.test_placing_pairs import click_in_views  # noqa: F401 - a fixture

LABEL, ROLE, BEFORE, AFTER = range(4)
LONGEST_REFRESH_SECONDS = 0.1
Wait = Callable[..., None]
Click = Callable[[np.ndarray], None]


@pytest.fixture
def table(ui: Any, chosen_pair: Pair, slicer_bench: Any, wait_until: Wait) -> Any:
    """The table of the eight pairs, all chosen, with the rigid preset."""

    def choose() -> Any:
        ui.fixedLandmarksSelector.setCurrentNode(chosen_pair.fixed_landmarks)
        ui.movingLandmarksSelector.setCurrentNode(chosen_pair.moving_landmarks)
        wait_until(lambda: ui.landmarkTable.rowCount == 8)
        return ui.landmarkTable

    return slicer_bench.run(choose)


def texts(table: Any, column: int) -> list[str]:
    return [table.item(row, column).text() for row in range(table.rowCount)]


def tick(table: Any, row: int, ticked: bool = True) -> None:
    import qt

    table.item(row, ROLE).setCheckState(qt.Qt.Checked if ticked else qt.Qt.Unchecked)


def labels_of(node: Any) -> list[str]:
    return [node.GetNthControlPointLabel(index) for index in range(node.GetNumberOfControlPoints())]


def name_as_slicer_does(pair: Pair, wait_until: Wait, table: Any) -> None:
    """Labels as the application gives them: name of the list, number."""
    for node, name in ((pair.fixed_landmarks, "F"), (pair.moving_landmarks, "M")):
        node.SetControlPointLabelFormat("%N-%d")
        for index in range(8):
            node.SetNthControlPointLabel(index, f"{name}-{index + 1}")
    wait_until(lambda: texts(table, LABEL)[7] == "F-8" and table.rowCount == 8)


def moved(place: Any) -> np.ndarray:
    return (TURN @ [*place, 1.0])[:3]


def view_position() -> list[float]:
    import slicer

    matrix = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSliceNode").GetSliceToRAS()
    return [matrix.GetElement(axis, 3) for axis in range(3)]


def apply(ui: Any, wait_until: Wait) -> str:
    ui.overridesEdit.setPlainText(FEW_ITERATIONS)
    ui.applyButton.click()
    wait_until(lambda: ui.applyButton.text == "Apply")
    return str(ui.outcomeLabel.text)


def stored_check_labels(panel: Any) -> list[str]:
    return list(json.loads(panel.panel.parameter_node.GetParameter("check_labels")))


def test_the_lists_that_are_made_differ_in_colour_and_have_plain_numbers_as_labels(ui: Any, chosen_pair: Pair):
    ui.makeListsButton.click()
    fixed, moving = ui.fixedLandmarksSelector.currentNode(), ui.movingLandmarksSelector.currentNode()
    colors = [node.GetDisplayNode().GetSelectedColor() for node in (fixed, moving)]
    assert colors[0] != colors[1]
    assert colors[0][2] > colors[0][0], "the fixed one is blue"
    assert colors[1][0] > colors[1][2], "the moving one is orange"
    fixed.AddControlPoint(1, 2, 3)
    assert labels_of(fixed) == ["1"]


def test_only_the_list_that_is_missing_is_made(ui: Any, chosen_pair: Pair):
    ui.fixedLandmarksSelector.setCurrentNode(chosen_pair.fixed_landmarks)
    ui.makeListsButton.click()
    assert ui.fixedLandmarksSelector.currentNode() is chosen_pair.fixed_landmarks
    assert ui.movingLandmarksSelector.currentNode().GetName() == "moving landmarks"


def test_making_lists_again_gives_them_names_of_their_own(ui: Any, chosen_pair: Pair):
    ui.makeListsButton.click()
    ui.fixedLandmarksSelector.setCurrentNode(None)
    ui.movingLandmarksSelector.setCurrentNode(None)
    ui.makeListsButton.click()
    assert ui.fixedLandmarksSelector.currentNode().GetName() == "fixed landmarks_1"


def test_a_role_lasts_when_another_point_is_renamed_or_removed_and_can_be_taken_back(
    panel: Any, table: Any, chosen_pair: Pair, wait_until: Wait
):
    tick(table, 3)
    wait_until(lambda: texts(table, ROLE)[3] == "check")
    for node in (chosen_pair.fixed_landmarks, chosen_pair.moving_landmarks):
        node.SetNthControlPointLabel(0, "AC")
        node.RemoveNthControlPoint(1)
    wait_until(lambda: texts(table, LABEL) == ["AC", *"345678"])
    assert texts(table, ROLE) == ["drive", "drive", "check", "drive", "drive", "drive", "drive"]
    assert stored_check_labels(panel) == ["4"]
    tick(table, 2, False)
    wait_until(lambda: texts(table, ROLE) == ["drive"] * 7)
    assert stored_check_labels(panel) == []


@pytest.mark.native_engine
@pytest.mark.parametrize("how", ["rename", "remove", "other lists"])
def test_apply_does_not_ask_for_a_pair_to_check_that_is_gone(
    ui: Any, table: Any, chosen_pair: Pair, wait_until: Wait, how: str
):
    import slicer

    tick(table, 3)
    tick(table, 5)
    wait_until(lambda: texts(table, ROLE).count("check") == 2)
    lists = (chosen_pair.fixed_landmarks, chosen_pair.moving_landmarks)
    if how == "other lists":
        places = np.random.default_rng(4).uniform(-20, 20, (4, 3))
        others = (places, places @ TURN[:3, :3].T + TURN[:3, 3])
        for selector, points in zip((ui.fixedLandmarksSelector, ui.movingLandmarksSelector), others, strict=True):
            selector.setCurrentNode(phantoms.add_points(slicer.mrmlScene, points, labels=list("1234")))
    for node in lists:
        if how == "rename":
            node.SetNthControlPointLabel(3, "PC")
        elif how == "remove":
            node.RemoveNthControlPoint(3)
    expected = {"rename": 1, "remove": 1, "other lists": 1}[how]
    text = apply(ui, wait_until)
    assert f"mm, {expected} pairs" in text.splitlines()[0]
    assert text.startswith("Check landmarks: ")


@pytest.mark.native_engine
def test_lists_with_the_labels_of_the_application_register_by_order_with_their_roles(
    ui: Any, table: Any, chosen_pair: Pair, wait_until: Wait
):
    name_as_slicer_does(chosen_pair, wait_until, table)
    tick(table, 6)
    wait_until(lambda: texts(table, ROLE)[6] == "check")
    text = apply(ui, wait_until)
    assert text.startswith("Check landmarks: ")
    assert "worst: F-7" in text.splitlines()[0]
    assert "7 pairs" in text.splitlines()[1]


def test_placing_a_new_pair_does_not_part_lists_that_pair_by_order(
    ui: Any,
    table: Any,
    chosen_pair: Pair,
    wait_until: Wait,
    click_in_views: Click,  # noqa: F811
):
    name_as_slicer_does(chosen_pair, wait_until, table)
    ui.placePairsButton.click()
    click_in_views(np.array([4.0, 5, 6]))
    click_in_views(moved([4.0, 5, 6]))
    ui.placePairsButton.click()
    wait_until(lambda: table.rowCount == 9 and "–" not in texts(table, BEFORE), 2)
    assert all(table.item(row, LABEL).icon().isNull() for row in range(9))


def test_the_partner_of_the_last_point_is_placed_in_lists_that_pair_by_order(
    ui: Any,
    table: Any,
    chosen_pair: Pair,
    wait_until: Wait,
    click_in_views: Click,  # noqa: F811
):
    name_as_slicer_does(chosen_pair, wait_until, table)
    chosen_pair.moving_landmarks.RemoveNthControlPoint(7)
    wait_until(lambda: table.rowCount == 15)
    table.selectRow(7)
    ui.placePartnerButton.click()
    click_in_views(np.array([1.0, 2, 3]))
    wait_until(lambda: table.rowCount == 8, 2)
    assert "–" not in texts(table, BEFORE)


@pytest.mark.parametrize("lacking", ["fixed", "moving"])
def test_a_partner_that_does_not_exist_is_made_and_the_views_go_where_it_is_to_be_expected(
    ui: Any,
    table: Any,
    chosen_pair: Pair,
    wait_until: Wait,
    click_in_views: Click,  # noqa: F811
    lacking: str,
):
    import slicer

    node = getattr(chosen_pair, f"{lacking}_landmarks")
    place = np.array(node.GetNthControlPointPosition(4))
    node.RemoveNthControlPoint(4)
    wait_until(lambda: texts(table, BEFORE).count("–") == 1)
    table.selectRow(texts(table, LABEL).index("5"))
    assert ui.placePartnerButton.enabled
    ui.placePartnerButton.click()
    assert view_position() == pytest.approx(place, abs=1e-3)
    shown = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSliceCompositeNode").GetBackgroundVolumeID()
    assert shown == getattr(chosen_pair, lacking).GetID()
    click_in_views(place)
    wait_until(lambda: "–" not in texts(table, BEFORE))
    assert sorted(labels_of(node)) == list("12345678")


def test_a_complete_pair_needs_no_partner(ui: Any, table: Any):
    table.selectRow(2)
    assert not ui.placePartnerButton.enabled


def test_the_selected_row_stays_selected_while_a_point_is_dragged(
    ui: Any, table: Any, chosen_pair: Pair, wait_until: Wait
):
    table.selectRow(2)
    chosen_pair.fixed_landmarks.SetNthControlPointPosition(
        2, *chosen_pair.moving_landmarks.GetNthControlPointPosition(2)
    )
    wait_until(lambda: texts(table, BEFORE)[2] == "0.0")
    assert table.currentRow() == 2


def test_a_landmark_under_a_transform_is_measured_where_it_is_seen(table: Any, chosen_pair: Pair, wait_until: Wait):
    parent = phantoms.add_linear_transform(chosen_pair.fixed.GetScene(), TURN)
    chosen_pair.fixed_landmarks.SetAndObserveTransformNodeID(parent.GetID())
    wait_until(lambda: texts(table, BEFORE) == ["0.0"] * 8)
    parent.SetMatrixTransformToParent(phantoms.vtk_matrix(np.eye(4)))
    wait_until(lambda: texts(table, BEFORE)[0] != "0.0")


@pytest.mark.native_engine
def test_after_follows_a_point_that_is_moved_after_the_registration(
    ui: Any, table: Any, chosen_pair: Pair, wait_until: Wait
):
    apply(ui, wait_until)
    wait_until(lambda: texts(table, AFTER)[1] != "–")
    result = ui.outputTransformSelector.currentNode()
    place = np.array([3.0, -7.0, 11.0])
    chosen_pair.fixed_landmarks.SetNthControlPointPosition(1, *place)
    chosen_pair.moving_landmarks.SetNthControlPointPosition(1, *phantoms.mapped(result, [place])[0])
    before = np.linalg.norm(phantoms.mapped(result, [place])[0] - place)
    wait_until(lambda: texts(table, BEFORE)[1] == f"{before:.1f}", 2)
    assert texts(table, AFTER)[1] == "0.0"
    chosen_pair.moving_landmarks.SetNthControlPointPosition(1, 0, 0, 0)
    after = np.linalg.norm(phantoms.mapped(result, [place])[0])
    wait_until(lambda: texts(table, AFTER)[1] == f"{after:.1f}", 2)


def test_without_a_parameter_set_the_table_is_empty_and_nothing_can_be_made(
    panel: Any, ui: Any, table: Any, wait_until: Wait
):
    import slicer

    slicer.mrmlScene.Clear(0)
    wait_until(lambda: table.rowCount == 0)
    assert not ui.placePartnerButton.enabled


def test_two_hundred_pairs_are_shown_within_a_tenth_of_a_second(ui: Any, panel: Any, chosen_pair: Pair, capsys: Any):
    import slicer

    places = np.random.default_rng(1).uniform(-30, 30, (200, 3))
    for selector in (ui.fixedLandmarksSelector, ui.movingLandmarksSelector):
        selector.setCurrentNode(phantoms.add_points(slicer.mrmlScene, places))
    took = []
    for round_number in range(6):
        if round_number == 1:
            ui.outputTransformSelector.setCurrentNode(result_for(chosen_pair))
        began = time.thread_time()
        panel.panel.landmarks.refresh()
        took.append(time.thread_time() - began)
    with capsys.disabled():
        print(f"\n  200 pairs: {1000 * took[0]:.0f} ms first, then {1000 * statistics.median(took[1:]):.0f} ms")
    assert ui.landmarkTable.rowCount == 200
    assert statistics.median(took[1:]) < LONGEST_REFRESH_SECONDS


def result_for(pair: Pair) -> Any:
    """A transform node that says of itself that it is the result for two volumes."""
    node = phantoms.add_linear_transform(pair.fixed.GetScene(), np.linalg.inv(TURN))
    node.SetNodeReferenceID(node.GetFixedNodeReferenceRole(), pair.fixed.GetID())
    node.SetNodeReferenceID(node.GetMovingNodeReferenceRole(), pair.moving.GetID())
    return node
