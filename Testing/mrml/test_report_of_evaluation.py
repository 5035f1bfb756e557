"""An evaluation becomes files that anyone can open, and what was chosen is said in words."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ElastixPlusLib.accuracy.landmark_errors import LandmarkReport
from ElastixPlusLib.errors import ResultWriteError
from ElastixPlusLib.evaluation.evaluation import Evaluation, evaluate
from ElastixPlusLib.evaluation.evaluation_request import EvaluationRequest
from ElastixPlusLib.evaluation.report_notes import ReportNotes, notes_of_registration
from ElastixPlusLib.evaluation.report_of_evaluation import report_contents, report_steps, versions_in_use
from ElastixPlusLib.evaluation.settings import settings_in_words
from ElastixPlusLib.mrml.transforms import add_transform_node, linear_transform
from ElastixPlusLib.record.methods_text import methods_as_text
from ElastixPlusLib.report.report_packages import ReportPackageError
from ElastixPlusLib.request import RegistrationRequest
from ElastixPlusLib.result import EngineUsed, RegistrationResult, Seconds
from ElastixPlusLib.steps import run_to_end
from made_records import failed_run, spline_run
from phantoms import add_anatomy, add_points, shift

PLACES = np.array([[0.0, 0, 0], [10, 0, 0], [0, 12, 0]])
NAME = 'Müller <b> & "Co"'


@pytest.fixture
def evaluation(scene) -> Evaluation:
    fixed = add_anatomy(scene, (16, 15, 14), (5.0, 5.0, 5.0), name=NAME)
    moving = add_anatomy(scene, (16, 15, 14), (5.0, 5.0, 5.0), moved_by=shift(4.0, 0, 0), name="moving")
    transform = add_transform_node(scene, linear_transform(shift(3.0, 0, 0)), "result")
    landmarks = [add_points(scene, PLACES + offset, ["a", "b", "c"]) for offset in (0.0, [4.0, 0, 0])]
    return evaluate(EvaluationRequest(transform, fixed, moving, *landmarks, check_labels=("b",)))


def test_the_folder_holds_the_page_the_tables_and_the_account(evaluation, tmp_path):
    folder = tmp_path / "report"
    written = run_to_end(report_steps(evaluation, folder, ReportNotes((("Preset", "generic"),), commands=("x --y",))))
    names = {path.name for path in written}
    assert {"report.html", "landmarks.csv", "statistics.csv", "evaluation.json"} <= names
    assert written[-1] == folder / "report.html"
    assert {path.name for path in folder.iterdir()} == names
    page = written[-1].read_text(encoding="utf-8")
    assert "Müller &lt;b&gt; &amp; " in page
    assert "<b> & " not in page
    assert "x --y" in page
    account = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
    assert account == json.loads(json.dumps(evaluation.as_dict()))
    assert account["fixed"] == NAME
    with (folder / "landmarks.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["label"], row["role"], float(row["after_mm"])) for row in rows] == [
        ("a", "drive", pytest.approx(1.0)),
        ("b", "check", pytest.approx(1.0)),
        ("c", "drive", pytest.approx(1.0)),
    ]


def test_a_second_report_replaces_the_first(evaluation, tmp_path):
    run_to_end(report_steps(evaluation, tmp_path))
    landmarks = evaluation.evidence.landmarks
    moved = replace(landmarks, pairs=tuple(replace(pair, after_mm=9.0) for pair in landmarks.pairs))
    run_to_end(report_steps(evaluation.with_evidence(landmarks=moved), tmp_path))
    account = json.loads((tmp_path / "evaluation.json").read_text(encoding="utf-8"))
    assert account["landmarks"]["check"]["after_mm"] == 9.0


def test_without_the_packages_of_the_page_all_else_is_written(evaluation, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "jinja2", None)
    with pytest.raises(ReportPackageError) as caught:
        run_to_end(report_steps(evaluation, tmp_path))
    assert "pip install" in caught.value.remedy
    assert {path.name for path in tmp_path.iterdir()} == {"evaluation.json", "landmarks.csv", "statistics.csv"}


def test_a_folder_that_cannot_be_made_is_told(evaluation, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    for folder in (tmp_path / "file", tmp_path / "missing" / "report"):
        with pytest.raises(ResultWriteError, match="could not be written"):
            run_to_end(report_steps(evaluation, folder))


def test_the_contents_are_those_of_the_evaluation(evaluation):
    contents = report_contents(evaluation, ReportNotes(warnings=("first",), versions=(("elastix", "5.0.1"),)))
    assert (contents.fixed_name, contents.moving_name, contents.transform_name) == (NAME, "moving", "result")
    assert contents.warnings == ("first", *evaluation.warnings)
    assert contents.versions[0] == ("elastix", "5.0.1")
    assert contents.evidence is evaluation.evidence
    assert len(contents.pictures) == 3


def test_versions_name_neither_the_machine_nor_its_user():
    versions = dict(versions_in_use())
    assert {"ElastixPlus", "VTK", "Python", "System", "numpy"} <= set(versions)
    told = " ".join(versions.values())
    import getpass
    import platform

    for private in (platform.node(), getpass.getuser(), str(Path.home())):
        assert not private or private not in told.split()


def test_what_was_chosen_is_said_in_words(evaluation):
    given = evaluation.request
    request = RegistrationRequest(given.fixed, given.moving, seed=3, threads=2)
    words = dict(settings_in_words(request))
    assert words == {
        "Fixed volume": NAME,
        "Moving volume": "moving",
        "Preset": "generic",
        "Start from": "auto",
        "Crop": "auto",
        "Threads": "2",
        "Seed": "3",
    }
    full = replace(
        request,
        parameter_files=(Path("folder") / "own.txt", Path("more.txt")),
        fixed_landmarks=given.fixed_landmarks,
        moving_landmarks=given.moving_landmarks,
        fixed_mask="body",
        moving_mask=given.moving,
        moving_mask_segments=("liver", "spleen"),
        moving_exclude=given.fixed,
        mask_margin_mm=2.5,
        initial=given.transform,
    )
    words = dict(settings_in_words(full))
    assert words["Parameter files"] == "own.txt, more.txt"
    assert "Preset" not in words
    assert words["Check landmarks"] == "none: all of them drive"
    assert (words["Fixed mask"], words["Moving mask"]) == ("body", "moving (liver, spleen)")
    assert words["Excluded in the moving volume"] == NAME
    assert words["Margin of the masks"] == "2.5 mm"
    assert words["Start from"] == "result"
    assert dict(settings_in_words(replace(full, check_labels=("a", "b"))))["Check landmarks"] == "a, b"


def test_the_text_for_the_methods_section_comes_from_the_record_of_the_run(evaluation, scene):
    request = RegistrationRequest(add_anatomy(scene, (8, 8, 8)), add_anatomy(scene, (8, 8, 8)))
    transform = add_transform_node(scene, linear_transform(shift(3.0, 0, 0)), "found")
    engine, seconds = EngineUsed("elastix", "5.0.1", "/x"), Seconds(1.0, 1.0, 1.0, 3.0)
    result = RegistrationResult(transform, None, engine, seconds, LandmarkReport(), (), (), record=spline_run())
    contents = report_contents(evaluation, notes_of_registration(request, result))
    assert contents.methods == methods_as_text(spline_run())
    for record in (None, failed_run()):  # the report is worth writing without the text
        assert notes_of_registration(request, replace(result, record=record)).methods == ""
