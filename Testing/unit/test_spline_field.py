"""A field of B-splines displaces as its control points say, everywhere, and tells how it stretches space."""

from __future__ import annotations

import numpy as np

from ElastixPlusLib.grid import Grid
from ElastixPlusLib.guidance.spline_field import SplineField


def lengths(vectors: np.ndarray) -> np.ndarray:
    return np.linalg.norm(vectors, axis=1)


def oblique_axes() -> np.ndarray:
    """Perpendicular and left-handed, as the axes of many volumes are in RAS."""
    axes = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    return -axes if np.linalg.det(axes) > 0 else axes


def a_field() -> SplineField:
    """Control points on an oblique, left-handed grid with three spacings."""
    matrix = np.eye(4)
    matrix[:3, :3] = oblique_axes() * [14.0, 17.0, 20.0]
    matrix[:3, 3] = [-100, 40, 10]
    return SplineField(Grid((9, 8, 7), matrix), np.random.default_rng(2).normal(0.0, 3.0, (7, 8, 9, 3)))


def test_the_displacements_fade_to_zero_within_two_control_points_beyond_the_grid():
    field = a_field()
    last = np.array(field.grid.dimensions) - 1.0
    outside = field.grid.positions_ras(np.array([[-2.0, 3, 3], [last[0] + 2, 3, 3], [3, 3, -50], [1e4, 0, 0]]))
    assert not field.displacements(outside).any()
    just_outside = field.grid.positions_ras(np.array([[-1.0, 3, 3], [3, last[1] + 1, 3]]))
    assert (lengths(field.displacements(just_outside)) > 0.05).all()


def test_equal_coefficients_displace_everything_alike():
    field = a_field()
    field.coefficients_ras[:] = [1.0, 2.0, 3.0]
    inside = np.random.default_rng(1).uniform(1.0, np.array(field.grid.dimensions) - 2.0, (3000, 3))
    displacements = field.displacements(field.grid.positions_ras(inside))
    assert displacements.shape == (3000, 3)
    np.testing.assert_allclose(displacements, np.tile([1.0, 2, 3], (3000, 1)), atol=1e-12)


def test_volume_factors_are_the_change_of_small_volumes():
    field = a_field()
    first, last = np.array([1.0, 2.0, 1.0]), np.array([6.0, 4.0, 5.0])
    factors = field.volume_factors(first, last)
    assert factors.shape == (9, 5, 11)
    k, j, i = np.indices(factors.shape).reshape(3, -1)
    points = field.grid.positions_ras(first + 0.5 * np.stack([i, j, k], axis=1))
    steps = 1e-3 * np.eye(3)
    columns = [(field.map(points + step) - field.map(points - step)) / 2e-3 for step in steps]
    by_small_steps = np.linalg.det(np.stack(columns, axis=-1))
    assert np.ptp(factors) > 0.3
    np.testing.assert_allclose(factors.ravel(), by_small_steps, atol=1e-6)


def test_one_control_point_displaces_as_the_cubic_basis_spline_says():
    field = a_field()
    field.coefficients_ras[:] = 0.0
    field.coefficients_ras[3, 4, 5] = [0.0, 6.0, 0.0]
    at = field.grid.positions_ras(np.array([[5.0, 4, 3], [6, 4, 3], [5, 5, 2], [5.5, 4, 3], [7, 4, 3]]))
    heights = 6.0 * np.array([(2 / 3) ** 3, (1 / 6) * (2 / 3) ** 2, (1 / 6) ** 2 * (2 / 3), 23 / 48 * (2 / 3) ** 2, 0])
    np.testing.assert_allclose(field.displacements(at), np.outer(heights, [0, 1, 0]), atol=1e-12)


def test_no_points_are_mapped_to_no_points():
    assert a_field().map(np.zeros((0, 3))).shape == (0, 3)
