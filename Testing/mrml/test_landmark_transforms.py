"""Fits from landmarks alone map in VTK and in MRML files as they were computed, and as Slicer's own modules fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import vtk

from ElastixPlusLib.grid import Grid
from ElastixPlusLib.guidance.initial_alignment import affine_alignment, rigid_alignment, similarity_alignment
from ElastixPlusLib.guidance.landmark_fits import fit_landmarks
from ElastixPlusLib.guidance.spline_field import SplineField
from ElastixPlusLib.guidance.thin_plate import fit_thin_plate
from ElastixPlusLib.mrml.files import read_transform, write_transform
from ElastixPlusLib.mrml.frames import array_from_matrix, transformed_points
from ElastixPlusLib.mrml.landmark_transforms import spline_then_linear_transform, thin_plate_transform
from ElastixPlusLib.mrml.transforms import add_transform_node, composed, linear_transform, transform_from_parent
from phantoms import grid_matrix, rotation_about, shift

SAME_MM = 1e-6
AFTER_FILE_MM = 1e-3
MATRIX = shift(30, -20, 5) @ rotation_about((1, 2, 3), 40.0) @ np.diag([1.1, 0.9, 1.05, 1.0])


def scattered(count: int = 12, seed: int = 1, half_mm: float = 60.0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-half_mm, half_mm, (count, 3))


def moved(points: np.ndarray, error_mm: float = 3.0) -> np.ndarray:
    errors = np.random.default_rng(5).normal(0.0, error_mm, points.shape) if error_mm else 0.0
    return points @ MATRIX[:3, :3].T + MATRIX[:3, 3] + errors


def vtk_points(points: np.ndarray) -> vtk.vtkPoints:
    found = vtk.vtkPoints()
    found.SetDataTypeToDouble()
    for point in points:
        found.InsertNextPoint(point)
    return found


def fitted_by_vtk(mode: str, fixed: np.ndarray, moving: np.ndarray) -> np.ndarray:
    """The class behind Slicer's fiducial registration."""
    transform = vtk.vtkLandmarkTransform()
    getattr(transform, f"SetModeTo{mode}")()
    transform.SetSourceLandmarks(vtk_points(fixed))
    transform.SetTargetLandmarks(vtk_points(moving))
    transform.Update()
    return array_from_matrix(transform.GetMatrix())


def squares_left(matrix: np.ndarray, fixed: np.ndarray, moving: np.ndarray) -> float:
    return float(((fixed @ matrix[:3, :3].T + matrix[:3, 3] - moving) ** 2).sum())


def spline_field(axes: np.ndarray | None = None) -> SplineField:
    """Random coefficients on an oblique grid with three spacings."""
    turned = rotation_about((1, 2, 3), 25.0)[:3, :3] if axes is None else axes
    dimensions = (12, 10, 9)
    grid = Grid(dimensions, grid_matrix(dimensions, (15.0, 18.0, 20.0), turned, (5, -6, 7)))
    return SplineField(grid, np.random.default_rng(2).normal(0.0, 2.0, (9, 10, 12, 3)))


def thin_plate() -> vtk.vtkAbstractTransform:
    return thin_plate_transform(scattered(), moved(scattered()))


def spline_then_linear() -> vtk.vtkAbstractTransform:
    field = spline_field()
    return spline_then_linear_transform(field.coefficients_ras, field.grid, MATRIX)


def thin_plate_in_a_chain() -> vtk.vtkAbstractTransform:
    return composed([linear_transform(MATRIX), thin_plate()])


@pytest.mark.parametrize("count", [3, 4, 12])
def test_the_rigid_fit_is_that_of_vtk(count):
    fixed = scattered(count)
    expected = fitted_by_vtk("RigidBody", fixed, moved(fixed))
    np.testing.assert_allclose(rigid_alignment(fixed, moved(fixed)), expected, atol=SAME_MM)


@pytest.mark.parametrize("count", [5, 12])
def test_the_affine_fit_is_that_of_vtk(count):
    fixed = scattered(count)
    expected = fitted_by_vtk("Affine", fixed, moved(fixed))
    np.testing.assert_allclose(affine_alignment(fixed, moved(fixed)), expected, atol=SAME_MM)


def test_the_similarity_fit_is_that_of_vtk_where_the_landmarks_match():
    fixed = scattered()
    moving = 1.4 * fixed @ rotation_about((1, 0, 2), 100.0)[:3, :3].T + [1, 2, 3]
    expected = fitted_by_vtk("Similarity", fixed, moving)
    np.testing.assert_allclose(similarity_alignment(fixed, moving), expected, atol=SAME_MM)


def test_the_similarity_fit_turns_as_that_of_vtk_and_comes_closer_where_they_do_not():
    fixed = scattered()
    ours, theirs = similarity_alignment(fixed, moved(fixed, 12)), fitted_by_vtk("Similarity", fixed, moved(fixed, 12))
    scales = [np.cbrt(np.linalg.det(matrix[:3, :3])) for matrix in (ours, theirs)]
    np.testing.assert_allclose(ours[:3, :3] / scales[0], theirs[:3, :3] / scales[1], atol=SAME_MM)
    assert scales[0] < scales[1]
    assert squares_left(ours, fixed, moved(fixed, 12)) < squares_left(theirs, fixed, moved(fixed, 12))


@pytest.mark.parametrize("count", [4, 5, 30])
@pytest.mark.parametrize("smoothing_mm", [0.0, 30.0])
def test_the_thin_plate_of_vtk_maps_as_the_computed_one_also_far_away(smoothing_mm, count):
    fixed, points = scattered(count), scattered(300, seed=3, half_mm=400.0)
    plate = fit_thin_plate(fixed, moved(fixed), smoothing_mm)
    transform = thin_plate_transform(fixed, plate.map(fixed))
    np.testing.assert_allclose(transformed_points(transform, points), plate.map(points), atol=SAME_MM)


def test_the_thin_plate_meets_its_landmarks_with_double_precision():
    fixed = scattered() + 3000
    transform = thin_plate_transform(fixed, moved(fixed))
    np.testing.assert_allclose(transformed_points(transform, fixed), moved(fixed), atol=1e-8)


@pytest.mark.parametrize("axes", [None, np.eye(3), np.diag([-1.0, -1, 1]), np.diag([1.0, 1, -1])])
def test_the_spline_of_vtk_maps_as_the_computed_one_within_the_grid_and_beyond(axes):
    field = spline_field(axes)
    transform = spline_then_linear_transform(field.coefficients_ras, field.grid, MATRIX)
    points = field.grid.positions_ras(
        np.random.default_rng(4).uniform(-4, np.array(field.grid.dimensions) + 3, (2000, 3))
    )
    expected = field.map(points) @ MATRIX[:3, :3].T + MATRIX[:3, 3]
    np.testing.assert_allclose(transformed_points(transform, points), expected, atol=SAME_MM)


def test_a_fitted_spline_maps_the_same_in_vtk():
    dimensions = (40, 30, 35)
    region = Grid(dimensions, grid_matrix(dimensions, (3.0, 4.0, 3.5), rotation_about((0, 1, 1), 30.0)))
    fit = fit_landmarks("bspline", scattered(half_mm=45.0), moved(scattered(half_mm=45.0)), region)
    assert fit.spline is not None
    transform = spline_then_linear_transform(fit.spline.coefficients_ras, fit.spline.grid, fit.linear)
    points = scattered(500, seed=6, half_mm=150.0)
    np.testing.assert_allclose(transformed_points(transform, points), fit.map(points), atol=SAME_MM)


@pytest.mark.parametrize("kind", [thin_plate, spline_then_linear, thin_plate_in_a_chain])
@pytest.mark.parametrize("ending", [".h5", ".tfm"])
def test_a_file_keeps_it_in_both_directions(
    kind: Callable[[], vtk.vtkAbstractTransform], ending, scene, tmp_path: Path
):
    points = scattered(200, seed=3)
    expected = transformed_points(kind(), points)
    path = tmp_path / f"fit{ending}"
    write_transform(add_transform_node(scene, kind(), "fit"), path)
    node = read_transform(scene, path)
    np.testing.assert_allclose(transformed_points(node.GetTransformFromParent(), points), expected, atol=AFTER_FILE_MM)
    back = transformed_points(node.GetTransformToParent(), expected)
    np.testing.assert_allclose(back, points, atol=3 * AFTER_FILE_MM)  # the inverse is iterated


@pytest.mark.parametrize("kind", [thin_plate, spline_then_linear])
def test_an_inverted_node_is_kept_by_a_file_as_well(kind, scene, tmp_path: Path):
    points = scattered(100, seed=3)
    node = add_transform_node(scene, kind(), "fit")
    node.Inverse()
    write_transform(node, tmp_path / "inverse.h5")
    found = read_transform(scene, tmp_path / "inverse.h5").GetTransformFromParent()
    np.testing.assert_allclose(
        transformed_points(found, transformed_points(kind(), points)), points, atol=3 * AFTER_FILE_MM
    )


@pytest.mark.parametrize("kind", [thin_plate, spline_then_linear])
def test_a_registration_can_start_from_it(kind, scene):
    points = scattered(100, seed=3)
    taken = transform_from_parent(add_transform_node(scene, kind(), "fit"))
    # A copy in MRML holds the landmarks of a thin plate with single precision.
    np.testing.assert_allclose(transformed_points(taken, points), transformed_points(kind(), points), atol=1e-4)


def test_a_general_transform_node_holds_a_thin_plate_as_from_parent(scene):
    node = add_transform_node(scene, thin_plate(), "fit")
    assert node.GetClassName() == "vtkMRMLTransformNode"
    mapped = transformed_points(node.GetTransformFromParent(), scattered())
    np.testing.assert_allclose(mapped, moved(scattered()), atol=1e-8)
