"""What an arrangement of landmarks leaves open is said, as gravely as the start depends on it."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ElastixPlusLib.guidance.findings import Finding
from ElastixPlusLib.guidance.initial_alignment import rigid_alignment
from ElastixPlusLib.guidance.landmark_layout import (
    at_driving_pair,
    error_at_reach,
    farthest_apart_mm,
    self_fit_degrees,
    turn_degrees,
)
from ElastixPlusLib.guidance.landmark_layout_findings import layout_findings
from ElastixPlusLib.guidance.landmark_pairing import LandmarkPairs
from made_landmarks import expert_pairs, made_pairs, turn

LINE = np.outer([0.0, 30, 55, 100], [1, 2, -1])
SQUARE = np.array([[50.0, 50, 0], [-50, 50, 0], [-50, -50, 0], [50, -50, 0]])
CUBE = np.array(list(itertools.product((-40.0, 40.0), repeat=3)))


def pairs_at(points: np.ndarray, check: int = 0) -> LandmarkPairs:
    """Pairs at given places; the last ``check`` of them only check."""
    count = len(points)
    labels = tuple(str(place + 1) for place in range(count))
    return LandmarkPairs(labels, points, points, np.arange(count) < count - check)


def findings(points: np.ndarray, *, check: int = 0, start: str = "none", by_order: bool = False) -> dict[str, Finding]:
    found = layout_findings(pairs_at(points, check), paired_by_order=by_order, volume_extent_mm=300, start=start)
    return {finding.kind: finding for finding in found if finding.kind != "no-check-landmarks"}


def test_well_spread_landmarks_leave_nothing_to_say():
    assert findings(made_pairs(8).fixed, start="landmarks-affine", by_order=True) == {}


@pytest.mark.shared_data
def test_half_of_the_brain_landmarks_leave_nothing_to_warn_of(shared_data):
    pairs = expert_pairs(shared_data / "brain").chosen(np.arange(32) % 2 == 0)
    found = layout_findings(pairs, paired_by_order=True, volume_extent_mm=360, start="landmarks")
    assert [finding.kind for finding in found] == ["no-check-landmarks"]


@pytest.mark.parametrize(("start", "severity"), [("none", "note"), ("centers", "note"), ("landmarks", "error")])
def test_landmarks_on_a_line_matter_as_much_as_the_start_depends_on_them(start, severity):
    found = findings(LINE, start=start)["landmarks-on-a-line"]
    assert found.severity == severity
    assert found.remedy.startswith("Place")


def test_landmarks_in_a_plane_only_matter_to_an_affine_start():
    plane = made_pairs(8).fixed * [1, 1, 0]
    assert findings(plane, start="landmarks") == {}
    assert findings(plane, start="landmarks-affine")["landmarks-in-a-plane"].severity == "error"


@pytest.mark.parametrize(
    ("count", "start", "severity"),
    [(1, "landmarks", "error"), (2, "none", "note"), (2, "landmarks", "error"), (3, "landmarks-affine", "error")],
)
def test_too_few_driving_landmarks_are_counted(count, start, severity):
    points = made_pairs(8, 3).fixed
    found = findings(points[: count + 3], check=3, start=start)["few-driving-landmarks"]
    assert found.severity == severity
    assert found.what.startswith(f"{count} driving pair")
    assert ("takes 4" in found.what) == (start == "landmarks-affine")


def test_three_driving_landmarks_are_enough_for_a_rigid_start():
    assert "few-driving-landmarks" not in findings(made_pairs(3, 3).fixed, start="landmarks")


def test_where_all_landmarks_only_check_their_layout_does_not_matter():
    assert findings(LINE[:2], check=2) == {}


def test_landmarks_close_together_are_said_to_lose_the_rim_of_the_volume():
    found = findings(made_pairs(6, 2).fixed / 8, start="landmarks")["narrow-landmarks"]
    assert found.severity == "warning"
    assert "close together, within" in found.what
    assert findings(made_pairs(6, 2).fixed / 8)["narrow-landmarks"].severity == "note"


def test_landmarks_nearly_on_a_line_are_said_to_be():
    nearly = LINE + np.array([[0.0, 0, 0], [0, 0, 8], [0, 0, -6], [0, 0, 0]])
    assert "nearly on one line" in findings(nearly)["narrow-landmarks"].what


@pytest.mark.parametrize(
    ("points", "degrees"), [(SQUARE, 90), (CUBE, 90), (SQUARE * [1, 0.6, 1], 180), (np.eye(3) * 60, 120)]
)
def test_a_pattern_paired_by_order_is_told_with_its_smallest_turn(points, degrees):
    turned = points @ turn(np.array([1.0, 2, 3]), 35).T + [5, 6, 7]
    found = findings(turned, by_order=True)["symmetric-landmarks"]
    assert f"by {degrees} degrees" in found.what
    assert found.severity == ("note" if len(points) == 3 else "warning")
    assert "symmetric-landmarks" not in findings(turned)


def test_a_pattern_counts_although_it_is_placed_inexactly_but_not_if_it_is_clearly_broken():
    random = np.random.default_rng(1)
    assert self_fit_degrees(SQUARE + random.normal(0, 0.4, SQUARE.shape)) == pytest.approx(90, abs=2)
    assert self_fit_degrees(SQUARE + np.outer([12, 0, 0, 0], [1, 0, 0])) is None


def test_a_mirror_image_is_no_turn():
    """Left and right of a body fit on each other only mirrored, and no rigid start mirrors."""
    right = made_pairs(4, 2).fixed + np.array([90, 0, 0])
    assert self_fit_degrees(np.vstack([right, right * [-1, 1, 1]])) is None


@pytest.mark.parametrize("points", [np.zeros((6, 3)), LINE, np.zeros((0, 3)), made_pairs(41).fixed])
def test_landmarks_without_extent_and_very_many_have_no_pattern(points):
    assert self_fit_degrees(points) is None


def test_check_landmarks_beside_a_driving_one_are_named():
    points = np.vstack([made_pairs(6, 2).fixed, made_pairs(6, 2).fixed[0] + [2, 0, 0], [200.0, 0, 0]])
    assert at_driving_pair(points, np.arange(8) < 6).tolist() == [False] * 6 + [True, False]
    found = findings(points, check=2)["check-landmarks-beside-driving"]
    assert (found.severity, found.what.endswith("told: 7.")) == ("note", True)


def test_it_is_noted_where_no_landmark_checks():
    def kinds(check: int) -> list[str]:
        pairs = pairs_at(made_pairs(8, 5).fixed, check)
        return [one.kind for one in layout_findings(pairs, paired_by_order=False, volume_extent_mm=300)]

    assert kinds(check=0) == ["no-check-landmarks"]
    assert kinds(check=2) == []


@pytest.mark.parametrize("points", [made_pairs(5, 6).fixed, CUBE[[0, 3, 5, 6]], SQUARE])
def test_the_predicted_error_is_the_one_that_placing_landmarks_inexactly_causes(points):
    random, reach = np.random.default_rng(4), 150.0
    middle = points.mean(axis=0)
    targets = middle + reach * np.vstack([np.eye(3), -np.eye(3), random.normal(size=(60, 3))])
    targets = middle + reach * (targets - middle) / np.linalg.norm(targets - middle, axis=1, keepdims=True)
    squares = np.zeros(len(targets))
    for _ in range(800):
        matrix = rigid_alignment(points, points + random.normal(0, 1 / math.sqrt(3), points.shape))
        squares += ((targets @ matrix[:3, :3].T + matrix[:3, 3] - targets) ** 2).sum(axis=1) / 800
    assert error_at_reach(points, reach) == pytest.approx(math.sqrt(squares.max()), rel=0.1)


def test_the_predicted_error_is_infinite_about_a_line():
    assert math.isinf(error_at_reach(LINE, 10))


@settings(max_examples=40, deadline=None)
@given(degrees=st.floats(0, 180), seed=st.integers(0, 1000))
def test_the_angle_of_a_turn_is_read_from_its_matrix(degrees, seed):
    axis = np.random.default_rng(seed).normal(size=3)
    assert turn_degrees(turn(axis, degrees)) == pytest.approx(degrees, abs=1e-4)


def test_the_largest_distance_of_no_and_one_landmark_is_nothing():
    assert [farthest_apart_mm(LINE[:count]) for count in (0, 1)] == [0.0, 0.0]
    assert farthest_apart_mm(LINE) == pytest.approx(100 * math.sqrt(6))
