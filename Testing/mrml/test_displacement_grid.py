"""A transform sampled on a grid maps the same at voxel centres, and between them as well as straight lines allow."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
import slicer
import vtk

from ElastixPlusLib.elastix.transform_file import BSplineStep, TransformChain
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.displacement_grid import displacement_grid_steps
from ElastixPlusLib.mrml.files import read_transform, write_transform
from ElastixPlusLib.mrml.frames import transformed_points
from ElastixPlusLib.mrml.transforms import add_transform_node, composed, linear_transform, vtk_transform_from_chain
from ElastixPlusLib.steps import run_to_end
from phantoms import grid_matrix, grid_positions, mapped, rotation_about, shift

EXACT_MM = 1e-4
DIMENSIONS = (23, 19, 17)
SPACING_MM = (2.0, 2.5, 3.0)
CONTROL_POINTS_MM = np.array([14.0, 16.0, 18.0])
# VTK rounds the place within a cell to 1/65536 of it.
PLACE_WITHIN_CELL = 1 / 65536


def left_handed() -> np.ndarray:
    return rotation_about((1, 2, 3), 40.0) @ np.diag([1.0, -1.0, 1.0, 1.0])


GRIDS = {
    "straight": Grid(DIMENSIONS, grid_matrix(DIMENSIONS, SPACING_MM)),
    "oblique": Grid(DIMENSIONS, grid_matrix(DIMENSIONS, SPACING_MM, rotation_about((1, 2, 3), 40.0), (5, -7, 9))),
    "left-handed": Grid(DIMENSIONS, grid_matrix(DIMENSIONS, SPACING_MM, left_handed(), (5, -7, 9))),
    "far away": Grid(DIMENSIONS, grid_matrix(DIMENSIONS, SPACING_MM, rotation_about((3, 2, 1), 200.0), (9, -900, 400))),
}


def spline_around(grid: Grid) -> BSplineStep:
    """Control points along RAS axes, wide enough around the grid that no place feels their end."""
    coefficients = np.random.default_rng(2).normal(0.0, 4.0, (14, 14, 14, 3))
    origin_ras = grid.center_ras - CONTROL_POINTS_MM * 6.5
    # Control points of elastix are LPS; their axes are turned so that the spline's axes are those of RAS.
    direction = np.diag([-1.0, -1.0, 1.0])
    return BSplineStep(coefficients, direction @ origin_ras, CONTROL_POINTS_MM, direction, 3, "BSplineTransform")


def smooth_transform(grid: Grid) -> vtk.vtkAbstractTransform:
    return vtk_transform_from_chain(TransformChain((spline_around(grid),)))


def sampled(transform: vtk.vtkAbstractTransform, grid: Grid) -> slicer.vtkOrientedGridTransform:
    return run_to_end(displacement_grid_steps(transform, grid))


def centers(grid: Grid) -> np.ndarray:
    return grid_positions(grid.dimensions, grid.ijk_to_world)


def steepest_bend(step: BSplineStep, one: int, other: int) -> np.ndarray:
    """The largest second derivative along two of the spline's axes, per component, in 1/mm.

    Derivatives of a B-spline are B-splines of differences of its coefficients, whose weights are not negative and add
    up to 1: they are nowhere larger than the largest difference.
    """
    changes = np.diff(np.diff(step.coefficients_lps, axis=2 - one), axis=2 - other)
    return np.abs(changes).reshape(-1, 3).max(axis=0) / (step.spacing_mm[one] * step.spacing_mm[other])


def interpolation_bound_mm(step: BSplineStep, grid: Grid) -> np.ndarray:
    """How far linear interpolation may be off, per component: 1/8 of spacing squared times second derivative, summed.

    To it comes what the rounding of the place within a cell does to displacements that change along the cell.
    """
    bound = np.full(3, EXACT_MM)
    for axis, spacing in zip((grid.ijk_to_world[:3, :3] / grid.spacing_mm).T, grid.spacing_mm, strict=True):
        for one, other in itertools.product(range(3), repeat=2):
            bound += spacing**2 / 8 * abs(axis[one] * axis[other]) * steepest_bend(step, one, other)
        slopes = (np.abs(np.diff(step.coefficients_lps, axis=2 - one)).max() / step.spacing_mm[one] for one in range(3))
        bound += spacing * sum(slopes) * PLACE_WITHIN_CELL
    return bound


@pytest.mark.parametrize("name", GRIDS)
def test_at_voxel_centres_the_grid_maps_as_the_transform(name):
    grid, transform = GRIDS[name], smooth_transform(GRIDS[name])
    expected = transformed_points(transform, centers(grid))
    assert np.linalg.norm(expected - centers(grid), axis=1).max() > 2.0
    np.testing.assert_allclose(transformed_points(sampled(transform, grid), centers(grid)), expected, atol=EXACT_MM)


@pytest.mark.parametrize("name", GRIDS)
def test_between_voxel_centres_it_is_off_by_no_more_than_straight_lines_are(name):
    grid = GRIDS[name]
    step, transform = spline_around(grid), smooth_transform(grid)
    inside = np.random.default_rng(5).uniform(0.0, np.array(DIMENSIONS) - 1.0, (4000, 3))
    points = grid.positions_ras(inside)
    errors = np.abs(transformed_points(sampled(transform, grid), points) - transformed_points(transform, points))
    bound = interpolation_bound_mm(step, grid)
    assert (errors.max(axis=0) <= bound).all()
    assert (bound < 1.0).all()
    assert (errors.max(axis=0) > bound / 20).all()  # the bound says something


def test_finer_grids_are_better_by_the_square_of_the_spacing():
    coarse = GRIDS["oblique"]
    dimensions = tuple(2 * count - 1 for count in DIMENSIONS)
    fine = Grid(dimensions, coarse.ijk_to_world @ np.diag([0.5, 0.5, 0.5, 1.0]))
    transform = smooth_transform(coarse)
    points = coarse.positions_ras(np.random.default_rng(5).uniform(0.0, np.array(DIMENSIONS) - 1.0, (4000, 3)))
    expected = transformed_points(transform, points)
    errors = [
        np.linalg.norm(transformed_points(sampled(transform, grid), points) - expected) for grid in (coarse, fine)
    ]
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.15)


def test_a_linear_transform_is_exact_everywhere():
    grid = GRIDS["left-handed"]
    transform = linear_transform(shift(300, -200, 100) @ rotation_about((3, 1, 2), 5.0))
    points = grid.positions_ras(np.random.default_rng(5).uniform(0.0, np.array(DIMENSIONS) - 1.0, (1000, 3)))
    found, expected = transformed_points(sampled(transform, grid), points), transformed_points(transform, points)
    np.testing.assert_allclose(found, expected, atol=2 * EXACT_MM)


def test_chains_and_inverses_are_sampled_too():
    grid = GRIDS["oblique"]
    turn = linear_transform(rotation_about((0, 0, 1), 3.0))
    inverse = smooth_transform(grid)
    inverse.Inverse()
    for transform in (composed([turn, smooth_transform(grid)]), inverse):
        expected = transformed_points(transform, centers(grid))
        np.testing.assert_allclose(transformed_points(sampled(transform, grid), centers(grid)), expected, atol=EXACT_MM)


def test_beyond_the_grid_the_nearest_displacement_goes_on():
    grid = GRIDS["oblique"]
    transform = smooth_transform(grid)
    beyond, nearest = grid.positions_ras(np.array([[-5.0, 4.0, 6.0], [0.0, 4.0, 6.0]]))
    at_border = transformed_points(transform, nearest) - nearest
    np.testing.assert_allclose(transformed_points(sampled(transform, grid), beyond) - beyond, at_border, atol=EXACT_MM)


def test_the_work_is_done_in_many_short_pieces():
    dimensions = (160, 160, 20)
    grid = Grid(dimensions, grid_matrix(dimensions, (0.5, 0.5, 3.0)))
    steps = displacement_grid_steps(smooth_transform(grid), grid)
    seconds = []
    while True:
        began = time.perf_counter()
        try:
            next(steps)
        except StopIteration:
            break
        seconds.append(time.perf_counter() - began)
    assert len(seconds) > 5
    assert np.median(seconds) < 0.1


def test_the_displacements_take_12_bytes_per_voxel_and_outlive_the_work():
    grid = GRIDS["oblique"]
    scalars = sampled(smooth_transform(grid), grid).GetDisplacementGrid().GetPointData().GetScalars()
    assert scalars.GetDataTypeSize() * scalars.GetNumberOfValues() == 12 * int(np.prod(DIMENSIONS))


def test_a_node_takes_it_and_its_file_maps_the_same_at_voxel_centres(scene, tmp_path):
    grid = GRIDS["left-handed"]
    transform = smooth_transform(grid)
    node = add_transform_node(scene, sampled(transform, grid), "fast")
    assert node.GetClassName() == "vtkMRMLGridTransformNode"
    write_transform(node, tmp_path / "fast.h5")
    inside = np.all(np.abs(grid.indices(centers(grid)) - (np.array(DIMENSIONS) - 1) / 2) < 6, axis=1)
    points = centers(grid)[inside]
    read = read_transform(scene, tmp_path / "fast.h5")
    np.testing.assert_allclose(mapped(read, points), transformed_points(transform, points), atol=2 * EXACT_MM)
