"""There and back: distances inside the moving volume, and how much was outside."""

from __future__ import annotations

import numpy as np
import pytest

from ElastixPlusLib.accuracy.inverse_consistency import consistency_statistics

START = np.arange(15.0).reshape(5, 3)
ALL_INSIDE = np.ones(5, dtype=bool)


def test_distances_are_measured_between_start_and_return():
    lengths = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    found = consistency_statistics(START, START + np.outer(lengths, [0.6, 0.0, -0.8]), ALL_INSIDE)
    assert found.distances.n == 5
    assert found.distances.mean_mm == pytest.approx(2.0)
    assert found.distances.max_mm == pytest.approx(4.0)
    assert found.outside_percent == 0.0


def test_points_out_of_the_moving_volume_are_left_out_and_counted():
    back = START.copy()
    back[0] += 500.0
    found = consistency_statistics(START, back, np.array([False, True, True, True, True]))
    assert found.distances.max_mm == 0.0
    assert (found.distances.n, found.outside_percent) == (4, pytest.approx(20.0))


def test_a_return_that_is_no_finite_number_is_left_out_and_not_called_outside():
    back = START.copy()
    back[0, 1] = np.nan
    found = consistency_statistics(START, back, ALL_INSIDE)
    assert (found.distances.n, found.outside_percent) == (4, 0.0)


def test_without_a_point_left_nothing_is_said():
    assert consistency_statistics(START, START, ~ALL_INSIDE) is None
    assert consistency_statistics(START, np.full((5, 3), np.nan), ALL_INSIDE) is None
    assert consistency_statistics(np.empty((0, 3)), np.empty((0, 3)), np.empty(0, dtype=bool)) is None


def test_neighbouring_points_are_no_sample_for_a_confidence_interval():
    start = np.zeros((50, 3))
    found = consistency_statistics(start, start + np.arange(150.0).reshape(50, 3), np.ones(50, dtype=bool))
    assert found.distances.n == 50
    assert found.distances.mean_interval_mm is None
