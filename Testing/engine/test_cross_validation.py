"""Target registration error at pairs that were left out: each is measured in the run that it did not drive."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from cli.conftest import QUICK_RIGID
from ElastixPlusLib import RegistrationRequest, register
from ElastixPlusLib.errors import LandmarkError
from ElastixPlusLib.evaluation import cross_validation
from ElastixPlusLib.evaluation.cross_validation import cross_validate, cross_validation_steps
from ElastixPlusLib.evaluation.trials import trials_steps
from ElastixPlusLib.guidance.findings import RefusedRequestError
from phantoms import add_anatomy, add_points, rotation_about, shift

MOVED_BY = shift(3, -2, 1) @ rotation_about((1, 2, 3), 4.0)
COUNT = 7
FIXED = np.random.default_rng(5).uniform(-25, 25, (COUNT, 3))
# Placed with errors, so that every fit is another one.
MOVING = FIXED @ MOVED_BY[:3, :3].T + MOVED_BY[:3, 3] + np.random.default_rng(6).normal(0, 1.0, (COUNT, 3))
LABELS = ("b", "a", "d", "c", "g", "e", "f")


@pytest.fixture
def request_of_pair(scene, tmp_path: Path) -> RegistrationRequest:
    """A small pair with seven landmarks, that an affine fit of the landmarks registers."""
    folder = tmp_path / "runs"
    folder.mkdir()
    return RegistrationRequest(
        add_anatomy(scene, name="fixed"),
        add_anatomy(scene, moved_by=MOVED_BY, name="moving"),
        preset="landmarks-affine",
        fixed_landmarks=add_points(scene, FIXED, LABELS),
        moving_landmarks=add_points(scene, MOVING, LABELS),
        workspace=folder,
        threads=1,
        despite_findings=True,
    )


@pytest.fixture
def with_elastix(request_of_pair, tmp_path: Path) -> RegistrationRequest:
    """The same by a rigid stage of a fraction of a second, which the landmarks pull and start."""
    path = tmp_path / "quick.txt"
    path.write_text(QUICK_RIGID.replace("Iterations 100", "Iterations 10"))
    return replace(request_of_pair, parameter_files=(path,), initial="landmarks", landmark_weight="firm")


def missed_mm(left_out: list[int], drives: list[int]) -> np.ndarray:
    """How far an affine fit, computed here by least squares, misses the pairs that did not make it."""
    homogeneous = np.hstack([FIXED, np.ones((COUNT, 1))])
    matrix = np.linalg.lstsq(homogeneous[drives], MOVING[drives], rcond=None)[0]
    return np.linalg.norm(homogeneous[left_out] @ matrix - MOVING[left_out], axis=1)


def test_each_pair_is_measured_by_the_fit_without_it(request_of_pair, scene) -> None:
    nodes = scene.GetNumberOfNodes()
    report = cross_validate(request_of_pair)
    assert report.method == "leave-one-out"
    assert [pair.label for pair in report.pairs] == list(LABELS)
    assert [pair.fold for pair in report.pairs] == list(range(COUNT))
    everyone = list(range(COUNT))
    expected = [missed_mm([one], [other for other in everyone if other != one])[0] for one in everyone]
    assert [pair.after_mm for pair in report.pairs] == pytest.approx(expected, abs=1e-6)
    before = np.linalg.norm(FIXED - MOVING, axis=1)
    assert [pair.before_mm for pair in report.pairs] == pytest.approx(before, abs=1e-9)
    assert report.after.n == COUNT
    assert scene.GetNumberOfNodes() == nodes


def test_the_pairs_of_a_fold_are_left_out_together(request_of_pair) -> None:
    report = cross_validate(replace(request_of_pair, preset="landmarks-rigid"), folds=3)
    report_affine = cross_validate(request_of_pair, folds=3)
    assert report.method == report_affine.method == "3-fold"
    assert sorted(pair.label for pair in report.pairs) == sorted(LABELS)
    folds = [[place for place, pair in enumerate(report.pairs) if pair.fold == fold] for fold in range(3)]
    assert sorted(map(len, folds)) == [2, 2, 3]
    for left_out in folds:
        drives = [place for place in range(COUNT) if place not in left_out]
        found = [report_affine.pairs[place].after_mm for place in left_out]
        assert found == pytest.approx(missed_mm(left_out, drives), abs=1e-6)


def test_pairs_that_only_check_do_so_in_every_run_and_are_not_reported(request_of_pair) -> None:
    report = cross_validate(replace(request_of_pair, check_labels=("a", "g")))
    assert [pair.label for pair in report.pairs] == ["b", "d", "c", "e", "f"]
    assert report.pairs[0].after_mm == pytest.approx(missed_mm([0], [2, 3, 5, 6])[0], abs=1e-6)


def test_pairs_by_order_have_the_labels_of_the_fixed_list(request_of_pair, scene) -> None:
    request = replace(
        request_of_pair,
        fixed_landmarks=add_points(scene, FIXED, ("one", "", "three", "four", "five", "six", "seven")),
        moving_landmarks=add_points(scene, MOVING, [f"other {label}" for label in LABELS]),
    )
    report = cross_validate(request)
    assert [pair.label for pair in report.pairs] == ["one", "2", "three", "four", "five", "six", "seven"]
    assert report.pairs[1].after_mm == pytest.approx(missed_mm([1], [0, 2, 3, 4, 5, 6])[0], abs=1e-6)


def test_labels_that_occur_twice_are_refused(request_of_pair, scene) -> None:
    twice = add_points(scene, FIXED, ("one", "one", "three", "four", "five", "six", "seven"))
    with pytest.raises(LandmarkError, match="one"):
        cross_validate(replace(request_of_pair, fixed_landmarks=twice))


@pytest.mark.native_engine
def test_elastix_runs_again_for_each_fold(with_elastix) -> None:
    report = cross_validate(with_elastix, folds=2)
    left_out = tuple(pair.label for pair in report.pairs if pair.fold == 1)
    result = register(replace(with_elastix, check_labels=left_out))
    expected = [pair.after_mm for pair in result.landmarks.pairs if pair.role == "check"]
    found = [pair.after_mm for pair in report.pairs if pair.fold == 1]
    assert found == pytest.approx(expected, abs=1e-9)
    assert 0.01 < report.after.mean_mm < report.before.mean_mm
    assert not list(with_elastix.workspace.iterdir())


@pytest.mark.native_engine
def test_a_validation_that_is_given_up_leaves_nothing(with_elastix) -> None:
    steps = cross_validation_steps(with_elastix, at_once=2)
    finished = 0
    while finished < 1:
        finished = progress.finished if (progress := next(steps)) is not None else 0
    steps.close()
    assert not [child for child in psutil.Process().children(recursive=True) if "elastix" in child.name()]
    assert not list(with_elastix.workspace.iterdir())


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"fixed_landmarks": None, "moving_landmarks": None, "preset": "rigid"}, "No landmark pair drives"),
        ({"check_labels": LABELS, "preset": "rigid"}, "No landmark pair drives"),
        ({"check_labels": LABELS[:5], "preset": "landmarks-rigid", "initial": "none"}, "few"),
    ],
)
@pytest.mark.native_engine
def test_too_few_driving_pairs_are_refused(request_of_pair, changes, match) -> None:
    with pytest.raises(LandmarkError, match=match):
        cross_validate(replace(request_of_pair, **changes))


def test_a_number_of_folds_that_cannot_be_is_refused(request_of_pair) -> None:
    for folds in (0, 1, COUNT + 1):
        with pytest.raises(LandmarkError, match="fold"):
            cross_validate(request_of_pair, folds)


def test_a_fit_that_lacks_pairs_once_some_are_left_out_says_in_which_run(request_of_pair) -> None:
    request = replace(request_of_pair, check_labels=LABELS[4:])
    with pytest.raises(LandmarkError, match=r"^Run \d of 4, without landmark [badc]: .*needs"):
        cross_validate(request)


def test_what_the_check_finds_refuses_the_whole_once(request_of_pair, scene) -> None:
    mirrored = add_points(scene, FIXED * [-1.0, 1, 1], LABELS)
    request = replace(request_of_pair, preset="landmarks-rigid", moving_landmarks=mirrored, despite_findings=False)
    with pytest.raises(RefusedRequestError, match=r"^The moving landmarks are a mirror image"):
        cross_validate(request)
    assert len(cross_validate(replace(request, despite_findings=True)).pairs) == COUNT


def test_what_is_found_only_because_pairs_are_left_out_does_not_refuse_a_run(request_of_pair, monkeypatch) -> None:
    """Each run is checked again, but the request as a whole has passed the check already."""
    asked: list[RegistrationRequest] = []

    def noted(requests, *arguments, **options):
        asked.extend(requests)
        return trials_steps(requests, *arguments, **options)

    monkeypatch.setattr(cross_validation, "trials_steps", noted)
    cross_validate(replace(request_of_pair, despite_findings=False), folds=3)
    assert [request.despite_findings for request in asked] == [True, True, True]
