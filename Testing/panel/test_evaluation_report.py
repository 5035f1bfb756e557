"""How good is it: the report, and what takes further runs of the registration, through the widgets."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from cli.conftest import QUICK_RIGID
from panel.conftest import Pair
from panel.evaluation_seen import Press, Wait, choose, found, loaded

# the report


@pytest.fixture
def report_folder(panel: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the user chooses."""
    folder = tmp_path / "report & more"
    monkeypatch.setattr(panel.panel.evaluation, "ask", lambda _parent: str(folder))
    return folder


def save(ui: Any, wait_until: Wait) -> None:
    assert ui.saveReportButton.enabled
    ui.saveReportButton.click()
    wait_until(lambda: ui.evaluateButton.text == "Evaluate")


def test_the_report_is_written_into_the_folder_that_is_chosen_and_opened_from_there(
    panel: Any,
    ui: Any,
    landmarked_pair: Pair,
    true_transform: Any,
    evaluate: Press,
    wait_until: Wait,
    report_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    import qt

    opened: list[str] = []
    monkeypatch.setattr(qt.QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    assert not ui.saveReportButton.enabled
    ui.evaluatedTransformSelector.setCurrentNode(true_transform)
    evaluate()
    assert not ui.openReportButton.visible
    save(ui, wait_until)
    assert ui.evaluationLabel.text == f"The report is in {report_folder}"
    account = json.loads(next(report_folder.glob("*.json")).read_text(encoding="utf-8"))
    assert account["transform"] == "theirs"
    ui.openReportButton.click()
    assert [Path(path).suffix for path in opened] == [".html"]
    assert Path(opened[0]).is_file()


def test_the_report_of_a_result_says_how_it_was_made(
    panel: Any, ui: Any, landmarked_pair: Pair, evaluate: Press, wait_until: Wait, report_folder: Path
):
    ui.presetComboBox.currentIndex = ui.presetComboBox.findData("landmarks-rigid")
    ui.applyButton.click()
    wait_until(lambda: ui.applyButton.text == "Apply")
    ui.presetComboBox.currentIndex = ui.presetComboBox.findData("affine")  # too late for the result
    evaluate()
    save(ui, wait_until)
    page = next(report_folder.glob("*.html")).read_text(encoding="utf-8")
    for words in ("Preset", "landmarks-rigid"):
        assert words in page


@pytest.mark.native_engine
def test_the_report_of_a_run_holds_the_parameters_as_elastix_got_them(
    panel: Any,
    ui: Any,
    landmarked_pair: Pair,
    evaluate: Press,
    wait_until: Wait,
    report_folder: Path,
    own_temporary_folder: Path,
):
    (own_temporary_folder / "quick.txt").write_text(QUICK_RIGID)
    panel.panel.parameter_files.ask = lambda _parent: (str(own_temporary_folder / "quick.txt"),)
    ui.addParameterFilesButton.click()
    ui.applyButton.click()
    wait_until(lambda: ui.applyButton.text == "Apply")
    evaluate()
    save(ui, wait_until)
    page = next(report_folder.glob("*.html")).read_text(encoding="utf-8")
    assert "EulerTransform" in page
    assert "quick.txt" in page


def test_without_the_packages_of_the_web_page_tables_are_written_and_what_to_install_is_said(
    panel: Any,
    ui: Any,
    landmarked_pair: Pair,
    evaluate: Press,
    wait_until: Wait,
    report_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    import qt

    opened: list[str] = []
    monkeypatch.setattr(qt.QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    monkeypatch.setitem(sys.modules, "jinja2", None)  # as in 3D Slicer: the import fails
    evaluate()
    save(ui, wait_until)
    assert "needs the Python package jinja2" in ui.evaluationLabel.text
    assert "pip_install" in ui.evaluationLabel.text
    assert list(report_folder.glob("*.csv"))
    assert list(report_folder.glob("*.json"))
    ui.openReportButton.click()
    assert opened == [str(report_folder)]


def test_no_folder_is_no_report(panel: Any, ui: Any, landmarked_pair: Pair, evaluate: Press, monkeypatch: Any):
    evaluate()
    monkeypatch.setattr(panel.panel.evaluation, "ask", lambda _parent: "")
    ui.saveReportButton.click()
    assert ui.evaluateButton.text == "Evaluate"
    assert not ui.evaluationLabel.visible


def test_a_report_that_cannot_be_written_is_an_error_with_a_remedy_and_the_figures_stay(
    panel: Any, ui: Any, landmarked_pair: Pair, evaluate: Press, wait_until: Wait, tmp_path: Path, monkeypatch: Any
):
    evaluate()
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(panel.panel.evaluation, "ask", lambda _parent: str(tmp_path / "file"))
    save(ui, wait_until)
    assert "could not be written" in ui.evaluationLabel.text
    assert "Choose another folder." in ui.evaluationLabel.text
    assert ui.evaluationTable.visible
    assert not ui.openReportButton.visible


# more runs


@pytest.fixture
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place of the run folders."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.native_engine
def test_pairs_are_left_out_both_ways_are_run_and_runs_repeated_on_request(
    panel: Any, ui: Any, landmarked_pair: Pair, true_transform: Any, evaluate: Press, own_temporary_folder: Path
):
    import slicer

    (own_temporary_folder / "quick.txt").write_text(QUICK_RIGID)
    panel.panel.parameter_files.ask = lambda _parent: (str(own_temporary_folder / "quick.txt"),)
    ui.addParameterFilesButton.click()
    ui.evaluatedTransformSelector.setCurrentNode(true_transform)
    choose(ui.leaveOutComboBox, "pairs in 5 groups (5 runs)")
    ui.bothWaysCheckBox.click()
    ui.repeatsSpinBox.value = 2
    parent = landmarked_pair.moving.GetParentTransformNode()
    evaluate()
    assert ui.evaluationTable.visible, ui.evaluationLabel.text
    evidence = found(panel).evidence
    assert [pair.label for pair in evidence.held_out.pairs] == list("12345678")
    assert evidence.held_out.after.mean_mm < 2.0
    assert evidence.consistency.distances.mean_mm < 1.0
    assert evidence.uncertainty.names == ("seed 1", "seed 2")
    assert evidence.uncertainty.sd_max_mm < 1.0
    assert slicer.util.array("theirs spread of repeated runs").max() > 0
    mean = slicer.util.getNode("theirs mean of repeated runs").GetTransformFromParent()
    places = found(panel).places
    mapped = [mean.TransformPoint(*place) for place in places.fixed_ras]
    assert np.linalg.norm(mapped - places.moving_ras, axis=1).max() < 4.0
    assert landmarked_pair.moving.GetParentTransformNode() is parent
    assert ui.outputTransformSelector.currentNode() is None
    assert not list(own_temporary_folder.glob("elastixplus-*"))


@pytest.mark.native_engine
def test_cancel_during_more_runs_leaves_no_process(
    ui: Any, landmarked_pair: Pair, wait_until: Wait, own_temporary_folder: Path
):
    ui.presetComboBox.currentIndex = ui.presetComboBox.findData("generic")
    choose(ui.leaveOutComboBox, "one pair at a time (many runs)")
    ui.evaluateButton.click()
    wait_until(lambda: "0 of 8 runs done" in ui.evaluationProgressLabel.text)
    wait_until(lambda: bool(engines_running()))
    ui.evaluateButton.click()
    wait_until(lambda: not engines_running(), 1)
    assert not list(own_temporary_folder.glob("elastixplus-*"))
    assert not ui.evaluationTable.visible


def engines_running() -> list[str]:
    return [child.name() for child in psutil.Process().children(recursive=True) if "elastix" in child.name()]


def test_runs_that_only_tell_how_far_they_are_let_the_panel_answer(slicer_bench: Any):
    told = loaded("ElastixPlusPanel.evaluation_work").told

    def runs_that_compute() -> Iterator[str]:
        for _ in range(20):
            time.sleep(0.01)
            yield "progress"

    heard = list(told("repeat", runs_that_compute()))
    pauses = [place for place, news in enumerate(heard) if news is None]
    assert len(pauses) >= 4
    assert len(heard) - len(pauses) == 20


def test_more_runs_need_what_a_registration_needs(ui: Any, landmarked_pair: Pair, evaluate: Press):
    ui.bothWaysCheckBox.click()
    choose(ui.startComboBox, "a transform:")
    ui.evaluateButton.click()
    assert "The registration cannot run again." in ui.evaluationLabel.text
    assert "Choose the transform to start from" in ui.evaluationLabel.text
    assert ui.evaluateButton.text == "Evaluate"
