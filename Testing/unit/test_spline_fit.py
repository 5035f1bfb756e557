"""A spline fit follows what landmarks agree on, stays smooth where they do not, and says nothing far from them."""

from __future__ import annotations

import numpy as np
import pytest

from ElastixPlusLib.grid import Grid
from ElastixPlusLib.guidance.spline_field import SplineField
from ElastixPlusLib.guidance.spline_fit import fit_spline

SIZE_MM = 120.0


def oblique_axes() -> np.ndarray:
    """Perpendicular and left-handed, as the axes of many volumes are in RAS."""
    axes = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    return axes * np.sign(-np.linalg.det(axes)) if np.linalg.det(axes) > 0 else axes


def region(axes: np.ndarray | None = None, spacing_mm: tuple[float, ...] = (2.0, 3.0, 5.0)) -> Grid:
    """A cube with an edge of 120 mm around the origin."""
    dimensions = (np.array([SIZE_MM] * 3) / spacing_mm).astype(int)
    matrix = np.eye(4)
    matrix[:3, :3] = (np.eye(3) if axes is None else axes) * np.array(spacing_mm)
    matrix[:3, 3] = -matrix[:3, :3] @ ((dimensions - 1) / 2)
    return Grid((int(dimensions[0]), int(dimensions[1]), int(dimensions[2])), matrix)


def shifted_to_middle(size: int) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, 3] = -(size - 1) / 2
    return matrix


def scattered(count: int, seed: int = 1, half_mm: float = 50.0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-half_mm, half_mm, (count, 3))


def wave(points: np.ndarray) -> np.ndarray:
    """Smooth displacements of up to 6 mm whose period is 250 mm."""
    turned = points[:, [1, 2, 0]]
    return 6.0 * np.sin(2 * np.pi * turned / 250.0 + np.array([0.3, 1.0, 2.0]))


def lengths(vectors: np.ndarray) -> np.ndarray:
    return np.linalg.norm(vectors, axis=1)


def fine_volume_factors(field: SplineField, points: np.ndarray) -> np.ndarray:
    steps = 1e-3 * np.eye(3)
    columns = [(field.map(points + step) - field.map(points - step)) / 2e-3 for step in steps]
    return np.linalg.det(np.stack(columns, axis=-1))


@pytest.mark.parametrize(("count", "within_mm"), [(30, 0.9), (120, 0.15)])
def test_a_smooth_displacement_is_found_again_between_the_landmarks(count, within_mm):
    places, between = scattered(count), scattered(400, seed=2, half_mm=40.0)
    given = wave(places) - wave(places).mean(axis=0)
    field = fit_spline(places, given, region())
    missed = lengths(field.displacements(between) + wave(places).mean(axis=0) - wave(between))
    assert missed.mean() < within_mm
    assert lengths(wave(between) - wave(places).mean(axis=0)).mean() > 3.5, "or nothing is shown"
    assert fine_volume_factors(field, between).min() > 0.5


def test_landmarks_that_agree_are_nearly_met():
    places = scattered(30)
    given = wave(places) - wave(places).mean(axis=0)
    left = lengths(fit_spline(places, given, region()).displacements(places) - given)
    assert left.mean() < 0.05 * lengths(given).mean()


def test_errors_in_placing_are_not_followed_all_the_way():
    places = scattered(80)
    errors = np.random.default_rng(4).normal(0.0, 1.5, places.shape)
    field = fit_spline(places, errors, region())
    assert 0.2 < lengths(field.displacements(places)).mean() / lengths(errors).mean() < 0.9


def test_one_pulled_landmark_pulls_its_surroundings_and_not_the_far_side():
    places = scattered(12, half_mm=25.0)
    places[0] = [-20.0, -20, -20]
    pulled = np.zeros((12, 3))
    pulled[0] = [0.0, 0, 6]
    field = fit_spline(places, pulled, region())
    at, beyond, far = lengths(field.displacements(np.array([[-20.0, -20, -20], [-60, -60, -60], [60, 60, 60]])))
    assert at > 5.0
    assert beyond < 0.5 * at
    assert far < 0.2


def test_the_size_of_the_volume_is_not_felt_in_its_middle():
    places, points = scattered(12, half_mm=25.0), scattered(60, seed=6, half_mm=45.0)
    given = wave(places) - wave(places).mean(axis=0)
    tight = fit_spline(places, given, region(), spacing_mm=10.0)
    wide = fit_spline(places, given, Grid((400, 400, 400), shifted_to_middle(400)), spacing_mm=10.0)
    apart = lengths(tight.displacements(points) - wide.displacements(points))
    assert apart.mean() < 0.05 * lengths(wide.displacements(points)).mean()


def test_landmarks_that_cross_do_not_fold_space():
    places = np.vstack([scattered(10), [[-2.0, 0, 0], [2.0, 0, 0]]])
    crossing = np.vstack([np.zeros((10, 3)), [[9.0, 0, 0], [-9.0, 0, 0]]])
    field = fit_spline(places, crossing, region(), spacing_mm=8.0)
    around = np.stack(np.meshgrid(*[np.arange(-12, 12.5, 1.0)] * 3), axis=-1).reshape(-1, 3)
    assert fine_volume_factors(field, around).min() > 0.05
    assert field.displacements(places)[-2, 0] > 0.5, "they still pull"


def test_no_displacement_gives_none():
    field = fit_spline(scattered(9), np.zeros((9, 3)), region())
    assert not field.coefficients_ras.any()


@pytest.mark.parametrize("axes", [oblique_axes(), np.diag([-1.0, -1.0, 1.0])])
def test_the_axes_of_the_volume_do_not_matter(axes):
    places, points = scattered(15), scattered(60, seed=6)
    straight = fit_spline(places, wave(places), region())
    turned = fit_spline(places @ axes.T, wave(places) @ axes.T, region(axes, (5.0, 2.0, 3.0)))
    np.testing.assert_allclose(
        turned.displacements(points @ axes.T), straight.displacements(points) @ axes.T, atol=1e-9
    )


def test_the_control_points_surround_the_volume_and_lie_along_its_axes():
    grid = fit_spline(scattered(15), wave(scattered(15)), region(oblique_axes()), spacing_mm=18.0).grid
    np.testing.assert_allclose(grid.spacing_mm, 18.0)
    np.testing.assert_allclose(grid.ijk_to_world[:3, :3] / 18.0, oblique_axes(), atol=1e-12)
    np.testing.assert_allclose(grid.center_ras, 0.0, atol=1e-9)
    corners = np.array(list(np.ndindex(2, 2, 2))) * SIZE_MM - SIZE_MM / 2
    indices = grid.indices(corners @ oblique_axes().T)
    # From index 1 to the last but one a cubic spline has all its control points; one cell more is asked for.
    assert indices.min() >= 2.0
    assert (indices.max(axis=0) <= np.array(grid.dimensions) - 3.0).all()


def test_control_points_are_as_dense_as_the_landmarks_but_never_absurdly_so():
    sparse, dense = (fit_spline(scattered(count), wave(scattered(count)), region()).grid for count in (10, 300))
    assert dense.spacing_mm[0] < 0.7 * sparse.spacing_mm[0]
    crowded = fit_spline(scattered(10), wave(scattered(10)), region(), spacing_mm=0.01).grid
    assert crowded.spacing_mm[0] == pytest.approx(SIZE_MM / 40)


def test_landmarks_in_a_part_of_a_large_volume_get_control_points_that_are_dense_enough():
    places = scattered(15) + np.array([700.0, 0, 0])
    given = wave(places) - wave(places).mean(axis=0)
    dimensions = (400, 100, 100)
    matrix = np.diag([5.0, 5.0, 5.0, 1.0])
    matrix[:3, 3] = [-1000.0, -250, -250]
    field = fit_spline(places, given, Grid(dimensions, matrix))
    assert field.grid.spacing_mm[0] < 30.0
    left = lengths(field.displacements(places) - given)
    assert left.mean() < 0.15 * lengths(given).mean()
    assert lengths(field.displacements(np.array([[-900.0, 0, 0], [700, 0, 240]])))[0] == 0.0


def test_landmarks_outside_the_region_count_as_well():
    places = scattered(15)
    given = wave(places) - wave(places).mean(axis=0)
    beside = region()
    beside.ijk_to_world[0, 3] += 500.0
    field = fit_spline(places, given, beside)
    assert lengths(field.displacements(places) - given).mean() < 0.15 * lengths(given).mean()
