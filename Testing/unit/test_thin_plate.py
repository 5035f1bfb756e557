"""A thin plate meets its landmarks, bends no more than it has to, and knows what it would do without each of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ElastixPlusLib.errors import LandmarkError
from ElastixPlusLib.guidance.initial_alignment import affine_alignment, flatness
from ElastixPlusLib.guidance.thin_plate import ThinPlate, fit_thin_plate, leave_one_out_mm

AFFINE = np.array([[1.1, 0.2, 0.0, 30.0], [-0.1, 0.9, 0.1, -200.0], [0.05, 0.0, 1.2, 5.0], [0, 0, 0, 1]])


def scattered(count: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-60, 60, (count, 3)) + np.array([100.0, -50, 800])


def affinely(points: np.ndarray) -> np.ndarray:
    return points @ AFFINE[:3, :3].T + AFFINE[:3, 3]


def disagreeing(count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Landmarks that no affine map lays on each other."""
    fixed = scattered(count, seed)
    return fixed, affinely(fixed) + np.random.default_rng(seed + 1).normal(0, 4, fixed.shape)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(4, 40))
def test_every_landmark_is_met(seed, count):
    fixed, moving = disagreeing(count, seed)
    if min(flatness(fixed)[1], flatness(moving)[1]) < 0.06:
        return
    np.testing.assert_allclose(fit_thin_plate(fixed, moving).map(fixed), moving, atol=1e-7)


def test_an_affine_map_is_found_again_everywhere():
    plate = fit_thin_plate(scattered(12), affinely(scattered(12)))
    elsewhere = scattered(50, seed=9) * 10
    np.testing.assert_allclose(plate.map(elsewhere), affinely(elsewhere), atol=1e-8)
    np.testing.assert_allclose(plate.affine, AFFINE, atol=1e-8)
    np.testing.assert_allclose(plate.weights, 0.0, atol=1e-10)


def test_the_bending_fades_far_away():
    plate = fit_thin_plate(*disagreeing(15))
    np.testing.assert_allclose(plate.weights.sum(axis=0), 0.0, atol=1e-10)
    np.testing.assert_allclose(plate.weights.T @ plate.centers_ras, 0.0, atol=1e-8)
    without_bending = ThinPlate(plate.centers_ras, np.zeros_like(plate.weights), plate.affine)

    def bent_by(distance_mm: float) -> float:
        far = plate.centers_ras.mean(axis=0) + distance_mm * np.array([[0.6, 0.0, 0.8]])
        return float(np.linalg.norm(plate.map(far) - without_bending.map(far)))

    assert bent_by(2e5) < bent_by(2e4) / 5 < bent_by(2e3) / 25


@pytest.mark.parametrize("smoothing_mm", [0.0, 20.0])
def test_turning_and_shifting_both_sides_changes_nothing(smoothing_mm):
    fixed, moving = disagreeing(10)
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    points = scattered(20, seed=7)
    expected = fit_thin_plate(fixed, moving, smoothing_mm).map(points) @ turn.T - 400
    plate = fit_thin_plate(fixed @ turn.T + 1000, moving @ turn.T - 400, smoothing_mm)
    np.testing.assert_allclose(plate.map(points @ turn.T + 1000), expected, atol=1e-7)


def test_smoothing_weighs_misses_against_bending():
    fixed, moving = disagreeing(12)
    smoothing_mm = 15.0
    plate = fit_thin_plate(fixed, moving, smoothing_mm)
    distances = np.linalg.norm(fixed[:, None] - fixed[None], axis=2)

    def cost(weights: np.ndarray, affine: np.ndarray) -> float:
        missed = ThinPlate(fixed, weights, affine).map(fixed) - moving
        return float((missed**2).sum() - smoothing_mm * (weights * (distances @ weights)).sum())

    best = cost(plate.weights, plate.affine)
    conditions = np.column_stack([np.ones(len(fixed)), fixed])
    random = np.random.default_rng(5)
    for _ in range(20):
        change = random.normal(0, 0.01, plate.weights.shape)
        change -= conditions @ np.linalg.lstsq(conditions, change, rcond=None)[0]
        assert cost(plate.weights + change, plate.affine) > best
        affine = plate.affine.copy()
        affine[:3, 3] += random.normal(0, 0.1, 3)
        assert cost(plate.weights, affine) > best
    missed_mm = np.linalg.norm(plate.map(fixed) - moving, axis=1)
    np.testing.assert_allclose(missed_mm, smoothing_mm * np.linalg.norm(plate.weights, axis=1), rtol=1e-8)


def test_with_much_smoothing_the_affine_fit_remains():
    fixed, moving = disagreeing(12)
    np.testing.assert_allclose(fit_thin_plate(fixed, moving, 1e9).affine, affine_alignment(fixed, moving), atol=1e-4)


@pytest.mark.parametrize("smoothing_mm", [0.0, 25.0])
@pytest.mark.parametrize("count", [6, 25])
def test_what_is_said_of_a_pair_without_it_is_what_fitting_the_others_gives(count, smoothing_mm):
    fixed, moving = disagreeing(count)
    refitted = []
    for index in range(count):
        plate = fit_thin_plate(np.delete(fixed, index, 0), np.delete(moving, index, 0), smoothing_mm)
        refitted.append(np.linalg.norm(plate.map(fixed[index]) - moving[index]))
    assert min(refitted) > 0.1
    np.testing.assert_allclose(leave_one_out_mm(fixed, moving, smoothing_mm), refitted, rtol=1e-6)


def test_nothing_is_said_of_a_pair_without_which_the_others_lie_in_one_plane():
    fixed = np.array([[0.0, 0, 0], [50, 0, 0], [0, 50, 0], [50, 50, 0], [20, 20, 40]])
    assert np.isnan(leave_one_out_mm(fixed, affinely(fixed))).tolist() == [False, False, False, False, True]


def test_landmarks_that_leave_a_direction_open_are_refused():
    with pytest.raises(LandmarkError, match=r"A thin-plate fit .* at least 4 driving pairs, there are 3"):
        fit_thin_plate(scattered(3), scattered(3))
    with pytest.raises(LandmarkError, match=r"The fixed landmarks lie nearly in one plane.* for a thin-plate fit"):
        fit_thin_plate(scattered(9) * [1, 1, 0], scattered(9))


def test_one_place_is_not_torn_to_two_unless_misses_are_allowed():
    fixed, moving = disagreeing(8)
    fixed[5] = fixed[2]
    with pytest.raises(LandmarkError, match=rf"same place \({fixed[2][0]:.1f}, "):
        fit_thin_plate(fixed, moving)
    middle = (moving[2] + moving[5]) / 2
    assert np.linalg.norm(fit_thin_plate(fixed, moving, 0.1).map(fixed[2]) - middle) < 1.0


def test_no_points_are_mapped_to_no_points():
    assert fit_thin_plate(*disagreeing(6)).map(np.zeros((0, 3))).shape == (0, 3)
