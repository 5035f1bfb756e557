"""Figures of a deformation are those that their names say, and nothing that was measured gets lost."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ElastixPlusLib.accuracy.deformation import bending_energy_per_mm2, deformation_statistics, open_histogram
from ElastixPlusLib.errors import InputError

NO_BEND = np.zeros((1, 3, 3, 3))


def statistics(determinants, displacements_mm=None, second_derivatives=NO_BEND, is_linear=False):
    values = np.asarray(determinants, dtype=float)
    lengths = np.ones(len(values)) if displacements_mm is None else np.asarray(displacements_mm, dtype=float)
    return deformation_statistics(values, lengths, second_derivatives, is_linear)


def test_every_figure_is_what_its_name_says():
    values = np.linspace(0.5, 1.5, 101)
    found = statistics(values, np.linspace(0, 10, 101))
    assert found.n == 101
    assert (found.jacobian_min, found.jacobian_max) == (0.5, 1.5)
    assert found.jacobian_mean == pytest.approx(1.0)
    assert found.jacobian_sd == pytest.approx(np.sqrt(np.mean((values - 1.0) ** 2)))
    expected = ((1, 0.51), (5, 0.55), (25, 0.75), (50, 1.0), (75, 1.25), (95, 1.45), (99, 1.49))
    np.testing.assert_allclose(found.jacobian_percentiles, expected)
    assert found.folded_percent == 0.0
    assert found.displacement_mean_mm == pytest.approx(5.0)
    assert found.displacement_p95_mm == pytest.approx(9.5)
    assert found.displacement_max_mm == 10.0
    assert found.undefined == 0


def test_what_is_flattened_or_turned_inside_out_counts_as_folded():
    assert statistics([1.0, 0.0, -0.0, -3.0, 1e-9, 1.0, 1.0, 1.0]).folded_percent == pytest.approx(37.5)


def test_places_without_a_finite_determinant_count_as_folded_and_spoil_no_other_figure():
    found = statistics([1.0, 1.2, np.nan, np.inf], [1.0, 2.0, np.nan, np.inf])
    assert (found.n, found.undefined, found.folded_percent) == (4, 2, 50.0)
    assert (found.jacobian_min, found.jacobian_max, found.jacobian_mean) == (1.0, 1.2, pytest.approx(1.1))
    assert (found.displacement_mean_mm, found.displacement_max_mm) == (1.5, 2.0)
    assert sum(found.histogram_counts) == 2


@pytest.mark.parametrize(("determinants", "displacements_mm"), [([], []), ([np.nan], [1.0]), ([1.0], [np.inf])])
def test_where_nothing_can_be_measured_that_is_said(determinants, displacements_mm):
    with pytest.raises(InputError, match="cannot be measured"):
        statistics(determinants, displacements_mm)


def test_the_energy_of_a_parabola_is_the_square_of_its_bend():
    bend = np.zeros((2, 3, 3, 3))
    bend[:, 1, 0, 0] = 2 * 0.05  # u = 0.05 x² along y
    assert bending_energy_per_mm2(bend) == pytest.approx(0.01)


def test_mixed_second_derivatives_count_twice():
    twist = np.zeros((1, 3, 3, 3))
    twist[0, 2, 0, 1] = twist[0, 2, 1, 0] = 0.1  # u = 0.1 x y along z
    assert bending_energy_per_mm2(twist) == pytest.approx(0.02)


def test_the_energy_is_a_mean_over_places_and_leaves_out_what_is_not_finite():
    places = np.zeros((4, 3, 3, 3))
    places[0, 0, 0, 0], places[3, 0, 0, 0] = 0.3, np.nan
    assert bending_energy_per_mm2(places) == pytest.approx(0.03)
    assert np.isnan(bending_energy_per_mm2(places[3:]))
    assert statistics([1.0], second_derivatives=places).bending_energy_per_mm2 == pytest.approx(0.03)


def test_a_linear_map_has_no_energy_and_needs_no_second_derivatives():
    found = statistics([2.0, 2.0], second_derivatives=np.empty((0, 3, 3, 3)), is_linear=True)
    assert (found.is_linear, found.bending_energy_per_mm2) == (True, 0.0)


def test_a_histogram_shows_the_bulk_however_far_out_a_few_values_are():
    bulk = np.random.default_rng(1).normal(1.0, 0.1, 10_000)
    edges, counts = open_histogram(np.concatenate([bulk, [-1000.0, 500.0, 600.0]]))
    assert -0.5 < edges[0] < 0.6
    assert 1.4 < edges[-1] < 2.5
    assert sum(count > 50 for count in counts) > 20
    assert sum(counts) == 10_003
    inside = np.histogram(bulk, edges)[0]
    np.testing.assert_array_equal(counts[1:-1], inside[1:-1])
    below, above = np.count_nonzero(bulk < edges[0]), np.count_nonzero(bulk > edges[-1])
    assert (counts[0], counts[-1]) == (inside[0] + below + 1, inside[-1] + above + 2)


def test_rounding_of_a_linear_map_is_not_drawn_out_into_a_distribution():
    edges, counts = open_histogram(1.25 + np.random.default_rng(1).normal(0.0, 1e-12, 1000))
    assert sum(count > 0 for count in counts) <= 2
    assert edges[-1] - edges[0] == pytest.approx(0.02)


@settings(max_examples=60, deadline=None)
@given(arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e6, 1e6)))
def test_a_histogram_counts_everything_in_bins_of_one_width(values):
    edges, counts = open_histogram(values)
    assert (len(edges), len(counts), sum(counts)) == (61, 60, len(values))
    widths = np.diff(edges)
    assert widths.min() > 0
    np.testing.assert_allclose(widths, widths.mean(), rtol=1e-4)


def test_everything_is_plain_numbers_that_json_takes():
    json.dumps(dataclasses.asdict(statistics([0.5, 1.0, 2.0])))
