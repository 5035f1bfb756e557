"""RAS and LPS are turned into each other in one place, and points go through VTK transforms without loss."""

from __future__ import annotations

import numpy as np
import pytest
import vtk

from ElastixPlusLib.mrml.frames import (
    array_from_matrix,
    flip_matrix,
    flip_points,
    matrix_from_array,
    transform_to_world,
    transformed_points,
    transformed_points_steps,
)
from ElastixPlusLib.steps import run_to_end
from phantoms import add_anatomy, add_linear_transform, rotation_about, shift, vtk_matrix


def test_left_and_posterior_change_their_sign_and_superior_does_not():
    assert flip_points(np.array([1.0, 2.0, 3.0])).tolist() == [-1.0, -2.0, 3.0]


def test_a_flipped_matrix_maps_flipped_points_to_flipped_points():
    matrix = shift(1, 2, 3) @ rotation_about((1, 2, 3), 40.0)
    points = np.random.default_rng(1).normal(0, 50, (20, 3))
    mapped = points @ matrix[:3, :3].T + matrix[:3, 3]
    flipped = flip_matrix(matrix)
    np.testing.assert_allclose(
        flip_points(points) @ flipped[:3, :3].T + flipped[:3, 3], flip_points(mapped), atol=1e-12
    )


def test_matrices_go_to_vtk_and_back_row_by_row():
    array = np.arange(16.0).reshape(4, 4)
    np.testing.assert_array_equal(array_from_matrix(matrix_from_array(array)), array)
    assert matrix_from_array(array).GetElement(1, 3) == 7.0


def test_points_are_mapped_in_double_precision():
    transform = vtk.vtkTransform()
    transform.SetMatrix(vtk_matrix(shift(1e-9, 0, 0)))
    assert transformed_points(transform, np.array([[1000.0, 2.0, 3.0]]))[0, 0] - 1000.0 == pytest.approx(1e-9, rel=1e-3)


def test_without_a_transform_points_are_copied():
    points = np.array([[1.0, 2.0, 3.0]])
    mapped = transformed_points(None, points)
    mapped[0, 0] = 5.0
    assert points[0, 0] == 1.0


def test_points_given_to_a_transform_stay_as_they_are():
    transform = vtk.vtkTransform()
    transform.Translate(1, 1, 1)
    points = np.array([[1.0, 2.0, 3.0]])
    assert transformed_points(transform, points).tolist() == [[2.0, 3.0, 4.0]]
    assert points.tolist() == [[1.0, 2.0, 3.0]]


@pytest.mark.parametrize("transform", [None, vtk.vtkTransform()])
def test_no_points_are_no_points_after_mapping(transform):
    assert transformed_points(transform, np.zeros((0, 3))).shape == (0, 3)


def test_a_node_without_parent_needs_no_transform_to_the_world(scene):
    assert transform_to_world(add_anatomy(scene)) is None


def test_linear_parents_give_one_matrix(scene):
    volume, parent = add_anatomy(scene), add_linear_transform(scene, shift(1, 2, 3))
    volume.SetAndObserveTransformNodeID(parent.GetID())
    transform = transform_to_world(volume)
    assert isinstance(transform, vtk.vtkTransform)
    np.testing.assert_array_equal(array_from_matrix(transform.GetMatrix()), shift(1, 2, 3))


def test_a_deforming_parent_gives_a_general_transform_with_its_own_parents(scene):
    volume = add_anatomy(scene)
    warp = scene.AddNewNodeByClass("vtkMRMLTransformNode", "warp")
    spline = vtk.vtkThinPlateSplineTransform()
    source, target = vtk.vtkPoints(), vtk.vtkPoints()
    for point in ((0, 0, 0), (50, 0, 0), (0, 50, 0), (0, 0, 50), (50, 50, 50)):
        source.InsertNextPoint(point)
        target.InsertNextPoint(point[0] + 0.1 * point[1] ** 2 / 50, point[1], point[2])
    spline.SetSourceLandmarks(source)
    spline.SetTargetLandmarks(target)
    spline.SetBasisToR()
    warp.SetAndObserveTransformToParent(spline)
    warp.SetAndObserveTransformNodeID(add_linear_transform(scene, shift(0, 0, 9)).GetID())
    volume.SetAndObserveTransformNodeID(warp.GetID())
    mapped = transformed_points(transform_to_world(volume), np.array([[0.0, 50.0, 0.0]]))
    np.testing.assert_allclose(mapped, [[5.0, 50.0, 9.0]], atol=1e-9)


@pytest.mark.parametrize("is_linear", [True, False])
def test_a_parent_that_is_left_out_takes_everything_above_it_along(is_linear, scene):
    below = add_linear_transform(scene, shift(1, 2, 3) @ rotation_about((0, 0, 1), 20.0))
    left_out, above = add_linear_transform(scene, shift(50, 0, 0)), add_linear_transform(scene, shift(0, 70, 0))
    if not is_linear:
        thin = vtk.vtkThinPlateSplineTransform()
        left_out = scene.AddNewNodeByClass("vtkMRMLTransformNode", "bent")
        left_out.SetAndObserveTransformToParent(thin)
    left_out.SetAndObserveTransformNodeID(above.GetID())
    below.SetAndObserveTransformNodeID(left_out.GetID())
    volume = add_anatomy(scene)
    volume.SetAndObserveTransformNodeID(below.GetID())
    points = np.random.default_rng(1).normal(0.0, 30.0, (20, 3))
    expected = points @ rotation_about((0, 0, 1), 20.0)[:3, :3].T + [1, 2, 3]
    np.testing.assert_allclose(transformed_points(transform_to_world(volume, left_out), points), expected, atol=1e-9)
    assert isinstance(transform_to_world(volume, left_out), vtk.vtkTransform)
    assert transform_to_world(volume, below) is None
    other = add_linear_transform(scene, shift(9, 9, 9))
    if is_linear:
        whole = transformed_points(transform_to_world(volume), points)
        np.testing.assert_allclose(whole, expected + np.array([50, 70, 0]), atol=1e-9)
        np.testing.assert_array_equal(transformed_points(transform_to_world(volume, other), points), whole)


def test_many_points_are_mapped_in_steps_as_at_once():
    transform = vtk.vtkTransform()
    transform.RotateWXYZ(20, 1, 2, 3)
    points = np.random.default_rng(1).normal(0.0, 30.0, (5000, 3))
    stepped = run_to_end(transformed_points_steps(transform, points))
    np.testing.assert_array_equal(stepped, transformed_points(transform, points))
    np.testing.assert_array_equal(run_to_end(transformed_points_steps(None, points)), points)
