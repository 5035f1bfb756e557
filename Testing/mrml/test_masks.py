"""Masks from volumes come out as 0 and 1 on the voxels of the volume they belong to, wherever they were drawn."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import vtk

from ElastixPlusLib.errors import MaskError
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.transforms import grid_transform
from ElastixPlusLib.mrml.volumes import voxel_array
from phantoms import (
    add_linear_transform,
    add_points,
    add_volume,
    grid_matrix,
    grid_positions,
    rotation_about,
    shift,
    vtk_matrix,
)
from rasterised import covered, mask_on_grid, voxel_count

DIMENSIONS = (20, 18, 16)


@pytest.fixture
def grid() -> Grid:
    return Grid(DIMENSIONS, grid_matrix(DIMENSIONS, (2.0, 2.0, 2.0), rotation_about((1, 2, 3), 15.0)))


@pytest.fixture
def drawn() -> np.ndarray:
    """A brick that is different along every axis."""
    voxels = np.zeros(DIMENSIONS[::-1], bool)
    voxels[4:9, 3:12, 10:17] = True
    return voxels


def add_mask(scene: slicer.vtkMRMLScene, voxels: np.ndarray, ijk_to_ras: np.ndarray) -> slicer.vtkMRMLScalarVolumeNode:
    return add_volume(scene, voxels, ijk_to_ras, "mask", "vtkMRMLLabelMapVolumeNode")


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1, np.uint8),
        (-1, np.int8),
        (256, np.int16),
        (1000, np.uint16),
        (65536, np.int32),
        (2**40, np.int64),
        (256, np.uint64),
        (0.25, np.float32),
        (1e-12, np.float64),
    ],
)
def test_everything_but_zero_belongs_to_the_mask(value, dtype, scene, grid, drawn):
    mask = mask_on_grid(add_mask(scene, (drawn * value).astype(dtype), grid.ijk_to_world), grid, "fixed")
    np.testing.assert_array_equal(covered(mask), drawn)
    assert voxel_count(mask) == drawn.sum()
    assert mask.inside_fraction == 1.0


def test_several_labels_make_one_mask(scene, grid, drawn):
    voxels = drawn.astype(np.int16) * 256
    voxels[0, 0, 0] = 3
    mask = mask_on_grid(add_mask(scene, voxels, grid.ijk_to_world), grid, "fixed")
    assert voxel_count(mask) == drawn.sum() + 1


def test_a_scalar_volume_is_a_mask_too(scene, grid, drawn):
    node = add_volume(scene, drawn.astype(np.float32), grid.ijk_to_world)
    np.testing.assert_array_equal(covered(mask_on_grid(node, grid, "fixed")), drawn)


def test_a_mask_drawn_on_another_grid_lies_at_the_same_place(scene, grid):
    dimensions = (50, 52, 54)
    finer = Grid(dimensions, grid_matrix(dimensions, (0.7, 0.8, 0.9), rotation_about((0, 1, 0), 40.0), (3.0, 2.0, 1.0)))
    ball = (np.linalg.norm(grid_positions(dimensions, finer.ijk_to_world) - [3, 2, 1], axis=1) < 10).reshape(54, 52, 50)
    mask = mask_on_grid(add_mask(scene, ball.astype(np.uint8), finer.ijk_to_world), grid, "fixed")
    distance = np.linalg.norm(grid_positions(DIMENSIONS, grid.ijk_to_world) - [3, 2, 1], axis=1).reshape(
        DIMENSIONS[::-1]
    )
    assert covered(mask)[distance < 9.3].all()
    assert not covered(mask)[distance > 10.7].any()
    assert mask.inside_fraction == 1.0


@pytest.mark.parametrize("value", [1, 1000])
def test_a_mask_does_not_grow_with_the_value_of_its_label(value, scene, grid, drawn):
    half_a_voxel = shift(0.6, 0.6, 0.6)
    masks = [
        mask_on_grid(add_mask(scene, (drawn * label).astype(np.int16), half_a_voxel @ grid.ijk_to_world), grid, "fixed")
        for label in (1, value)
    ]
    np.testing.assert_array_equal(covered(masks[0]), covered(masks[1]))
    assert voxel_count(masks[1]) == drawn.sum()


def test_the_part_within_the_volume_is_estimated_from_all_over_a_big_mask(scene, monkeypatch):
    monkeypatch.setattr("ElastixPlusLib.mrml.mask_regions._SAMPLES", 500)
    straight = grid_matrix(DIMENSIONS, (2.0, 2.0, 2.0))
    node = add_mask(scene, np.ones(DIMENSIONS[::-1], np.uint8), shift(0, 0, 16) @ straight)
    assert mask_on_grid(node, Grid(DIMENSIONS, straight), "fixed").inside_fraction == pytest.approx(0.5, abs=0.02)


def test_a_linear_parent_moves_the_mask(scene, grid, drawn):
    turn = shift(4, -2, 6) @ rotation_about((0, 0, 1), 30.0)
    node = add_mask(scene, drawn.astype(np.uint8), np.linalg.inv(turn) @ grid.ijk_to_world)
    node.SetAndObserveTransformNodeID(add_linear_transform(scene, turn).GetID())
    np.testing.assert_array_equal(covered(mask_on_grid(node, grid, "fixed")), drawn)


def test_a_shearing_parent_moves_the_mask(scene, grid, drawn):
    shear = np.array([[1.0, 0.3, 0, 0], [0, 1, 0.2, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    node = add_mask(scene, drawn.astype(np.uint8), np.linalg.inv(shear) @ grid.ijk_to_world)
    node.SetAndObserveTransformNodeID(add_linear_transform(scene, shear).GetID())
    np.testing.assert_array_equal(covered(mask_on_grid(node, grid, "fixed")), drawn)


def test_a_deforming_parent_moves_the_mask(scene, grid, drawn):
    coarse = Grid((9, 9, 9), grid_matrix((9, 9, 9), (15, 15, 15)))
    displacements = np.zeros((9, 9, 9, 3))
    displacements[..., 0] = 6.0  # the same everywhere, so that the answer is known: three voxels along x
    straight = grid_matrix(DIMENSIONS, (2.0, 2.0, 2.0))
    node = add_mask(scene, drawn.astype(np.uint8), straight)
    parent = scene.AddNewNodeByClass("vtkMRMLTransformNode", "parent")
    parent.SetAndObserveTransformToParent(grid_transform(displacements, coarse))
    node.SetAndObserveTransformNodeID(parent.GetID())
    mask = mask_on_grid(node, Grid(DIMENSIONS, straight), "fixed")
    np.testing.assert_array_equal(covered(mask)[:, :, 3:], drawn[:, :, :-3])
    assert not covered(mask)[:, :, :3].any()
    assert mask.inside_fraction == 1.0


@pytest.mark.parametrize(("shift_mm", "fraction"), [(0.0, 1.0), (10.0, 1 - 2 / 7), (14.0, 1 - 4 / 7), (18.0, 1 / 7)])
def test_the_part_of_the_mask_within_the_volume_is_told(shift_mm, fraction, scene, drawn):
    straight = grid_matrix(DIMENSIONS, (2.0, 2.0, 2.0))
    node = add_mask(scene, drawn.astype(np.uint8), shift(shift_mm, 0, 0) @ straight)
    mask = mask_on_grid(node, Grid(DIMENSIONS, straight), "fixed")
    assert mask.inside_fraction == pytest.approx(fraction)


def test_the_part_within_the_volume_does_not_depend_on_the_size_of_the_voxels(scene):
    """A thin mask on a fine grid covers hardly any voxel centre of a coarse volume, and still lies within it."""
    fine = np.zeros((40, 40, 40), np.uint8)
    fine[:, :, 20] = 1
    node = add_mask(scene, fine, grid_matrix((40, 40, 40), (0.5, 0.5, 0.5)))
    coarse = Grid((8, 8, 8), grid_matrix((8, 8, 8), (4.0, 4.0, 4.0), center=(0.25, 0.0, 0.0)))
    voxels_at = coarse.ijk_to_world.copy()
    voxels_at[0, 3] += 2.0
    mask = mask_on_grid(node, Grid((8, 8, 8), voxels_at), "fixed")
    assert mask.inside_fraction == 1.0


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_an_empty_mask_is_refused(dtype, scene, grid):
    node = add_mask(scene, np.zeros(DIMENSIONS[::-1], dtype), grid.ijk_to_world)
    with pytest.raises(MaskError, match="The moving mask is empty"):
        mask_on_grid(node, grid, "moving")


def test_a_mask_node_without_voxels_is_refused(scene, grid):
    with pytest.raises(MaskError, match="The fixed mask has no voxels"):
        mask_on_grid(scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "mask"), grid, "fixed")


def test_a_mask_outside_the_volume_is_refused(scene, grid, drawn):
    node = add_mask(scene, drawn.astype(np.uint8), shift(500, 0, 0) @ grid.ijk_to_world)
    with pytest.raises(MaskError, match="The fixed mask lies outside the fixed volume"):
        mask_on_grid(node, grid, "fixed")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_mask_with_voxels_that_are_no_numbers_is_refused(value, scene, grid, drawn):
    voxels = drawn.astype(np.float32)
    voxels[0, 0, 0] = value
    with pytest.raises(MaskError, match="not finite"):
        mask_on_grid(add_mask(scene, voxels, grid.ijk_to_world), grid, "fixed")


def test_a_colour_image_as_mask_is_refused(scene, grid):
    image = vtk.vtkImageData()
    image.SetDimensions(*DIMENSIONS)
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 3)
    node = scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "colours")
    node.SetAndObserveImageData(image)
    with pytest.raises(MaskError, match="3 values per voxel"):
        mask_on_grid(node, grid, "fixed")


def test_another_kind_of_node_as_mask_is_refused(scene, grid):
    with pytest.raises(MaskError, match="Choose a labelmap volume, a segmentation, a ROI box or a closed"):
        mask_on_grid(add_points(scene, np.zeros((1, 3))), grid, "fixed")


def test_an_image_with_an_origin_of_its_own_is_read_by_its_indices(scene, grid, drawn):
    node = add_mask(scene, drawn.astype(np.uint8), grid.ijk_to_world)
    node.GetImageData().SetOrigin(7.0, 8.0, 9.0)
    np.testing.assert_array_equal(covered(mask_on_grid(node, grid, "fixed")), drawn)


def test_rasterising_a_mask_leaves_its_node_and_the_scene_as_they_were(scene, grid, drawn):
    node = add_mask(scene, drawn.astype(np.int16) * 256, shift(1, 1, 1) @ grid.ijk_to_world)
    node.SetAndObserveTransformNodeID(add_linear_transform(scene, shift(-1, 0, 0)).GetID())
    before = (node.GetImageData().GetMTime(), node.GetTransformNodeID(), scene.GetNumberOfNodes())
    mask_on_grid(node, grid, "fixed")
    after = (node.GetImageData().GetMTime(), node.GetTransformNodeID(), scene.GetNumberOfNodes())
    assert after == before
    np.testing.assert_array_equal(voxel_array(node.GetImageData()), drawn * 256)
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    expected = vtk_matrix(shift(1, 1, 1) @ grid.ijk_to_world)
    assert max(abs(matrix.GetElement(i, j) - expected.GetElement(i, j)) for i in range(4) for j in range(4)) < 1e-12
