"""Similarity of grey values has the figures of pencil and paper, and those of another way to compute them."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import entropy, pearsonr

from ElastixPlusLib.accuracy.intensity_similarity import BINS, Similarity, similarity

FINITE = st.floats(-1e6, 1e6, width=32)


@pytest.fixture
def values() -> np.ndarray:
    return np.random.default_rng(4).normal(100, 20, 20_000)


def nmi_of_scipy(one: np.ndarray, other: np.ndarray) -> float:
    joint = np.histogram2d(one, other, bins=BINS)[0]
    return (entropy(joint.sum(axis=1)) + entropy(joint.sum(axis=0))) / entropy(joint.ravel())


@pytest.mark.parametrize(("slope", "ncc"), [(2.5, 1.0), (-0.1, -1.0)])
def test_a_linear_relation_is_a_perfect_correlation(slope, ncc, values):
    assert similarity(values, slope * values + 30).ncc == pytest.approx(ncc, abs=1e-12)


def test_four_values_have_the_figures_of_pencil_and_paper():
    found = similarity(np.array([0, 0, 1, 1]), np.array([0, 2, 2, 2]))
    assert found.n == 4
    assert found.msd == pytest.approx((0 + 4 + 1 + 1) / 4)
    assert found.ncc == pytest.approx(1 / np.sqrt(3))
    alone, other = np.log(2), -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
    joint = -(0.25 * np.log(0.25) * 2 + 0.5 * np.log(0.5))
    assert found.nmi == pytest.approx((alone + other) / joint)


def test_identical_values_share_all_information(values):
    found = similarity(values, values)
    assert found.nmi == pytest.approx(2.0, abs=1e-12)
    assert found.ncc == pytest.approx(1.0, abs=1e-12)
    assert found.msd == 0.0


def test_independent_values_share_about_no_information():
    random = np.random.default_rng(1)
    found = similarity(random.uniform(0, 1, 400_000), random.uniform(0, 1, 400_000))
    assert found.nmi == pytest.approx(1.0, abs=2e-3)
    assert found.ncc == pytest.approx(0.0, abs=0.01)
    assert found.msd == pytest.approx(1 / 6, abs=0.01)


def test_mutual_information_does_not_ask_which_grey_stands_for_what():
    random = np.random.default_rng(2)
    fixed = random.integers(0, BINS, 50_000)
    moving = np.clip(fixed + random.integers(0, 9, 50_000), 0, BINS - 1)
    other_greys = random.permutation(BINS)
    expected = similarity(fixed, moving)
    assert similarity(fixed, other_greys[moving]).nmi == pytest.approx(expected.nmi, abs=1e-12)
    assert similarity(fixed, other_greys[moving]).ncc < 0.5 < expected.ncc


def test_the_order_of_the_places_does_not_count(values):
    moving = np.sin(values)
    order = np.random.default_rng(3).permutation(len(values))
    expected, found = similarity(values, moving), similarity(values[order], moving[order])
    for name in ("ncc", "nmi", "msd"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-9), name


@settings(max_examples=60, deadline=None)
@given(pairs=arrays.arrays(np.float32, st.tuples(st.just(2), st.integers(2, 60)), elements=FINITE))
def test_any_values_agree_with_numpy(pairs):
    one, other = pairs.astype(np.float64)
    found = similarity(*pairs)
    assert found.msd == pytest.approx(((one - other) ** 2).mean(), rel=1e-9)
    if one.min() == one.max() or other.min() == other.max():
        assert found.ncc is found.nmi is None
    else:
        assert -1.0 <= found.ncc <= 1.0
        assert 1.0 - 1e-12 <= found.nmi <= 2.0 + 1e-12


def test_correlation_and_information_agree_with_scipy(values):
    moving = values**2 + np.random.default_rng(6).normal(0, 500, len(values))
    found = similarity(values, moving)
    assert found.ncc == pytest.approx(pearsonr(values, moving)[0], rel=1e-9)
    assert found.nmi == pytest.approx(nmi_of_scipy(values, moving), rel=1e-6)


@pytest.mark.parametrize(
    ("dtype", "lowest", "highest"),
    [(np.uint8, 0, 255), (np.int16, -32768, 32767), (np.uint16, 0, 65535), (np.int32, -(2**31), 2**31 - 1)],
)
def test_the_voxel_type_does_not_overflow(dtype, lowest, highest):
    found = similarity(np.array([lowest, highest], dtype), np.array([highest, lowest], dtype))
    assert found.msd == pytest.approx(float(highest - lowest) ** 2)
    assert found.ncc == -1.0


def test_a_high_offset_costs_no_digits(values):
    expected = similarity(values, values**2)
    found = similarity(values + 1e6, values**2 - 1e6)
    assert found.ncc == pytest.approx(expected.ncc, rel=1e-8)
    assert similarity(values * 1e100, values**2 * 1e-100).ncc == pytest.approx(expected.ncc, rel=1e-8)


def test_a_constant_volume_has_a_difference_and_nothing_else():
    constant, other = np.full(10, 3, np.int16), np.arange(10, dtype=np.int16)
    assert similarity(constant, other) == Similarity(10, None, None, 10.5)
    assert similarity(other, constant) == Similarity(10, None, None, 10.5)
    assert similarity(constant, constant) == Similarity(10, None, None, 0.0)


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_values_say_nothing(n):
    assert similarity(np.zeros(n), np.ones(n)) is None


def test_values_that_cannot_be_compared_are_refused():
    with pytest.raises(ValueError, match="same places"):
        similarity(np.zeros(3), np.zeros(4))
    for unusable in (np.nan, np.inf):
        with pytest.raises(ValueError, match="finite"):
            similarity(np.array([1.0, 2.0, unusable]), np.arange(3))


def test_two_million_values_take_less_than_a_second():
    random = np.random.default_rng(0)
    fixed, moving = random.integers(-1000, 3000, (2, 2_000_000), dtype=np.int16)
    began = time.thread_time()
    similarity(fixed, moving)
    assert time.thread_time() - began < 1.0
