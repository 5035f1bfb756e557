"""A transform to start from is taken out of its node as a copy, in the world, and as a field that elastix can read."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import vtk

from ElastixPlusLib.elastix.transform_file import BSplineStep, TransformChain
from ElastixPlusLib.errors import InitialTransformError
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.files import read_transform
from ElastixPlusLib.mrml.frames import transformed_points
from ElastixPlusLib.mrml.transforms import (
    add_transform_node,
    composed,
    grid_transform,
    linear_transform,
    transform_from_parent,
    vtk_transform_from_chain,
    write_displacement_field,
)
from phantoms import add_linear_transform, grid_matrix, mapped, rotation_about, shift, vtk_matrix


def spline() -> vtk.vtkAbstractTransform:
    coefficients = np.random.default_rng(2).normal(0.0, 2.0, (9, 9, 9, 3))
    step = BSplineStep(coefficients, np.full(3, -80.0), np.full(3, 20.0), np.eye(3), 3, "BSplineTransform")
    return vtk_transform_from_chain(TransformChain((step,)))


def field() -> vtk.vtkAbstractTransform:
    grid = Grid((9, 9, 9), grid_matrix((9, 9, 9), (20, 20, 20), rotation_about((0, 0, 1), 10.0)))
    return grid_transform(np.random.default_rng(3).normal(0.0, 2.0, (9, 9, 9, 3)), grid)


def thin_plate() -> vtk.vtkAbstractTransform:
    random = np.random.default_rng(4)
    source, target = vtk.vtkPoints(), vtk.vtkPoints()
    for point in random.uniform(-50, 50, (8, 3)):
        source.InsertNextPoint(point)
        target.InsertNextPoint(point + random.uniform(-4, 4, 3))
    transform = vtk.vtkThinPlateSplineTransform()
    transform.SetBasisToR()
    transform.SetSourceLandmarks(source)
    transform.SetTargetLandmarks(target)
    return transform


def composite() -> vtk.vtkAbstractTransform:
    return composed(
        [linear_transform(rotation_about((1, 0, 0), 10.0)), spline(), linear_transform(shift(1, 2, 3)), field()]
    )


DEFORMATIONS = [spline, field, thin_plate, composite]


def points() -> np.ndarray:
    return np.random.default_rng(5).uniform(-30, 30, (200, 3))


def test_a_linear_node_gives_a_matrix(scene):
    node = add_transform_node(scene, linear_transform(shift(1, 2, 3)), "start")
    transform = transform_from_parent(node)
    assert isinstance(transform, vtk.vtkTransform)
    np.testing.assert_array_equal(transformed_points(transform, points()), points() + np.array([1, 2, 3]))


def test_a_matrix_that_moves_the_moving_volume_is_inverted(scene):
    transform = transform_from_parent(add_linear_transform(scene, shift(1, 2, 3)))
    np.testing.assert_allclose(transformed_points(transform, points()), points() - [1, 2, 3], atol=1e-12)


@pytest.mark.parametrize("kind", DEFORMATIONS)
@pytest.mark.parametrize("side", ["from", "to"])
def test_a_deformation_is_taken_in_the_direction_from_fixed_to_moving(side, kind, scene):
    node = scene.AddNewNodeByClass("vtkMRMLTransformNode", "start")
    getattr(node, f"SetAndObserveTransform{side.title()}Parent")(kind())
    np.testing.assert_allclose(
        transformed_points(transform_from_parent(node), points()), mapped(node, points()), atol=1e-9
    )


@pytest.mark.parametrize("kind", [lambda: linear_transform(rotation_about((1, 1, 0), 15.0)), *DEFORMATIONS])
def test_parents_of_the_start_count(kind, scene):
    matrix = shift(5, 6, 7) @ rotation_about((1, 0, 0), 20.0)
    node = add_transform_node(scene, kind(), "start")
    alone = transform_from_parent(node)
    node.SetAndObserveTransformNodeID(add_linear_transform(scene, matrix).GetID())
    inverse = np.linalg.inv(matrix)
    expected = transformed_points(alone, points() @ inverse[:3, :3].T + inverse[:3, 3])
    np.testing.assert_allclose(transformed_points(transform_from_parent(node), points()), expected, atol=1e-6)


@pytest.mark.parametrize("side", ["from", "to"])
def test_the_start_shares_nothing_with_its_node(side, scene):
    data = spline()
    node = scene.AddNewNodeByClass("vtkMRMLTransformNode", "start")
    getattr(node, f"SetAndObserveTransform{side.title()}Parent")(data)
    taken = transform_from_parent(node)
    before = transformed_points(taken, points())
    assert taken is not node.GetTransformFromParent()
    data.GetCoefficientData().GetPointData().GetScalars().Fill(0.0)
    data.GetCoefficientData().Modified()
    data.Modified()
    np.testing.assert_array_equal(transformed_points(taken, points()), before)


def test_a_result_made_of_the_start_does_not_change_when_the_start_node_does(scene):
    start = add_transform_node(scene, field(), "start")
    result = add_transform_node(scene, composed([transform_from_parent(start)]), "result")
    before = mapped(result, points())
    start.Inverse()
    np.testing.assert_array_equal(mapped(result, points()), before)
    start.SetAndObserveTransformFromParent(spline())
    np.testing.assert_array_equal(mapped(result, points()), before)


def test_an_empty_node_is_refused(scene):
    with pytest.raises(InitialTransformError, match="empty"):
        transform_from_parent(scene.AddNewNodeByClass("vtkMRMLTransformNode", "start"))


@pytest.mark.parametrize("axes", [np.eye(4), rotation_about((1, 2, 3), 25.0), np.diag([1.0, -1.0, 1.0, 1.0])])
@pytest.mark.parametrize("kind", [spline, composite])
def test_the_displacement_field_shows_the_transform_at_every_voxel(kind, axes, scene, tmp_path):
    dimensions = (9, 10, 11)
    grid = Grid(dimensions, grid_matrix(dimensions, (3.0, 3.1, 3.2), axes, center=(5.0, -6.0, 7.0)))
    write_displacement_field(kind(), grid, tmp_path / "field.mha")
    read = read_transform(scene, tmp_path / "field.mha").GetTransformFromParent()
    assert isinstance(read, slicer.vtkOrientedGridTransform)
    indices = np.random.default_rng(1).integers(0, dimensions, (300, 3)).astype(float)
    places = grid.positions_ras(indices)
    expected = transformed_points(kind(), places)
    assert np.linalg.norm(expected - places, axis=1).max() > 1.0
    np.testing.assert_allclose(transformed_points(read, places), expected, atol=1e-4)


def test_the_displacement_field_is_made_of_lps_floats(tmp_path):
    grid = Grid((4, 4, 4), np.eye(4))
    write_displacement_field(linear_transform(shift(1.0, 2.0, 3.0)), grid, tmp_path / "field.mha")
    header, _, voxels = (tmp_path / "field.mha").read_bytes().partition(b"ElementDataFile = LOCAL\n")
    assert b"ElementNumberOfChannels = 3\n" in header
    assert b"ElementType = MET_FLOAT\n" in header
    np.testing.assert_array_equal(np.frombuffer(voxels, np.float32).reshape(-1, 3), np.tile([-1.0, -2.0, 3.0], (64, 1)))


def test_a_field_from_a_file_is_interpolated_linearly_as_itk_means_it(scene, tmp_path):
    grid = Grid((4, 4, 4), grid_matrix((4, 4, 4), (10, 10, 10)))
    bend = grid_transform(np.random.default_rng(1).normal(0, 3, (4, 4, 4, 3)), grid)
    write_displacement_field(bend, grid, tmp_path / "field.mha")
    read = read_transform(scene, tmp_path / "field.mha")
    between = np.random.default_rng(2).uniform(-14, 14, (100, 3))
    np.testing.assert_allclose(mapped(read, between), transformed_points(bend, between), atol=1e-5)


def test_a_shearing_start_is_still_linear(scene):
    node = scene.AddNewNodeByClass("vtkMRMLTransformNode", "start")
    shear = np.eye(4)
    shear[0, 1] = 0.3
    transform = vtk.vtkTransform()
    transform.SetMatrix(vtk_matrix(shear))
    node.SetAndObserveTransformFromParent(transform)
    taken = transform_from_parent(node)
    assert isinstance(taken, vtk.vtkTransform)
    np.testing.assert_allclose(transformed_points(taken, points()), points() @ shear[:3, :3].T, atol=1e-12)
