"""The spread of repeated runs has the figures of pencil and paper."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ElastixPlusLib.accuracy.uncertainty import Spread, spread, uncertainty_statistics
from ElastixPlusLib.errors import InputError
from ElastixPlusLib.grid import Grid

GRID = Grid((4, 3, 2), np.diag([1.0, 2.0, 3.0, 1.0]))
SHAPE = (2, 3, 4)


def field(*displacement_ras: float) -> np.ndarray:
    """The same displacement everywhere."""
    return np.broadcast_to(np.array(displacement_ras), (*SHAPE, 3))


@pytest.fixture
def ramp() -> Spread:
    """A spread of 1 to 24 mm, in memory order."""
    return Spread(GRID, 3, np.zeros((*SHAPE, 3)), np.arange(1.0, 25.0).reshape(SHAPE))


def test_two_runs_have_the_spread_of_their_distance():
    found = spread([field(1, 2, 3), field(4, 6, 3)], GRID)
    assert found.runs == 2
    assert found.grid is GRID
    np.testing.assert_allclose(found.mean_ras, field(2.5, 4, 3))
    np.testing.assert_allclose(found.sd_mm, 5 / np.sqrt(2))  # 5 mm apart, and n - 1


def test_the_variances_of_the_components_add_up():
    found = spread([field(0, 0, 0), field(1, 0, 10), field(2, 6, 20)], GRID)
    np.testing.assert_allclose(found.mean_ras, field(1, 2, 10))
    np.testing.assert_allclose(found.sd_mm, np.sqrt(1 + 12 + 100))


def test_identical_runs_have_no_spread():
    fields = [np.random.default_rng(1).normal(0, 5, (*SHAPE, 3))] * 4
    found = spread(fields, GRID)
    np.testing.assert_allclose(found.mean_ras, fields[0])
    assert found.sd_mm.max() < 1e-12


@settings(max_examples=30, deadline=None)
@given(runs=st.integers(2, 6), seed=st.integers(0, 1000), offset=st.sampled_from([0.0, 1e8]))
def test_any_runs_agree_with_numpy_also_far_away(runs, seed, offset):
    near = np.random.default_rng(seed).integers(-64, 64, (runs, *SHAPE, 3)) / 8.0  # exact also with the offset
    found = spread(list(near + offset), GRID)
    np.testing.assert_allclose(found.mean_ras - offset, near.mean(axis=0), atol=1e-7)
    np.testing.assert_allclose(found.sd_mm, np.sqrt(near.var(axis=0, ddof=1).sum(axis=-1)), rtol=1e-6)


def test_fields_of_single_precision_are_summed_in_double_and_stay_as_they_are():
    fields = [np.full((*SHAPE, 3), value, np.float32) for value in (1e5, 1e5 + 0.25, 1e5 + 0.5)]
    before = [one.copy() for one in fields]
    found = spread(fields, GRID)
    assert found.mean_ras.dtype == found.sd_mm.dtype == np.float64
    np.testing.assert_allclose(found.sd_mm, np.sqrt(3) * 0.25, rtol=1e-9)
    np.testing.assert_array_equal(fields, before)


@pytest.mark.parametrize("runs", [0, 1])
def test_fewer_than_two_runs_have_no_spread(runs):
    with pytest.raises(InputError, match="at least twice"):
        spread([field(0, 0, 0)] * runs, GRID)


def test_fields_that_are_not_on_the_grid_are_refused():
    with pytest.raises(ValueError, match="on a grid"):
        spread([field(0, 0, 0), np.zeros((3, 3, 4, 3))], GRID)
    with pytest.raises(ValueError, match="on a grid"):
        spread([np.zeros((4, 3, 2, 3))] * 2, GRID)


def test_a_spread_is_summed_up_everywhere(ramp):
    found = uncertainty_statistics(ramp, ["seed 1", "seed 2", "seed 3"])
    assert found.names == ("seed 1", "seed 2", "seed 3")
    assert found.sd_mean_mm == pytest.approx(12.5)
    assert found.sd_p95_mm == pytest.approx(1 + 0.95 * 23)
    assert found.sd_max_mm == 24.0


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8])
def test_only_the_region_counts(dtype, ramp):
    region = np.zeros(SHAPE, dtype)
    region[0, 0] = 1
    found = uncertainty_statistics(ramp, "abc", region)
    assert (found.sd_mean_mm, found.sd_max_mm) == (2.5, 4.0)
    assert found.sd_p95_mm == pytest.approx(1 + 0.95 * 3)


def test_a_region_that_says_nothing_is_refused(ramp):
    with pytest.raises(InputError, match="no voxel"):
        uncertainty_statistics(ramp, "abc", np.zeros(SHAPE, np.bool_))
    with pytest.raises(ValueError, match="on a grid"):
        uncertainty_statistics(ramp, "abc", np.ones((4, 3, 2), np.bool_))


def test_every_run_has_a_name(ramp):
    with pytest.raises(ValueError, match="2 names for 3 runs"):
        uncertainty_statistics(ramp, "ab")
