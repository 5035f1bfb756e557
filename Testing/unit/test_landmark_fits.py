"""Registration from landmarks alone: every kind finds what it can express, and owns up to what it does not know."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ElastixPlusLib.errors import LandmarkError
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.guidance.initial_alignment import flatness, rigid_alignment
from ElastixPlusLib.guidance.landmark_fits import (
    FitKind,
    fewest_pairs,
    fit_landmarks,
    leave_one_out_mm,
    volume_factors,
)

KINDS = get_args(FitKind)
LINEAR_KINDS = ("rigid", "similarity", "affine")
BENDING_KINDS = ("thin-plate", "bspline")
ANATOMY_THAT_DIFFERS = ("29", "30")  # the ventral occipital horns of the two brains are 27 and 19 mm apart


def around_origin(size: int = 140) -> Grid:
    matrix = np.eye(4)
    matrix[:3, 3] = -(size - 1) / 2
    return Grid((size, size, size), matrix)


def scattered(count: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-60, 60, (count, 3))


def turned(points: np.ndarray, seed: int = 8) -> np.ndarray:
    """Rotated and shifted far away."""
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    return points @ (turn * np.sign(np.linalg.det(turn))).T + np.array([300.0, -80, 40])


def bent(points: np.ndarray) -> np.ndarray:
    """Displaced by up to 7 mm, smoothly, and then turned."""
    return turned(points + 7.0 * np.sin(2 * np.pi * points[:, [1, 2, 0]] / 260.0 + np.array([0.0, 1.0, 2.0])))


def distances(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    return np.linalg.norm(some - others, axis=1)


@pytest.fixture(scope="module")
def brains(shared_data: Path) -> tuple[np.ndarray, np.ndarray]:
    """The landmarks of experts in two brains, without the two whose anatomy differs."""

    def read(name: str) -> np.ndarray:
        lines = [line.split(",") for line in (shared_data / "brain" / name).read_text().splitlines() if line[0] != "#"]
        return np.array([line[1:4] for line in lines if line[11] not in ANATOMY_THAT_DIFFERS], dtype=float)

    return read("mni152_afids.fcsv"), read("colin27_afids.fcsv")


@pytest.fixture(scope="module")
def brain_region() -> Grid:
    """The voxels of the MNI152 template."""
    matrix = np.eye(4)
    matrix[:3, 3] = [-98.0, -134, -72]
    return Grid((197, 233, 189), matrix)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(4, 12))
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_finds_a_rigid_motion_and_bends_nothing(kind, seed, count):
    fixed, elsewhere = scattered(count, seed), scattered(20, seed + 1)
    if flatness(fixed)[1] < 0.1:
        return
    fit = fit_landmarks(kind, fixed, turned(fixed, seed), around_origin())
    np.testing.assert_allclose(fit.map(elsewhere), turned(elsewhere, seed), atol=1e-6)
    np.testing.assert_allclose(volume_factors(fit, elsewhere), 1.0, atol=1e-6)
    assert fit.fre_mm.max() < 1e-6


@pytest.mark.parametrize("kind", ["similarity", "affine", "thin-plate"])
def test_a_change_of_size_is_found_where_the_kind_allows_it(kind):
    fixed, elsewhere = scattered(9), scattered(20, seed=2) * 3
    fit = fit_landmarks(kind, fixed, 1.3 * turned(fixed), around_origin())
    np.testing.assert_allclose(fit.map(elsewhere), 1.3 * turned(elsewhere), atol=1e-6)
    np.testing.assert_allclose(volume_factors(fit, elsewhere), 1.3**3, rtol=1e-6)


@pytest.mark.parametrize("kind", BENDING_KINDS)
def test_a_bending_fit_is_better_where_no_landmark_is_if_the_anatomy_is_bent(kind):
    fixed, elsewhere = scattered(30), scattered(300, seed=2)
    missed, missed_rigidly = (
        distances(fit_landmarks(one, fixed, bent(fixed), around_origin()).map(elsewhere), bent(elsewhere)).mean()
        for one in (kind, "rigid")
    )
    assert missed_rigidly > 3.0
    assert missed < 0.5 * missed_rigidly


def test_a_thin_plate_leaves_nothing_at_its_landmarks_and_admits_what_it_would_miss():
    fixed = scattered(12)
    moving = bent(fixed) + np.random.default_rng(5).normal(0, 2, fixed.shape)
    assert fit_landmarks("thin-plate", fixed, moving, around_origin()).fre_mm.max() < 1e-8
    assert leave_one_out_mm("thin-plate", fixed, moving, around_origin()).mean() > 2.0


@pytest.mark.parametrize("kind", LINEAR_KINDS)
def test_what_is_left_is_measured_in_the_moving_volume(kind):
    fixed = scattered(10)
    moving = 2.0 * bent(fixed)
    fit = fit_landmarks(kind, fixed, moving, around_origin())
    mapped = fixed @ fit.linear[:3, :3].T + fit.linear[:3, 3]
    np.testing.assert_allclose(fit.fre_mm, distances(mapped, moving), atol=1e-9)
    assert fit.fre_mm.min() > 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_said_of_a_pair_without_it_is_what_fitting_the_others_gives(kind):
    fixed = scattered(7)
    moving = bent(fixed) + np.random.default_rng(5).normal(0, 2, fixed.shape)
    refitted = []
    for index in range(7):
        fit = fit_landmarks(kind, np.delete(fixed, index, 0), np.delete(moving, index, 0), around_origin())
        refitted.append(distances(fit.map(fixed[index]), moving[index])[0])
    np.testing.assert_allclose(leave_one_out_mm(kind, fixed, moving, around_origin()), refitted, rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_pair_that_was_exchanged_stands_out(kind):
    fixed = scattered(14)
    moving = turned(fixed)
    moving[4] += [0.0, 0, 35]
    missed = leave_one_out_mm(kind, fixed, moving, around_origin())
    assert int(np.argmax(missed)) == 4
    assert missed[4] == pytest.approx(35, abs=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_the_fewest_pairs_are_enough_and_one_less_is_refused_with_both_numbers(kind):
    fewest = fewest_pairs(kind)
    fixed = scattered(fewest)
    assert fit_landmarks(kind, fixed, turned(fixed), around_origin()).fre_mm.max() < 1e-6
    assert np.isnan(leave_one_out_mm(kind, fixed, turned(fixed), around_origin())).all()
    for ask in (fit_landmarks, leave_one_out_mm):
        with pytest.raises(LandmarkError, match=f"at least {fewest} driving pairs, there are {fewest - 1}"):
            ask(kind, fixed[1:], turned(fixed)[1:], around_origin())


@pytest.mark.parametrize("kind", KINDS)
def test_landmarks_on_one_line_are_refused_by_every_kind(kind):
    line = np.outer(np.arange(6.0), [10, 5, 2])
    with pytest.raises(LandmarkError, match=r"fixed landmarks lie (on one line|nearly in one plane)"):
        fit_landmarks(kind, line, turned(line), around_origin())


def test_landmarks_in_one_plane_can_bend_a_spline_but_no_thin_plate():
    flat = scattered(9) * [1, 1, 0]
    assert fit_landmarks("bspline", flat, turned(flat), around_origin()).fre_mm.max() < 1e-6
    with pytest.raises(LandmarkError, match="nearly in one plane"):
        fit_landmarks("thin-plate", flat, turned(flat), around_origin())


def test_landmarks_that_cross_fold_a_thin_plate_which_is_seen_and_not_a_spline():
    fixed = np.vstack([scattered(10), [[-3.0, 0, 0], [3.0, 0, 0]]])
    moving = fixed + np.vstack([np.zeros((10, 3)), [[10.0, 0, 0], [-10.0, 0, 0]]])
    around = np.stack(np.meshgrid(*[np.arange(-8, 9, 2.0)] * 3), axis=-1).reshape(-1, 3)
    plate, spline = (fit_landmarks(kind, fixed, moving, around_origin()) for kind in BENDING_KINDS)
    assert volume_factors(plate, around).min() < 0
    assert volume_factors(spline, around).min() > 0.05


def test_control_points_can_be_asked_for():
    fixed = scattered(10)
    fit = fit_landmarks("bspline", fixed, bent(fixed), around_origin(), spacing_mm=25.0)
    assert fit.spline is not None
    assert fit.spline.grid.spacing_mm[0] == pytest.approx(25.0)


@pytest.mark.shared_data
def test_between_two_brains_each_step_foretells_landmarks_better(brains, brain_region):
    fixed, moving = brains
    assert len(fixed) == 30
    rigid, affine, plate, spline = (
        leave_one_out_mm(kind, fixed, moving, brain_region).mean()
        for kind in ("rigid", "affine", "thin-plate", "bspline")
    )
    assert rigid == pytest.approx(2.08, abs=0.05)
    assert affine < rigid - 0.1
    assert plate < affine - 0.1
    assert spline < affine - 0.1


@pytest.mark.shared_data
@pytest.mark.parametrize("kind", BENDING_KINDS)
def test_between_two_brains_no_bending_fit_folds_or_crushes_anything(kind, brains, brain_region):
    fit = fit_landmarks(kind, *brains, brain_region)
    indices = np.stack(np.meshgrid(*[np.arange(2, size, 10.0) for size in brain_region.dimensions]), axis=-1)
    factors = volume_factors(fit, brain_region.positions_ras(indices.reshape(-1, 3)))
    assert factors.min() > 0.7
    assert factors.max() < 2.2


@pytest.mark.shared_data
def test_few_landmarks_of_a_brain_do_not_let_a_spline_run_wild(brains, brain_region):
    fixed, moving = brains
    few = [0, 4, 9, 14, 20, 27]
    rest = [index for index in range(30) if index not in few]
    matrix = rigid_alignment(fixed[few], moving[few])
    rigid = distances(fixed[rest] @ matrix[:3, :3].T + matrix[:3, 3], moving[rest]).mean()
    plate, spline = (
        distances(fit_landmarks(kind, fixed[few], moving[few], brain_region).map(fixed[rest]), moving[rest]).mean()
        for kind in BENDING_KINDS
    )
    assert spline < rigid + 0.1
    assert spline < plate - 0.3
