"""A volume is taken as it lies in the world: exactly where its geometry can say it, resampled only where it cannot."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import slicer
import vtk

from ElastixPlusLib.elastix.transform_file import BSplineStep, TransformChain
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.frames import transformed_points
from ElastixPlusLib.mrml.transforms import grid_transform, vtk_transform_from_chain
from ElastixPlusLib.mrml.volumes import WorldVolume, own_grid, voxel_array, world_volume
from phantoms import (
    add_anatomy,
    add_linear_transform,
    add_volume,
    grid_matrix,
    grid_positions,
    rotation_about,
    shift,
    vtk_matrix,
)

FOLDED = {
    "rotation": rotation_about((1, 2, 3), 40.0),
    "translation": shift(100.0, -20.0, 3.0),
    "uniform scale": np.diag([1.5, 1.5, 1.5, 1.0]),
    "mirror": np.diag([-1.0, 1.0, 1.0, 1.0]),
    "rotation, mirror and scale": shift(1, 2, 3) @ rotation_about((1, 0, 1), 20.0) @ np.diag([-2.0, 2.0, 2.0, 1.0]),
}


def bspline(amplitude_mm: float = 3.0) -> vtk.vtkAbstractTransform:
    coefficients = np.random.default_rng(8).normal(0.0, amplitude_mm, (11, 11, 11, 3))
    step = BSplineStep(coefficients, np.full(3, -100.0), np.full(3, 20.0), np.eye(3), 3, "BSplineTransform")
    return vtk_transform_from_chain(TransformChain((step,)))


def field() -> vtk.vtkAbstractTransform:
    grid = Grid((11, 11, 11), grid_matrix((11, 11, 11), (20.0, 20.0, 20.0), rotation_about((0, 0, 1), 10.0)))
    return grid_transform(np.random.default_rng(9).normal(0.0, 1.5, (11, 11, 11, 3)), grid)


def composite() -> vtk.vtkAbstractTransform:
    general = vtk.vtkGeneralTransform()
    general.Concatenate(vtk_matrix(shift(5, 6, 7) @ rotation_about((1, 1, 0), 12.0)))
    general.Concatenate(bspline())
    return general


def put_under(volume: slicer.vtkMRMLVolumeNode, to_parent: vtk.vtkAbstractTransform) -> None:
    parent = volume.GetScene().AddNewNodeByClass("vtkMRMLTransformNode", "parent")
    parent.SetAndObserveTransformToParent(to_parent)
    volume.SetAndObserveTransformNodeID(parent.GetID())


def state(volume: slicer.vtkMRMLVolumeNode) -> tuple[object, ...]:
    """Everything of a node that must not change."""
    matrix = own_grid(volume).ijk_to_world
    image = volume.GetImageData()
    return (
        hashlib.sha256(voxel_array(image).tobytes()).hexdigest(),
        matrix.tobytes(),
        volume.GetTransformNodeID(),
        volume.GetStorageNodeID(),
        image.GetMTime(),
        image.GetOrigin(),
        image.GetSpacing(),
        volume.GetScene().GetNumberOfNodes(),
    )


def shares_voxels(world: WorldVolume, volume: slicer.vtkMRMLVolumeNode) -> bool:
    return world.image.GetPointData().GetScalars() is volume.GetImageData().GetPointData().GetScalars()


def ramp(positions_ras: np.ndarray) -> np.ndarray:
    """Grey values that linear interpolation reproduces exactly, different at every place."""
    return positions_ras @ [3.0, -5.0, 2.0] + 700.0


def add_ramp(scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLScalarVolumeNode:
    ijk_to_ras = grid_matrix((36, 32, 28), (2.0, 2.2, 2.4), rotation_about((1, 2, 3), 25.0))
    voxels = ramp(grid_positions((36, 32, 28), ijk_to_ras)).reshape(28, 32, 36)
    return add_volume(scene, voxels, ijk_to_ras)


def assert_shows_the_ramp(world: WorldVolume, volume: slicer.vtkMRMLVolumeNode, from_world: np.ndarray) -> None:
    """The value at a world position is the ramp's value at the place it was brought from.

    :param from_world: for every voxel of ``world``, where it lay in the volume's own frame.
    """
    inner = own_grid(volume)
    within = ((inner.indices(from_world) >= 0) & (inner.indices(from_world) <= np.array(inner.dimensions) - 1)).all(
        axis=1
    )
    assert np.count_nonzero(within) > 20_000
    np.testing.assert_allclose(world.voxels.ravel()[within], ramp(from_world)[within], atol=1e-3)


def test_a_volume_without_parent_is_taken_as_it_is(scene):
    volume = add_anatomy(scene, axes=rotation_about((1, 2, 3), 25.0))
    world = world_volume(volume)
    assert shares_voxels(world, volume)
    np.testing.assert_allclose(world.grid.ijk_to_world, own_grid(volume).ijk_to_world, rtol=0, atol=1e-9)


def test_noise_in_the_last_bits_of_a_geometry_does_not_reach_elastix(scene):
    """A volume read back from a file gives the very same run as the one in the scene."""
    grids = []
    for noise in (0.0, 3e-14):
        volume = add_anatomy(scene, axes=rotation_about((1, 2, 3), 25.0))
        volume.SetOrigin(*(np.array([12.345678, -77.7, 1e-5]) + noise))
        grids.append(world_volume(volume).grid.ijk_to_world)
    np.testing.assert_array_equal(*grids)


@pytest.mark.parametrize("name", FOLDED)
def test_a_parent_that_keeps_right_angles_is_folded_into_the_geometry(name, scene):
    volume = add_anatomy(scene, axes=rotation_about((1, 2, 3), 25.0))
    volume.SetAndObserveTransformNodeID(add_linear_transform(scene, FOLDED[name]).GetID())
    world = world_volume(volume)
    assert shares_voxels(world, volume), "not a voxel needs to change"
    np.testing.assert_allclose(world.grid.ijk_to_world, FOLDED[name] @ own_grid(volume).ijk_to_world, atol=1e-10)


def test_an_uneven_scale_along_the_axes_is_folded_too(scene):
    volume = add_anatomy(scene)
    volume.SetAndObserveTransformNodeID(add_linear_transform(scene, np.diag([0.5, 2.0, 3.0, 1.0])).GetID())
    world = world_volume(volume)
    assert shares_voxels(world, volume)
    np.testing.assert_allclose(world.grid.spacing_mm, np.array([2.0, 2.2, 2.4]) * [0.5, 2.0, 3.0])


def test_parents_of_parents_count(scene):
    volume = add_anatomy(scene)
    outer, inner = (
        add_linear_transform(scene, rotation_about((0, 0, 1), 90.0)),
        add_linear_transform(scene, shift(7, 0, 0)),
    )
    inner.SetAndObserveTransformNodeID(outer.GetID())
    volume.SetAndObserveTransformNodeID(inner.GetID())
    np.testing.assert_allclose(world_volume(volume).grid.center_ras, (0.0, 7.0, 0.0), atol=1e-10)


def test_a_shearing_parent_is_resampled_to_the_same_place_in_the_world(scene):
    shear = np.array([[1.0, 0.3, 0.1, 4.0], [0, 1.0, 0.2, 5.0], [0, 0, 1.0, 6.0], [0, 0, 0, 1.0]])
    volume = add_ramp(scene)
    volume.SetAndObserveTransformNodeID(add_linear_transform(scene, shear).GetID())
    world = world_volume(volume)
    positions = grid_positions(world.grid.dimensions, world.grid.ijk_to_world)
    inverse = np.linalg.inv(shear)
    assert_shows_the_ramp(world, volume, positions @ inverse[:3, :3].T + inverse[:3, 3])
    along = np.sum(world.grid.ijk_to_world[:3, :3] * own_grid(volume).ijk_to_world[:3, :3], axis=0)
    assert (along > 0).all(), "the axes keep their sense"
    axes = world.grid.ijk_to_world[:3, :3] / world.grid.spacing_mm
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-12)


def test_a_volume_whose_own_axes_are_skewed_is_resampled_where_it_lies(scene):
    volume = add_ramp(scene)
    skewed = own_grid(volume).ijk_to_world.copy()
    skewed[:3, 2] += 0.3 * skewed[:3, 0]  # a tilted gantry
    volume.SetIJKToRASMatrix(vtk_matrix(skewed))
    voxel_array(volume.GetImageData())[...] = ramp(grid_positions((36, 32, 28), skewed)).reshape(28, 32, 36)
    world = world_volume(volume)
    assert_shows_the_ramp(world, volume, grid_positions(world.grid.dimensions, world.grid.ijk_to_world))


@pytest.mark.parametrize("parent", [bspline, field, composite])
def test_a_deforming_parent_is_resampled_so_that_world_positions_agree(parent, scene):
    volume = add_ramp(scene)
    to_parent = parent()
    put_under(volume, to_parent)
    world = world_volume(volume)
    positions = grid_positions(world.grid.dimensions, world.grid.ijk_to_world)
    original = transformed_points(to_parent.GetInverse(), positions)
    assert np.linalg.norm(original - positions, axis=1).max() > 2.0, "a parent that moves nothing proves nothing"
    assert np.linalg.norm(transformed_points(to_parent, original) - positions, axis=1).max() < 0.05
    assert_shows_the_ramp(world, volume, original)


def test_the_resampled_grid_covers_all_of_the_deformed_volume(scene):
    volume = add_anatomy(scene)
    to_parent = bspline(6.0)
    put_under(volume, to_parent)
    world = world_volume(volume)
    corners = own_grid(volume).positions_ras(np.stack(np.meshgrid([0, 39], [0, 35], [0, 31]), -1).reshape(-1, 3))
    assert world.grid.outside_mm(transformed_points(to_parent, corners)).max() == 0
    np.testing.assert_allclose(world.grid.spacing_mm, (2.0, 2.2, 2.4))


def test_what_the_deformed_volume_does_not_reach_gets_its_lowest_value(scene):
    volume = add_anatomy(scene)
    voxel_array(volume.GetImageData())[...] -= 1024
    volume.GetImageData().GetPointData().GetScalars().Modified()
    put_under(volume, composite())
    world = world_volume(volume)
    assert world.voxels[0, 0, 0] == world.lowest_value == -1024


def test_a_deformed_labelmap_gets_no_labels_in_between(scene):
    voxels = np.zeros((20, 20, 20), np.int16)
    voxels[6:14, 6:14, 6:14] = 100
    volume = add_volume(scene, voxels, grid_matrix((20, 20, 20), (3, 3, 3)), node_class="vtkMRMLLabelMapVolumeNode")
    put_under(volume, bspline())
    assert set(np.unique(world_volume(volume).voxels)) == {0, 100}


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.uint64, np.float32])
def test_a_deformed_volume_keeps_its_voxel_type(dtype, scene):
    volume = add_anatomy(scene)
    anatomy = voxel_array(volume.GetImageData()) / 8
    typed = add_volume(scene, anatomy.astype(dtype), own_grid(volume).ijk_to_world)
    put_under(typed, bspline())
    world = world_volume(typed)
    assert world.voxels.dtype == dtype
    assert world.voxels.max() > 5


@pytest.mark.parametrize("parent", [None, bspline, field, composite])
def test_taking_a_volume_out_of_the_scene_leaves_the_scene_as_it_was(parent, scene):
    volume = add_anatomy(scene)
    if parent is not None:
        put_under(volume, parent())
    else:
        volume.SetAndObserveTransformNodeID(add_linear_transform(scene, FOLDED["mirror"]).GetID())
    before = state(volume)
    world_volume(volume)
    assert state(volume) == before


def test_an_image_with_an_origin_of_its_own_is_read_by_its_indices(scene):
    volume = add_anatomy(scene)
    volume.GetImageData().SetOrigin(5.0, 6.0, 7.0)
    volume.GetImageData().SetSpacing(2.0, 2.0, 2.0)
    before = state(volume)
    world = world_volume(volume)
    assert world.image.GetOrigin() == (0.0, 0.0, 0.0)
    assert world.image.GetSpacing() == (1.0, 1.0, 1.0)
    np.testing.assert_array_equal(world.voxels, voxel_array(volume.GetImageData()))
    assert state(volume) == before
