"""Statistics of distances are the textbook ones, and the interval of the mean is sensible for whatever is measured."""

from __future__ import annotations

import time
import warnings
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from ElastixPlusLib.accuracy.error_statistics import ErrorStatistics, distance_by_placing_mm, error_statistics

distances = st.floats(min_value=0, max_value=1e4, allow_nan=False, width=32)


def statistics_of(errors) -> ErrorStatistics:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = error_statistics(errors)
    assert found is not None
    return found


def interval_of(errors) -> tuple[float, float]:
    interval = statistics_of(errors).mean_interval_mm
    assert interval is not None
    return interval


def test_every_figure_is_the_textbook_one():
    found = statistics_of([4.0, 1.0, 3.0, 2.0, 10.0])
    assert (found.n, found.mean_mm, found.median_mm, found.max_mm) == (5, 4.0, 3.0, 10.0)
    assert found.rms_mm == pytest.approx(26**0.5)  # of 16, 1, 9, 4, 100
    assert found.sd_mm == pytest.approx(12.5**0.5)  # squares of 0, -3, -1, -2, 6, over 4
    assert found.p95_mm == pytest.approx(8.8)  # 0.8 of the way from the fourth to the fifth


def test_of_no_distances_there_are_no_statistics():
    assert error_statistics([]) is None


def test_one_distance_has_no_spread_and_two_have_no_interval():
    assert statistics_of([3.0]) == ErrorStatistics(1, 3.0, 3.0, None, 3.0, 3.0, 3.0, None)
    two = statistics_of([1.0, 3.0])
    assert two.sd_mm == pytest.approx(2**0.5)
    assert two.mean_interval_mm is None


@pytest.mark.parametrize("errors", [[1.0, np.nan], [np.inf, 1.0, 2.0], [-0.1, 1.0], [[1.0, 2.0]]])
def test_what_is_no_list_of_distances_is_an_error(errors):
    with pytest.raises(ValueError, match="finite numbers"):
        error_statistics(errors)


def test_the_interval_is_the_bias_corrected_and_accelerated_one():
    # Written down from Efron's formulas; with this many resamples and without scipy.
    errors = np.array([0.4, 0.5, 0.7, 0.9, 1.2, 1.3, 1.8, 2.4, 3.9, 6.5])
    random = np.random.default_rng(5)
    means = np.sort(errors[random.integers(0, 10, (200_000, 10))].mean(axis=1))
    jackknife = (errors.sum() - errors) / 9
    apart = jackknife.mean() - jackknife
    acceleration = (apart**3).sum() / (6 * (apart**2).sum() ** 1.5)
    bias = ndtri((means < errors.mean()).mean())
    expected = [
        np.quantile(means, ndtr(bias + (bias + quantile) / (1 - acceleration * (bias + quantile))))
        for quantile in (-1.959964, 1.959964)
    ]
    assert interval_of(errors) == pytest.approx(expected, abs=0.08)
    plain = np.quantile(means, [0.025, 0.975])
    assert abs(expected[1] - plain[1]) > 0.3  # so that the plain bootstrap would not do


def test_the_interval_is_the_same_in_every_run():
    errors = np.random.default_rng(1).gamma(2, 1, 20)
    assert interval_of(errors) == interval_of(errors)


def test_the_interval_does_not_depend_on_what_others_drew():
    errors = np.random.default_rng(1).gamma(2, 1, 20)
    first = interval_of(errors)
    np.random.seed(7)
    before = np.random.get_state()[1].copy()
    assert interval_of(errors) == first
    assert (np.random.get_state()[1] == before).all()


@pytest.mark.parametrize("count", [3, 10, 400])
@pytest.mark.parametrize("value", [0.0, 1.1, 0.1 + 0.2, 1e-9])
def test_equal_distances_have_an_interval_without_width(value, count):
    low, high = interval_of([value] * count)
    assert low == high == value


@given(st.lists(distances, min_size=3, max_size=40))
@settings(max_examples=60, deadline=None)
def test_the_interval_is_finite_and_holds_the_mean_within_what_was_measured(errors):
    low, high = interval_of(errors)
    mean, rounding = float(np.mean(errors)), 1e-9 * max(errors)
    assert min(errors) <= low <= mean + rounding
    assert mean - rounding <= high <= max(errors)


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=3, max_size=12))
@settings(max_examples=40, deadline=None)
def test_distances_with_many_ties_have_an_interval(errors):
    low, high = interval_of(errors)
    assert 0 <= low <= np.mean(errors) <= high <= 1
    assert (low < high) == (len(set(errors)) > 1)


@pytest.mark.parametrize("unit", [1e-6, 1e-60, 1e6])
def test_the_interval_scales_with_the_distances(unit):
    errors = np.random.default_rng(2).gamma(2, 1, 12)
    assert np.array(interval_of(errors * unit)) / unit == pytest.approx(interval_of(errors), rel=1e-9)


def test_one_bad_landmark_moves_the_upper_end_farther_than_the_lower_one():
    low, high = interval_of([1.0] * 9 + [11.0])
    assert high - 2 > 2 * (2 - low)


def test_the_interval_of_many_distances_goes_on_where_the_bootstrap_ends():
    errors = np.random.default_rng(3).gamma(2, 1, 301)
    assert interval_of(errors) == pytest.approx(interval_of(errors[:300]), abs=0.02)


def test_the_interval_holds_the_true_mean_about_as_often_as_it_says():
    # Lengths of errors that are normal along x, y and z: their mean is known. Simulated at length: 0.93.
    random = np.random.default_rng(11)
    true_mean, runs, held = np.sqrt(8 / np.pi), 200, 0
    for _ in range(runs):
        low, high = interval_of(np.linalg.norm(random.normal(size=(30, 3)), axis=1))
        held += low <= true_mean <= high
    assert 0.88 <= held / runs <= 0.98


def test_statistics_are_plain_numbers_so_that_they_can_be_written_as_json():
    found = statistics_of(np.float32([1, 2, 4]))
    assert {type(value) for value in astuple(found)} == {int, float, tuple}
    assert [type(end) for end in interval_of(np.float32([1, 2, 4]))] == [float, float]


@pytest.mark.parametrize("count", [30, 20_000])
def test_statistics_take_a_moment(count):
    errors = np.random.default_rng(4).gamma(2, 1, count)
    error_statistics(errors)  # loads scipy
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        error_statistics(errors)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.05


def test_landmarks_that_are_placed_with_an_error_lie_apart_without_any_other():
    random = np.random.default_rng(3)
    one, other = random.normal(0.0, 0.7, (2, 200_000, 3))
    assert np.linalg.norm(one - other, axis=1).mean() == pytest.approx(distance_by_placing_mm(0.7), rel=5e-3)
