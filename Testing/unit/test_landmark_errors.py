"""What is left at landmarks is measured for every pair, and driving and checking ones are never mixed."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from ElastixPlusLib.accuracy.error_statistics import error_statistics
from ElastixPlusLib.accuracy.landmark_errors import LandmarkReport, PairError, RoleSummary, landmark_report


@pytest.fixture
def report() -> LandmarkReport:
    fixed = np.zeros((4, 3))
    moving = np.array([[3.0, 4.0, 0.0], [0, 0, 10.0], [0, 6.0, 8.0], [1.0, 0, 0]])
    mapped = moving + np.array([[0, 0, 1.0], [0, 0, 0], [0, -3.0, 4.0], [2.0, 0, 0]])
    return landmark_report(("a", "b", "c", "d"), np.array([True, False, True, False]), fixed, mapped, moving)


def test_every_pair_has_its_distance_before_and_after(report):
    assert [(pair.label, pair.role, pair.before_mm, pair.after_mm) for pair in report.pairs] == [
        ("a", "drive", 5.0, 1.0),
        ("b", "check", 10.0, 0.0),
        ("c", "drive", 10.0, 5.0),
        ("d", "check", 1.0, 2.0),
    ]


def test_means_are_taken_over_the_pairs_of_one_role_only(report):
    assert report.summary("drive") == RoleSummary(2, 7.5, 3.0)
    assert report.summary("check") == RoleSummary(2, 5.5, 1.0)


def test_without_pairs_of_a_role_there_is_no_number():
    assert LandmarkReport().summary("check") == RoleSummary(0, None, None)
    only_drive = landmark_report(("a",), np.array([True]), np.zeros((1, 3)), np.zeros((1, 3)), np.zeros((1, 3)))
    assert only_drive.summary("check") == RoleSummary(0, None, None)
    assert only_drive.summary("drive") == RoleSummary(1, 0.0, 0.0)


def test_numbers_are_plain_so_that_they_can_be_written_as_json(report):
    assert {type(pair.before_mm) for pair in report.pairs} | {type(report.summary("drive").after_mm)} == {float}


def test_lists_of_different_length_are_an_error():
    with pytest.raises(ValueError, match="zip"):
        landmark_report(("a", "b"), np.array([True]), np.zeros((1, 3)), np.zeros((1, 3)), np.zeros((1, 3)))


def test_statistics_are_of_one_role_and_of_one_time(report):
    assert report.statistics("drive", "before") == error_statistics([5.0, 10.0])
    assert report.statistics("drive", "after") == error_statistics([1.0, 5.0])
    assert report.statistics("check", "before") == error_statistics([10.0, 1.0])
    assert report.statistics("check", "after") == error_statistics([0.0, 2.0])


def test_statistics_and_summary_agree_on_the_mean(report):
    for role in ("drive", "check"):
        summary = report.summary(role)
        found = report.statistics(role, "before"), report.statistics(role, "after")
        assert [one.mean_mm for one in found] == [summary.before_mm, summary.after_mm]


def test_without_pairs_of_a_role_there_are_no_statistics_and_no_worst_pair(report):
    only_drive = LandmarkReport(report.of_role("drive"))
    assert only_drive.statistics("check", "after") is None
    assert only_drive.worst("check") is None
    assert LandmarkReport().worst("drive") is None


def test_the_worst_pair_of_a_role_is_the_one_farthest_off_after(report):
    assert report.worst("drive").label == "c"
    assert report.worst("check").label == "d"  # although b was farther off before, and c is now


def test_of_equally_bad_pairs_the_first_is_the_worst():
    equal = LandmarkReport((PairError("a", "check", 3.0, 1.0), PairError("b", "check", 1.0, 1.0)))
    assert equal.worst("check").label == "a"


def test_a_time_that_does_not_exist_is_an_error(report):
    with pytest.raises(KeyError):
        report.statistics("drive", "later")


def test_what_is_written_as_json_has_the_keys_that_were_promised(report):
    assert list(asdict(report.summary("check"))) == ["n", "before_mm", "after_mm"]
    assert list(asdict(report.pairs[0])) == ["label", "role", "before_mm", "after_mm"]
