"""From a pair that cannot be registered as it is to a result: refused, fixed, run anyway, explained after a failure."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import phantoms
from panel.conftest import TURN, Pair
from panel.test_findings_in_the_panel import check, choose_landmarks, offered, sentences, shown_rows  # noqa: F401

pytestmark = pytest.mark.native_engine

Wait = Callable[..., None]
AWAY_MM = 400.0


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def distant_pair(ui: Any, chosen_pair: Pair, slicer_bench: Any) -> Pair:
    """The pair with its landmarks, the moving side 400 mm away."""

    def move() -> Pair:
        import slicer

        away = phantoms.add_linear_transform(slicer.mrmlScene, phantoms.shift(AWAY_MM, 0, 0))
        for node in (chosen_pair.moving, chosen_pair.moving_landmarks):
            node.SetAndObserveTransformNodeID(away.GetID())
        choose_landmarks(ui, chosen_pair)
        return chosen_pair

    return slicer_bench.run(move)


@pytest.fixture
def apply(ui: Any, wait_until: Wait) -> Callable[[], None]:
    """Press Apply and wait for the end."""

    def press() -> None:
        ui.applyButton.click()
        wait_until(lambda: ui.applyButton.text == "Apply")

    return press


def run_folders() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob("elastixplus-*"))


def row_with(panel: Any, words: str) -> Any:
    """The row whose button says some words."""
    return next(row for row in shown_rows(panel) if row.button.visible and words in row.button.text)


def error_mm(transform: Any) -> float:
    """How far a result for the distant pair is off at the corners of a cube of 40 mm."""
    truth = phantoms.shift(AWAY_MM, 0, 0) @ TURN
    corners = [[x, y, z] for x in (-20, 20) for y in (-20, 20) for z in (-20, 20)]
    return float(abs(phantoms.mapped(transform, corners) - [(truth @ [*one, 1])[:3] for one in corners]).max())


def test_check_sees_that_the_volumes_are_far_apart_one_click_starts_from_the_landmarks_and_apply_succeeds(
    panel: Any,
    ui: Any,
    distant_pair: Pair,
    check: Callable[[], None],  # noqa: F811
    apply: Callable[[], None],
    wait_until: Wait,
):
    check()
    row_with(panel, "landmarks").button.click()
    assert ui.startFromLandmarksCheckBox.checked
    wait_until(lambda: ui.checkButton.text == "Check")
    assert ui.findingsLabel.text == "Nothing to complain about.", sentences(panel)
    ui.applyToMovingCheckBox.checked = False
    apply()
    assert "Done in" in ui.outcomeLabel.text
    assert error_mm(ui.outputTransformSelector.currentNode()) < 1.0
    assert not ui.findingsFrame.visible


def test_apply_refuses_what_would_fail_says_why_and_the_same_click_helps(
    panel: Any, ui: Any, distant_pair: Pair, apply: Callable[[], None], wait_until: Wait
):
    apply()
    assert "Nothing was run" in ui.findingsLabel.text
    assert not ui.outcomeFrame.visible
    assert not ui.progressFrame.visible
    assert not run_folders()
    assert ui.runAnywayButton.visible
    row_with(panel, "landmarks").button.click()
    wait_until(lambda: ui.checkButton.text == "Check")
    apply()
    assert "Done in" in ui.outcomeLabel.text


def test_run_anyway_runs_once_in_spite_of_it_and_the_failure_comes_with_its_fix(
    panel: Any, ui: Any, distant_pair: Pair, apply: Callable[[], None], wait_until: Wait
):
    apply()
    ui.runAnywayButton.click()
    assert ui.applyButton.text == "Cancel"
    assert not ui.checkButton.enabled
    assert not ui.findingsFrame.visible
    wait_until(lambda: ui.applyButton.text == "Apply")
    what, _, remedy = ui.outcomeLabel.text.partition("\n")
    assert "overlap" in what
    assert remedy
    assert ui.showLogButton.visible
    assert ui.outcomeFixButton.visible
    assert ui.outcomeFixButton.text == "Start from the landmarks"
    ui.outcomeFixButton.click()
    assert ui.startFromLandmarksCheckBox.checked
    assert not ui.outcomeFixButton.visible
    wait_until(lambda: ui.checkButton.text == "Check")
    assert ui.findingsLabel.text == "Nothing to complain about.", sentences(panel)
    ui.startFromLandmarksCheckBox.checked = False
    apply()
    assert "Nothing was run" in ui.findingsLabel.text, "run anyway was for that one run"


def test_a_fix_after_a_failure_is_not_offered_any_more_when_something_was_changed(
    ui: Any, distant_pair: Pair, apply: Callable[[], None], wait_until: Wait
):
    apply()
    ui.runAnywayButton.click()
    wait_until(lambda: ui.applyButton.text == "Apply")
    assert ui.outcomeFixButton.visible
    distant_pair.fixed_landmarks.SetNthControlPointPosition(0, 1, 2, 3)
    assert not ui.outcomeFixButton.visible
    assert "overlap" in ui.outcomeLabel.text


def test_what_was_changed_while_a_refused_run_was_checked_is_not_spoken_of(
    ui: Any, distant_pair: Pair, wait_until: Wait
):
    ui.applyButton.click()
    ui.threadsSpinBox.value = 1
    wait_until(lambda: ui.applyButton.text == "Apply")
    assert not ui.findingsFrame.visible
    assert "landmarks" in ui.outcomeLabel.text
    assert not ui.outcomeFixButton.visible


def test_apply_stops_a_check(panel: Any, ui: Any, chosen_pair: Pair, wait_until: Wait):
    ui.checkButton.click()
    ui.applyButton.click()
    assert ui.checkButton.text == "Check"
    assert not ui.findingsFrame.visible
    wait_until(lambda: ui.applyButton.text == "Apply")
    assert "Done in" in ui.outcomeLabel.text
    assert not ui.findingsFrame.visible


def test_warnings_of_the_check_come_with_their_fixes_after_a_success(
    panel: Any, ui: Any, chosen_pair: Pair, apply: Callable[[], None], monkeypatch: pytest.MonkeyPatch
):
    import sys

    from ElastixPlusLib.errors import Fix
    from ElastixPlusLib.guidance.findings import Finding

    def find(_parts: Any) -> Any:
        yield None
        return [
            Finding("a", "warning", "It is large.", "Crop it.", Fix("Crop to the overlap", {"crop": "overlap"})),
            Finding("b", "warning", "It is thin."),
            Finding("c", "note", "It is blue."),
        ]

    import ElastixPlusLib.checking.preparation  # noqa: F401 - loads the module

    monkeypatch.setattr(sys.modules["ElastixPlusLib.checking.preparation"], "finding_steps", find)
    apply()
    rows = [row for row in panel.panel._run_view._rows.rows if row.widget.visible]
    assert [(row.label.text, row.button.text) for row in rows] == [("It is large. Crop it.", "Crop to the overlap")]
    assert "It is thin." in ui.outcomeLabel.text
    assert "It is large." not in ui.outcomeLabel.text
    assert "It is blue." not in ui.outcomeLabel.text
    rows[0].button.click()
    assert ui.cropComboBox.currentText == "to what both show"
    assert not rows[0].button.visible
    assert ui.checkButton.text == "Stop"


# fits of the landmarks alone


def choose_preset(ui: Any, identifier: str) -> None:
    row = ui.presetComboBox.findData(identifier)
    assert row >= 0
    ui.presetComboBox.currentIndex = row


def test_a_preset_of_landmarks_alone_asks_for_landmarks(ui: Any, chosen_pair: Pair):
    choose_preset(ui, "landmarks-rigid")
    assert not ui.applyButton.enabled
    assert "needs landmarks" in ui.applyHintLabel.text
    choose_landmarks(ui, chosen_pair)
    assert ui.applyButton.enabled


@pytest.mark.parametrize("kind", ["rigid", "similarity", "affine", "thin-plate", "bspline"])
def test_the_landmarks_alone_are_fitted_and_the_outcome_says_so(
    ui: Any, distant_pair: Pair, apply: Callable[[], None], kind: str
):
    choose_preset(ui, f"landmarks-{kind}")
    ui.applyToMovingCheckBox.checked = False
    apply()
    assert "Fit of the landmarks, done in" in ui.outcomeLabel.text
    assert "none" not in ui.outcomeLabel.text
    assert "Driving landmarks: " in ui.outcomeLabel.text
    assert error_mm(ui.outputTransformSelector.currentNode()) < (1.0 if kind != "bspline" else 3.0)
    assert not run_folders()


def test_the_guided_preset_registers_a_distant_pair_without_another_click(
    ui: Any, distant_pair: Pair, apply: Callable[[], None]
):
    choose_preset(ui, "guided")
    ui.applyToMovingCheckBox.checked = False
    apply()
    assert "Done in" in ui.outcomeLabel.text, ui.findingsLabel.text
    assert error_mm(ui.outputTransformSelector.currentNode()) < 2.0
