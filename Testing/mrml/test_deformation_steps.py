"""What is measured of a deformation is what was put into it, at the places of the region and nowhere else."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import vtk

from ElastixPlusLib.elastix.transform_file import BSplineStep, TransformChain
from ElastixPlusLib.errors import InputError
from ElastixPlusLib.evaluation.deformation_steps import (
    consistency_steps,
    deformation_statistics_steps,
    displacement_lengths,
    jacobian_map_steps,
    region_points,
)
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.transforms import composed, grid_transform, linear_transform, vtk_transform_from_chain
from ElastixPlusLib.steps import run_to_end
from phantoms import grid_matrix, grid_positions, rotation_about, shift

DIMENSIONS = (24, 20, 16)
OBLIQUE = Grid(DIMENSIONS, grid_matrix(DIMENSIONS, (1.0, 1.5, 2.5), rotation_about((1, 2, 3), 25), (5, -7, 9)))
STRETCH = shift(1, 2, 3) @ rotation_about((3, 1, 2), 20) @ np.diag([1.2, 0.9, 1.1, 1.0])
BEND = 0.004
CONTROL_POINTS, CONTROL_MM = (17, 17, 17), (8.0, 8.0, 8.0)


def spline(displacements_ras) -> vtk.vtkAbstractTransform:
    """A cubic B-spline with coefficients that a function of control point positions gives."""
    matrix = grid_matrix(CONTROL_POINTS, CONTROL_MM)
    coefficients = displacements_ras(grid_positions(CONTROL_POINTS, matrix)).reshape(*CONTROL_POINTS[::-1], 3)
    flip = np.diag([-1.0, -1.0, 1.0])
    step = BSplineStep(coefficients @ flip, flip @ matrix[:3, 3], np.array(CONTROL_MM), flip, 3, "BSplineTransform")
    return vtk_transform_from_chain(TransformChain((step,)))


def parabola() -> vtk.vtkAbstractTransform:
    """u = BEND x², along x: a determinant of 1 + 2 BEND x, an energy of (2 BEND)²."""
    return spline(lambda points: np.outer(BEND * points[:, 0] ** 2, [1.0, 0.0, 0.0]))


def centers(grid: Grid) -> np.ndarray:
    return grid_positions(grid.dimensions, grid.ijk_to_world)


def test_the_map_of_a_linear_transform_is_its_determinant_everywhere():
    found = run_to_end(jacobian_map_steps(linear_transform(STRETCH), OBLIQUE))
    assert (found.shape, found.dtype) == ((16, 20, 24), np.float32)
    np.testing.assert_allclose(found, np.linalg.det(STRETCH), rtol=1e-6)


def test_the_map_has_each_determinant_at_its_voxel():
    found = run_to_end(jacobian_map_steps(parabola(), OBLIQUE))
    expected = (1 + 2 * BEND * centers(OBLIQUE)[:, 0]).reshape(16, 20, 24)
    assert (found.shape, found.dtype) == ((16, 20, 24), np.float32)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert np.ptp(found) > 0.15


def test_in_a_chain_the_determinants_multiply():
    chain = composed([linear_transform(STRETCH), parabola()])
    found = run_to_end(jacobian_map_steps(chain, OBLIQUE))
    moved_x = centers(OBLIQUE) @ STRETCH[0, :3] + STRETCH[0, 3]
    expected = np.linalg.det(STRETCH) * (1 + 2 * BEND * moved_x)
    np.testing.assert_allclose(found.ravel(), expected, atol=1e-6)


def test_a_sinusoidal_displacement_grid_has_the_determinant_of_its_formula():
    count, period = 61, 25.0
    grid = Grid((count, count, count), grid_matrix((count,) * 3, (1.0,) * 3, rotation_about((1, 1, 0), 15)))
    x, y, z = centers(grid).T
    waves = [2 * np.sin(x / period), 3 * np.cos(y / period), 2.5 * np.sin((z + x) / period)]
    vectors = np.stack(waves, axis=1).reshape(count, count, count, 3)
    middles = Grid((40, 40, 40), grid.ijk_to_world @ shift(10.5, 10.5, 10.5))
    found = run_to_end(jacobian_map_steps(grid_transform(vectors, grid), middles))
    x, y, z = centers(middles).T
    slopes = [2 * np.cos(x / period), -3 * np.sin(y / period), 2.5 * np.cos((z + x) / period)]
    expected = np.prod(
        1 + np.array(slopes) / period, axis=0
    )  # du_z/dx stands below the diagonal and counts for nothing
    np.testing.assert_allclose(found.ravel(), expected, atol=1e-3)
    assert np.ptp(expected) > 0.2


def test_a_map_takes_no_more_memory_than_its_voxels_and_one_piece_of_work():
    grid = Grid((120, 120, 60), grid_matrix((120, 120, 60), (0.5, 0.5, 1.0)))
    steps = jacobian_map_steps(parabola(), grid)
    tracemalloc.start()
    found = run_to_end(steps)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    matrices = 72 * found.size
    assert found.nbytes < peak < matrices / 2


def test_statistics_of_a_parabola_are_those_of_its_formula():
    points = region_points(OBLIQUE, None)
    found = run_to_end(deformation_statistics_steps(parabola(), points))
    x = points[:, 0]
    assert (found.n, found.is_linear, found.folded_percent) == (len(points), False, 0.0)
    assert found.jacobian_min == pytest.approx(1 + 2 * BEND * x.min(), abs=1e-9)
    assert found.jacobian_max == pytest.approx(1 + 2 * BEND * x.max(), abs=1e-9)
    assert found.jacobian_mean == pytest.approx(1 + 2 * BEND * x.mean(), abs=1e-9)
    # Coefficients on a parabola give the parabola and a sixth of twice its bend in squares of the spacing.
    moved_mm = np.abs(BEND * (x**2 + CONTROL_MM[0] ** 2 / 3))
    assert found.displacement_mean_mm == pytest.approx(moved_mm.mean(), abs=1e-9)
    assert found.displacement_max_mm == pytest.approx(moved_mm.max(), abs=1e-9)
    assert found.bending_energy_per_mm2 == pytest.approx((2 * BEND) ** 2, rel=1e-6)


def test_where_it_folds_the_share_of_places_is_told():
    bend = 0.05  # 1 + 2 bend x is 0 at x = -10
    folding = spline(lambda points: np.outer(bend * points[:, 0] ** 2, [1.0, 0.0, 0.0]))
    points = np.stack([np.linspace(-19.9, 19.9, 200), np.zeros(200), np.zeros(200)], axis=1)
    found = run_to_end(deformation_statistics_steps(folding, points))
    assert found.folded_percent == pytest.approx(100 * np.mean(points[:, 0] < -10))
    assert found.jacobian_min == pytest.approx(1 - 2 * bend * 19.9)


@pytest.mark.parametrize("as_general", [False, True])
def test_a_linear_transform_is_said_to_be_one_and_does_not_bend(as_general):
    transform = linear_transform(STRETCH)
    if as_general:
        transform = vtk.vtkGeneralTransform()
        transform.Concatenate(linear_transform(STRETCH))
    found = run_to_end(deformation_statistics_steps(transform, centers(OBLIQUE)))
    assert (found.is_linear, found.bending_energy_per_mm2) == (True, 0.0)
    assert found.jacobian_min == found.jacobian_max == pytest.approx(np.linalg.det(STRETCH[:3, :3]))


def test_more_places_than_bending_needs_are_thinned_for_it_alone():
    points = np.random.default_rng(3).uniform(-20, 20, (30_000, 3))
    bending = spline(lambda at: np.outer(BEND * at[:, 0] ** 2, [1.0, 0.0, 0.0]))
    found = run_to_end(deformation_statistics_steps(bending, points))
    assert found.n == sum(found.histogram_counts) == 30_000
    assert found.bending_energy_per_mm2 == pytest.approx((2 * BEND) ** 2, rel=1e-6)


def test_a_displacement_grid_bends_as_its_formula_however_far_apart_its_points_are():
    for spacing_mm in (1.0, 3.0):
        count = int(90 / spacing_mm)
        grid = Grid((count,) * 3, grid_matrix((count,) * 3, (spacing_mm,) * 3))
        vectors = np.outer(BEND * centers(grid)[:, 0] ** 2, [0, 1, 0]).reshape(count, count, count, 3)
        points = grid.positions_ras(np.random.default_rng(1).integers(20 / spacing_mm, 60 / spacing_mm, (500, 3)))
        found = run_to_end(deformation_statistics_steps(grid_transform(vectors, grid), points))
        assert found.bending_energy_per_mm2 == pytest.approx((2 * BEND) ** 2, rel=0.02)


def test_an_empty_region_is_refused():
    with pytest.raises(InputError, match="region is empty"):
        run_to_end(deformation_statistics_steps(parabola(), np.empty((0, 3))))


def test_there_and_back_through_an_inverse_ends_where_it_began():
    forward = composed([linear_transform(STRETCH), parabola()])
    everywhere = Grid((200, 200, 200), grid_matrix((200, 200, 200), (1.0, 1.0, 1.0)))
    found = run_to_end(consistency_steps(forward, forward.GetInverse(), centers(OBLIQUE), everywhere))
    assert found.distances.max_mm < 1e-3
    assert (found.distances.n, found.outside_percent) == (np.prod(DIMENSIONS), 0.0)


def test_there_comes_before_back_and_what_leaves_the_moving_volume_is_left_out():
    turn, away = rotation_about((0, 0, 1), 90), shift(10, 0, 0)
    points = np.array([[0.0, 1, 0], [0.0, 3, 0], [0.0, 40, 0]])
    moving = Grid((21, 21, 21), grid_matrix((21, 21, 21), (1.0, 1.0, 1.0)))
    found = run_to_end(consistency_steps(linear_transform(turn), linear_transform(away), points, moving))
    back = points[:2] @ (away @ turn)[:3, :3].T + away[:3, 3]
    assert found.distances.n == 2
    assert found.distances.mean_mm == pytest.approx(np.linalg.norm(back - points[:2], axis=1).mean())
    assert found.outside_percent == pytest.approx(100 / 3)
    far = linear_transform(shift(500, 0, 0))
    assert run_to_end(consistency_steps(far, far.GetInverse(), points, moving)) is None


def test_displacement_lengths_are_distances():
    np.testing.assert_allclose(displacement_lengths(np.ones((2, 3)), [[1, 4, 5], [1, 1, 1]]), [5, 0])


def test_all_voxels_of_a_region_are_taken_where_they_lie():
    mask = (np.random.default_rng(1).random((16, 20, 24)) < 0.3).astype(np.uint8) * 7
    np.testing.assert_allclose(region_points(OBLIQUE, mask), centers(OBLIQUE)[mask.ravel() != 0], atol=1e-10)
    np.testing.assert_allclose(region_points(OBLIQUE, None), centers(OBLIQUE), atol=1e-10)


@pytest.mark.parametrize("most", [3000, 500, 40, 1])
def test_too_many_voxels_are_thinned_to_a_regular_lattice(most):
    mask = np.zeros((16, 20, 24), dtype=np.uint8)
    mask[2:, 1:, :-2] = 1
    found = region_points(OBLIQUE, mask, most)
    indices = OBLIQUE.indices(found)
    assert most / 10 < len(found) <= most
    np.testing.assert_allclose(indices, np.rint(indices), atol=1e-9)
    i, j, k = np.rint(indices).astype(int).T
    assert mask[k, j, i].all()
    strides_mm = []
    for index, spacing in zip((i, j, k), OBLIQUE.spacing_mm, strict=True):
        steps = np.unique(np.diff(np.unique(index)))
        assert len(steps) <= 1
        strides_mm += [step * spacing for step in steps]
    if len(strides_mm) == 3:
        assert max(strides_mm) < 3 * min(strides_mm)
    np.testing.assert_array_equal(found, region_points(OBLIQUE, mask, most))


def test_a_region_that_a_lattice_would_run_past_is_still_found():
    mask = np.zeros((16, 20, 24), dtype=np.uint8)
    mask[:, :, ::4] = 1
    mask[::2] = 0
    mask[:, ::2] = 0
    for most in (5, 50, 200):
        found = region_points(OBLIQUE, mask, most)
        assert 0 < len(found) <= most
        i, j, k = np.rint(OBLIQUE.indices(found)).astype(int).T
        assert mask[k, j, i].all()


def test_an_empty_mask_has_no_places():
    assert region_points(OBLIQUE, np.zeros((16, 20, 24), dtype=np.uint8)).shape == (0, 3)
