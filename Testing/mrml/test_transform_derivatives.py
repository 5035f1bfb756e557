"""Derivatives are those of the transform that maps points: analytic ones, where it has a formula, for every kind."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import vtk
from hypothesis import given, settings
from hypothesis import strategies as st

from ElastixPlusLib.elastix.transform_file import BSplineStep, TransformChain
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.frames import transformed_points
from ElastixPlusLib.mrml.landmark_transforms import thin_plate_transform
from ElastixPlusLib.mrml.transform_derivatives import (
    constant_derivative,
    derivative_steps,
    derivatives_at,
    determinants_at,
    second_derivative_steps,
)
from ElastixPlusLib.mrml.transforms import (
    add_transform_node,
    composed,
    grid_transform,
    linear_transform,
    transform_from_parent,
    vtk_transform_from_chain,
)
from ElastixPlusLib.steps import run_to_end
from phantoms import grid_matrix, grid_positions, rotation_about, shift, vtk_matrix

CONTROL_POINTS = (13, 12, 11)
CONTROL_MM = (14.0, 15.0, 16.0)
OBLIQUE = rotation_about((1, 2, 3), 25.0)
MATRIX = shift(3, 2, 1) @ rotation_about((1, 2, 3), 20) @ np.diag([1.2, 0.9, 1.1, 1.0])
INNER_MM = 30.0


def spline(displacements_ras, axes=OBLIQUE) -> vtk.vtkAbstractTransform:
    """A cubic B-spline, as an import makes it, with coefficients that a function of control point positions gives."""
    matrix = grid_matrix(CONTROL_POINTS, CONTROL_MM, axes)
    coefficients = displacements_ras(grid_positions(CONTROL_POINTS, matrix)).reshape(*CONTROL_POINTS[::-1], 3)
    flip = np.diag([-1.0, -1.0, 1.0])
    direction = flip @ (matrix[:3, :3] / np.array(CONTROL_MM))
    return vtk_transform_from_chain(
        TransformChain(
            (BSplineStep(coefficients @ flip, flip @ matrix[:3, 3], np.array(CONTROL_MM), direction, 3, "spline"),)
        )
    )


def random_spline() -> vtk.vtkAbstractTransform:
    return spline(lambda points: np.random.default_rng(2).normal(0.0, 1.5, points.shape))


def thin_plate() -> vtk.vtkAbstractTransform:
    random = np.random.default_rng(3)
    places = random.uniform(-40, 40, (12, 3))
    return thin_plate_transform(places, places + random.normal(0, 2, (12, 3)))


def wave(points: np.ndarray) -> np.ndarray:
    """Displacements with a formula, in mm; the next function is its derivative."""
    x, y, z = points.T
    return np.stack([3 * np.sin(y / 20), 2 * np.sin(z / 25), 4 * np.cos(x / 30)], axis=1)


def wave_derivative(points: np.ndarray) -> np.ndarray:
    x, y, z = points.T
    found = np.tile(np.eye(3), (len(points), 1, 1))
    found[:, 0, 1] += 3 / 20 * np.cos(y / 20)
    found[:, 1, 2] += 2 / 25 * np.cos(z / 25)
    found[:, 2, 0] -= 4 / 30 * np.sin(x / 30)
    return found


def wave_grid(
    spacing_mm: float, axes: np.ndarray = OBLIQUE, is_cubic: bool = False
) -> tuple[slicer.vtkOrientedGridTransform, Grid]:
    count = int(120 / spacing_mm)
    grid = Grid((count, count, count), grid_matrix((count,) * 3, (spacing_mm,) * 3, axes))
    vectors = wave(grid_positions(grid.dimensions, grid.ijk_to_world)).reshape(count, count, count, 3)
    transform = grid_transform(vectors, grid)
    if is_cubic:
        transform.SetInterpolationModeToCubic()
    return transform, grid


def inverse(transform: vtk.vtkAbstractTransform) -> vtk.vtkAbstractTransform:
    general = vtk.vtkGeneralTransform()
    general.Concatenate(transform)
    general.Inverse()
    return general


def inner_points(count: int = 500) -> np.ndarray:
    return np.random.default_rng(1).uniform(-INNER_MM, INNER_MM, (count, 3))


def central_differences(transform: vtk.vtkAbstractTransform, points: np.ndarray, half_mm: float = 1e-3) -> np.ndarray:
    columns = [
        (transformed_points(transform, points + step) - transformed_points(transform, points - step)) / (2 * half_mm)
        for step in np.eye(3) * half_mm
    ]
    return np.stack(columns, axis=2)


# What an inverse is off by is how well VTK looks for the place, here over 0.002 mm.
KINDS = {
    "linear": (lambda: linear_transform(MATRIX), 1e-9),
    "inverse of a linear one": (lambda: linear_transform(MATRIX).GetInverse(), 1e-9),
    "spline": (random_spline, 1e-8),
    "thin plate": (thin_plate, 1e-7),
    "linear, then spline": (lambda: composed([linear_transform(MATRIX), random_spline()]), 1e-8),
    "spline, linear, thin plate": (lambda: composed([random_spline(), linear_transform(MATRIX), thin_plate()]), 1e-7),
    "inverse of a spline": (lambda: inverse(random_spline()), 1e-4),
    "inverse of linear, then spline": (
        lambda: inverse(composed([linear_transform(MATRIX), random_spline()])),
        1e-4,
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_derivatives_are_the_slopes_of_the_map(name):
    make, within = KINDS[name]
    transform, points = make(), inner_points()
    mapped, derivatives = run_to_end(derivative_steps(transform, points))
    np.testing.assert_array_equal(mapped, transformed_points(transform, points))
    np.testing.assert_allclose(derivatives, central_differences(transform, points), atol=within)
    assert np.abs(derivatives - np.eye(3)).max() > 0.05, "a transform that changes nothing proves nothing"
    assert np.abs(derivatives - derivatives.transpose(0, 2, 1)).max() > 0.02, "nor does a symmetric one"


@pytest.mark.parametrize("name", KINDS)
def test_determinants_are_those_of_the_derivatives(name):
    transform, points = KINDS[name][0](), inner_points()
    mapped, derivatives = derivatives_at(transform, points)
    also_mapped, determinants = determinants_at(transform, points)
    np.testing.assert_array_equal(also_mapped, mapped)
    np.testing.assert_allclose(determinants, np.linalg.det(derivatives), rtol=1e-12)


def test_a_spline_with_coefficients_on_a_linear_map_is_that_map():
    stretch = np.array([[0.1, 0.05, 0.0], [-0.02, -0.2, 0.03], [0.0, 0.04, 0.3]])
    transform = spline(lambda points: points @ stretch.T + [1, 2, 3])
    mapped, derivatives = derivatives_at(transform, inner_points())
    np.testing.assert_allclose(mapped, inner_points() @ (np.eye(3) + stretch).T + [1, 2, 3], atol=1e-12)
    np.testing.assert_allclose(derivatives, np.broadcast_to(np.eye(3) + stretch, derivatives.shape), atol=1e-13)
    determinants = determinants_at(transform, inner_points())[1]
    np.testing.assert_allclose(determinants, np.linalg.det(np.eye(3) + stretch), atol=1e-12)


def test_a_spline_with_coefficients_on_a_parabola_has_the_slope_and_the_bend_of_the_parabola():
    bend = 0.002
    transform = spline(lambda points: np.outer(bend * points[:, 0] ** 2, [0.0, 0.0, 1.0]))
    points = inner_points()
    expected = np.tile(np.eye(3), (len(points), 1, 1))
    expected[:, 2, 0] = 2 * bend * points[:, 0]
    np.testing.assert_allclose(derivatives_at(transform, points)[1], expected, atol=1e-12)
    seconds = run_to_end(second_derivative_steps(transform, points, 1.0))
    expected_seconds = np.zeros((3, 3, 3))
    expected_seconds[2, 0, 0] = 2 * bend
    np.testing.assert_allclose(seconds, np.broadcast_to(expected_seconds, seconds.shape), atol=1e-12)


def test_mixed_second_derivatives_are_found_in_both_orders_of_the_axes():
    transform = spline(lambda points: np.outer(0.003 * points[:, 0] * points[:, 1], [0.0, 1.0, 0.0]))
    seconds = run_to_end(second_derivative_steps(transform, inner_points(), 1.0))
    expected = np.zeros((3, 3, 3))
    expected[1, 0, 1] = expected[1, 1, 0] = 0.003
    np.testing.assert_allclose(seconds, np.broadcast_to(expected, seconds.shape), atol=1e-12)


def test_a_linear_transform_does_not_bend():
    assert not run_to_end(second_derivative_steps(linear_transform(MATRIX), inner_points(), 1.0)).any()


@pytest.mark.parametrize("is_cubic", [False, True])
def test_a_displacement_grid_has_the_slope_of_what_it_samples_up_to_the_square_of_its_spacing(is_cubic):
    errors = []
    for spacing_mm in (4.0, 2.0):  # in the middle of cells, where a straight line has the slope of the curve
        transform, grid = wave_grid(spacing_mm, is_cubic=is_cubic)
        points = grid.positions_ras(np.floor(grid.indices(inner_points())) + 0.5)
        errors.append(np.abs(derivatives_at(transform, points)[1] - wave_derivative(points)).max())
    assert errors[0] < 5e-4
    assert errors[0] / errors[1] > 3


def test_the_slope_of_a_linear_grid_is_one_and_the_same_along_a_cell_and_jumps_at_its_ends():
    transform, grid = wave_grid(4.0)
    starts = np.floor(grid.indices(inner_points(200)))
    places = [starts + np.array([along, 0.5, 0.5]) for along in (0.0, 0.3, 0.9, 1.1)]
    axis = OBLIQUE[:3, 0]
    at_start, *later, in_next = (derivatives_at(transform, grid.positions_ras(at))[1] @ axis for at in places)
    for slope in later:
        np.testing.assert_allclose(slope, at_start, atol=1e-4)
    assert np.abs(in_next - at_start).max() > 5e-3


def test_the_bend_of_a_linear_grid_is_found_over_its_spacing():
    transform, grid = wave_grid(2.0, np.eye(4))
    points = grid.positions_ras(np.rint(grid.indices(inner_points())))
    found = run_to_end(second_derivative_steps(transform, points, 2.0))
    expected = np.zeros((len(points), 3, 3, 3))
    x, y, z = points.T
    expected[:, 0, 1, 1] = -3 / 400 * np.sin(y / 20)
    expected[:, 1, 2, 2] = -2 / 625 * np.sin(z / 25)
    expected[:, 2, 0, 0] = -4 / 900 * np.cos(x / 30)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_beyond_the_control_points_nothing_changes():
    grid = Grid(CONTROL_POINTS, grid_matrix(CONTROL_POINTS, CONTROL_MM, OBLIQUE))
    beyond = grid.positions_ras(np.array([[-2.1, 5, 5], [5, 13.2, 5], [5, 5, -40]]))
    mapped, derivatives = derivatives_at(random_spline(), beyond)
    np.testing.assert_array_equal(mapped, beyond)
    np.testing.assert_array_equal(derivatives, np.broadcast_to(np.eye(3), (3, 3, 3)))


def test_across_the_border_of_a_displacement_grid_nothing_changes_and_along_it_things_go_on():
    transform, grid = wave_grid(2.0)
    at_border, beyond = (grid.positions_ras(np.array([[index, 20.5, 20.5]])) for index in (0.0, -7.0))
    derivative = derivatives_at(transform, beyond)[1][0]
    np.testing.assert_allclose(derivative @ OBLIQUE[:3, 0], OBLIQUE[:3, 0], atol=1e-6)
    along = derivatives_at(transform, at_border)[1][0]
    np.testing.assert_allclose(derivative @ OBLIQUE[:3, 1:3], along @ OBLIQUE[:3, 1:3], atol=1e-4)


def test_there_and_back_the_derivatives_cancel():
    transform = composed([linear_transform(MATRIX), random_spline()])
    mapped, there = derivatives_at(transform, inner_points())
    back = derivatives_at(inverse(transform), mapped)[1]
    np.testing.assert_allclose(back @ there, np.broadcast_to(np.eye(3), there.shape), atol=1e-6)


def test_in_a_chain_derivatives_multiply():
    first, second = random_spline(), thin_plate()
    between, inner = derivatives_at(first, inner_points())
    outer = derivatives_at(second, between)[1]
    np.testing.assert_allclose(derivatives_at(composed([first, second]), inner_points())[1], outer @ inner, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-2.0, 2.0), min_size=9, max_size=9))
def test_the_determinant_of_any_linear_transform_is_that_of_its_matrix(elements):
    matrix = np.eye(4)
    matrix[:3, :3] += np.reshape(elements, (3, 3))
    determinants = determinants_at(linear_transform(matrix), inner_points(3))[1]
    np.testing.assert_allclose(determinants, np.linalg.det(matrix), atol=1e-9)


def test_a_linear_transform_is_known_as_such_wherever_it_is_kept(scene):
    general = vtk.vtkGeneralTransform()
    general.Concatenate(vtk_matrix(MATRIX))
    nested = vtk.vtkGeneralTransform()
    nested.Concatenate(general)
    nested.Concatenate(vtk.vtkIdentityTransform())
    node = scene.AddNewNodeByClass("vtkMRMLTransformNode", "general")
    node.SetAndObserveTransformFromParent(general)
    for transform in (general, nested, transform_from_parent(node), node.GetTransformFromParent()):
        np.testing.assert_allclose(constant_derivative(transform), MATRIX[:3, :3], atol=1e-12)
    np.testing.assert_allclose(constant_derivative(inverse(nested)), np.linalg.inv(MATRIX)[:3, :3], atol=1e-12)
    assert constant_derivative(composed([general, random_spline()])) is None
    np.testing.assert_array_equal(constant_derivative(vtk.vtkGeneralTransform()), np.eye(3))


def test_the_order_of_linear_transforms_in_a_chain_counts():
    turn, stretch = rotation_about((0, 0, 1), 30), np.diag([2.0, 1.0, 1.0, 1.0])
    chain = vtk.vtkGeneralTransform()
    chain.PostMultiply()
    for matrix in (turn, stretch):
        chain.Concatenate(linear_transform(matrix))
    np.testing.assert_allclose(constant_derivative(chain), (stretch @ turn)[:3, :3], atol=1e-12)
    np.testing.assert_allclose(central_differences(chain, inner_points(5))[0], (stretch @ turn)[:3, :3], atol=1e-9)


def test_a_node_that_shows_the_inverse_of_a_spline_is_differentiated_in_its_own_direction(scene):
    node = add_transform_node(scene, random_spline(), "spline")
    to_parent = node.GetTransformToParent()
    mapped, there = derivatives_at(to_parent, inner_points())
    back = derivatives_at(node.GetTransformFromParent(), mapped)[1]
    np.testing.assert_allclose(back @ there, np.broadcast_to(np.eye(3), there.shape), atol=1e-6)


def test_points_stay_what_they_are_and_none_are_no_trouble():
    points = inner_points()
    kept = points.copy()
    for transform in (random_spline(), linear_transform(MATRIX)):
        mapped, _ = derivatives_at(transform, points)
        mapped[:] = 0.0
        np.testing.assert_array_equal(points, kept)
        none_mapped, none = run_to_end(derivative_steps(transform, np.empty((0, 3))))
        assert (none_mapped.shape, none.shape) == ((0, 3), (0, 3, 3))
        assert determinants_at(transform, np.empty((0, 3)))[1].shape == (0,)


def test_points_may_lie_in_memory_in_any_order():
    expected = derivatives_at(random_spline(), inner_points())
    padded = np.zeros((500, 4))
    padded[:, :3] = inner_points()
    for points in (np.asfortranarray(inner_points()), padded[:, :3]):
        for found, same in zip(derivatives_at(random_spline(), points), expected, strict=True):
            np.testing.assert_array_equal(found, same)


def test_many_points_are_done_in_many_pieces_with_the_same_result():
    points = np.tile(inner_points(1000), (200, 1))
    steps, pieces = derivative_steps(random_spline(), points), 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            mapped, derivatives = end.value
            break
        pieces += 1
    assert pieces > 5
    again, once = derivatives_at(random_spline(), points[:1000])
    np.testing.assert_array_equal(mapped.reshape(200, 1000, 3), np.broadcast_to(again, (200, 1000, 3)))
    np.testing.assert_array_equal(derivatives.reshape(200, 1000, 3, 3), np.broadcast_to(once, (200, 1000, 3, 3)))
