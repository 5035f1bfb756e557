"""How good is it: the figures, what is said beside them, and what is in the scene."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from panel.conftest import PANEL_WIDTH, Pair
from panel.evaluation_seen import TRUE_ERROR_MM, Press, Wait, check_pair, choose, loaded, names, shown
from panel.test_table_of_pairs import displace


@pytest.fixture
def slow_evaluation(panel: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every evaluation from now on goes on until it is stopped; what becomes of it is noted."""
    module, noted = loaded("ElastixPlusLib.evaluation.evaluation"), []

    def endless(_request: Any) -> Iterator[None]:
        noted.append("began")
        try:
            while True:
                yield
        finally:
            noted.append("closed")

    monkeypatch.setattr(module, "evaluation_steps", endless)
    return noted


# what is shown


def test_every_row_has_a_sign_and_says_more_when_it_is_clicked(
    panel: Any, ui: Any, landmarked_pair: Pair, true_transform: Any, evaluate: Press
):
    ui.evaluatedTransformSelector.setCurrentNode(true_transform)
    evaluate()
    table = ui.evaluationTable
    assert table.rowCount > 5
    assert all(not table.item(row, 0).icon().isNull() for row in range(table.rowCount))
    assert {standing for _, standing in shown(ui).values()} == {
        "within the tolerance used",
        "not assessed",
        "reported, not graded",
    }
    row = list(shown(ui)).index("Agreement of structures")
    table.cellClicked(row, 1)
    assert ui.evaluationTextLabel.visible
    assert ui.evaluationTextLabel.text.startswith("Agreement of structures not assessed: no structures;")


def test_a_click_on_a_landmark_error_shows_the_worst_landmark(
    panel: Any, ui: Any, landmarked_pair: Pair, true_transform: Any, evaluate: Press, wait_until: Wait
):
    import slicer

    displace(landmarked_pair.moving_landmarks, 6, (12.0, 0.0, 0.0))
    displace(landmarked_pair.moving_landmarks, 1, (9.0, 0.0, 0.0))
    ui.evaluatedTransformSelector.setCurrentNode(true_transform)
    check_pair(ui, 1, wait_until)
    choose(ui.droveComboBox, "landmarks that drive in the table above")
    evaluate()
    view = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSliceNode")
    for what, worst in (
        ("Target registration error at check landmarks, largest", 1),
        ("Fiducial registration error at driving landmarks, mean", 6),
    ):
        ui.evaluationTable.cellClicked(list(shown(ui)).index(what), 0)
        matrix = view.GetSliceToRAS()
        place = landmarked_pair.fixed_landmarks.GetNthControlPointPositionWorld(worst)
        assert [matrix.GetElement(axis, 3) for axis in range(3)] == pytest.approx([*place])


def test_the_table_of_the_panel_shows_names_and_runs_nothing_in_them(
    panel: Any, ui: Any, landmarked_pair: Pair, true_transform: Any, evaluate: Press
):
    for landmarks in (landmarked_pair.fixed_landmarks, landmarked_pair.moving_landmarks):
        for index in range(8):
            landmarks.SetNthControlPointLabel(index, f"<b>{index}</b> & more")
    ui.evaluatedTransformSelector.setCurrentNode(true_transform)
    evaluate()
    row = list(shown(ui)).index("Target registration error at check landmarks, largest")
    assert "</b> & more" in ui.evaluationTable.item(row, 1).text()
    tip = ui.evaluationTable.item(row, 0).toolTip()
    assert "&lt;b&gt;" in tip
    assert "&amp; more" in tip
    assert "<b>" not in tip
    ui.evaluationTable.cellClicked(row, 0)
    assert "<b>" in ui.evaluationTextLabel.text
    import qt

    for label in (ui.evaluationTextLabel, ui.evaluationLabel, ui.evaluationWarningsLabel, ui.droveExplanation):
        assert label.textFormat == qt.Qt.PlainText


def test_a_long_name_leaves_the_panel_narrow(
    panel: Any, ui: Any, landmarked_pair: Pair, true_transform: Any, evaluate: Press
):
    import slicer

    true_transform.SetName("An_unbreakable_" * 12)
    ui.evaluatedTransformSelector.setCurrentNode(true_transform)
    evaluate()
    ui.evaluationTable.cellClicked(0, 0)
    for _ in range(5):
        slicer.app.processEvents()
    assert panel.parent.minimumSizeHint.width() <= PANEL_WIDTH
    assert ui.evaluationTable.width <= PANEL_WIDTH


def test_what_was_found_is_called_outdated_once_something_has_changed(
    panel: Any, ui: Any, landmarked_pair: Pair, true_transform: Any, evaluate: Press
):
    ui.evaluatedTransformSelector.setCurrentNode(true_transform)
    evaluate()
    assert not ui.evaluationLabel.visible
    ui.threadsSpinBox.value = 3  # which measures nothing
    assert not ui.evaluationLabel.visible
    displace(landmarked_pair.moving_landmarks, 0, (5.0, 0.0, 0.0))
    assert ui.evaluationLabel.visible
    assert ui.evaluationLabel.text == "Something has changed since: evaluate again."
    assert ui.evaluationTable.visible
    evaluate()
    assert not ui.evaluationLabel.visible
    choose(ui.droveComboBox, "all landmarks")
    assert ui.evaluationLabel.text == "Something has changed since: evaluate again."


def test_an_error_is_shown_with_its_remedy_and_nothing_changes(ui: Any, landmarked_pair: Pair, evaluate: Press):
    import slicer

    empty = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "empty")
    ui.movingVolumeSelector.setCurrentNode(empty)
    before = names()
    evaluate()
    assert ui.evaluationLabel.text == "The moving volume is empty.\nChoose a volume that has voxels."
    assert not ui.evaluationIconLabel.pixmap.isNull()
    assert not ui.evaluationTable.visible
    assert not ui.saveReportButton.enabled
    assert names() == before


def test_a_defect_is_shown_and_evaluate_can_be_pressed_again(
    ui: Any, landmarked_pair: Pair, evaluate: Press, monkeypatch: pytest.MonkeyPatch
):
    def break_down(*_arguments: Any) -> None:
        raise ZeroDivisionError("on purpose")

    with monkeypatch.context() as patched:
        patched.setattr(loaded("ElastixPlusPanel.evaluation_section"), "evaluation_request_of", break_down)
        ui.evaluateButton.click()
        assert "ZeroDivisionError: on purpose" in ui.evaluationLabel.text
    evaluate()
    assert ui.evaluationTable.visible


# in the scene


def test_a_second_evaluation_updates_the_nodes_of_the_first(
    panel: Any, ui: Any, landmarked_pair: Pair, true_transform: Any, evaluate: Press
):
    import slicer

    ui.evaluatedTransformSelector.setCurrentNode(true_transform)
    without = names()
    evaluate()
    added = [name for name in names() if name not in without]
    assert len([name for name in added if name.startswith("theirs")]) >= 5
    count = len(names())
    table = slicer.util.getNode("theirs check landmarks")
    displace(landmarked_pair.moving_landmarks, 0, (8.0, 0.0, 0.0))
    evaluate()
    assert len(names()) == count
    assert slicer.util.getNode("theirs check landmarks") is table
    assert table.GetTable().GetValueByName(0, "after_mm").ToDouble() == pytest.approx(8.0, abs=TRUE_ERROR_MM)


def test_the_map_of_volume_change_is_made_only_where_it_is_wanted(
    panel: Any, ui: Any, landmarked_pair: Pair, true_transform: Any, evaluate: Press
):
    import slicer

    ui.evaluatedTransformSelector.setCurrentNode(true_transform)
    evaluate()
    assert not slicer.util.getNodes("theirs Jacobian*")
    ui.jacobianMapCheckBox.click()
    evaluate()
    voxels = slicer.util.array("theirs Jacobian determinant")
    assert voxels.shape == (32, 36, 40)
    assert voxels.min() == pytest.approx(1.0, abs=1e-4) == voxels.max()


def test_the_charts_are_shown_in_a_layout_with_a_plot_and_a_table(
    panel: Any, ui: Any, landmarked_pair: Pair, true_transform: Any, evaluate: Press
):
    import slicer

    layout = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLayoutNode")
    layout.SetViewArrangement(layout.SlicerLayoutFourUpView)
    ui.evaluatedTransformSelector.setCurrentNode(true_transform)
    evaluate()
    assert layout.GetViewArrangement() == layout.SlicerLayoutFourUpView
    ui.showChartsButton.click()
    selection = slicer.app.applicationLogic().GetSelectionNode()
    chart = slicer.mrmlScene.GetNodeByID(selection.GetActivePlotChartID())
    assert chart.GetName() == "theirs check landmarks per pair"
    assert slicer.mrmlScene.GetNodeByID(selection.GetActiveTableID()).GetName() == "theirs evaluation"
    assert layout.GetViewArrangement() == layout.SlicerLayoutFourUpPlotTableView
    slicer.mrmlScene.RemoveNode(chart)
    ui.showChartsButton.click()


# stopping


def test_cancel_stops_the_evaluation_and_changes_nothing(
    ui: Any, landmarked_pair: Pair, slow_evaluation: list[str], wait_until: Wait
):
    before = names()
    ui.evaluateButton.click()
    wait_until(lambda: slow_evaluation == ["began"])
    assert ui.evaluationProgressFrame.visible
    assert ui.evaluationProgressLabel.text == "Measuring"
    ui.evaluateButton.click()
    assert slow_evaluation == ["began", "closed"]
    assert ui.evaluateButton.text == "Evaluate"
    assert "Cancelled" in ui.evaluationLabel.text
    assert not ui.evaluationProgressFrame.visible
    assert names() == before


def test_closing_the_scene_stops_the_evaluation(
    ui: Any, landmarked_pair: Pair, slow_evaluation: list[str], wait_until: Wait
):
    import slicer

    ui.evaluateButton.click()
    wait_until(lambda: slow_evaluation == ["began"])
    slicer.mrmlScene.Clear(0)
    assert slow_evaluation == ["began", "closed"]
    assert ui.evaluateButton.text == "Evaluate"
    assert not ui.evaluateButton.enabled
    assert not ui.evaluationFrame.visible


@pytest.mark.parametrize("role", ["fixed", "moving", "moving_landmarks"])
def test_removing_what_is_evaluated_stops_it_and_says_why(
    ui: Any, landmarked_pair: Pair, slow_evaluation: list[str], wait_until: Wait, role: str
):
    import slicer

    ui.evaluateButton.click()
    wait_until(lambda: slow_evaluation == ["began"])
    slicer.mrmlScene.RemoveNode(getattr(landmarked_pair, role))
    wait_until(lambda: ui.evaluateButton.text == "Evaluate", 2)
    assert "was removed from the scene, so the evaluation was stopped." in ui.evaluationLabel.text
    assert slow_evaluation == ["began", "closed"]


def test_closing_the_scene_forgets_what_was_found(
    panel: Any, ui: Any, landmarked_pair: Pair, true_transform: Any, evaluate: Press
):
    import slicer

    ui.evaluatedTransformSelector.setCurrentNode(true_transform)
    evaluate()
    slicer.mrmlScene.Clear(0)
    assert not ui.evaluationFrame.visible
    assert not ui.saveReportButton.enabled
    assert panel.panel.evaluation._measured is None
