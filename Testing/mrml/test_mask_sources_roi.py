"""A ROI box becomes a mask of the voxels whose centre it holds, however it is turned, moved or bent."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import vtk

from ElastixPlusLib.errors import MaskError
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.transforms import grid_transform
from phantoms import add_linear_transform, add_points, grid_matrix, rotation_about, shift
from rasterised import (
    AXES_AND_SPACING,
    add_roi,
    centers_ras,
    covered,
    mask_on_grid,
    named_grid,
    voxel_count,
    within_box,
)

SIZE_MM = (17.0, 23.0, 29.0)
TURNED = shift(3, -4, 5) @ rotation_about((3, 1, 2), 35.0)
SHEARING = np.array([[1.0, 0.3, 0, 4], [0, 1.2, 0.2, 0], [0, 0, 0.8, -3], [0, 0, 0, 1]])
BORDER_MM = 1e-3


@pytest.fixture
def grid() -> Grid:
    return named_grid("straight")


def assert_is_box(found: np.ndarray, grid: Grid, object_to_world: np.ndarray, size_mm=SIZE_MM) -> None:
    """Every voxel whose centre is not just on a face is as the definition of the box says."""
    depth = within_box(centers_ras(grid), object_to_world, size_mm)
    clear = np.abs(depth) > BORDER_MM
    assert clear.mean() > 0.99
    assert (depth > 0).any()
    np.testing.assert_array_equal(found[clear], (depth > 0)[clear])


def bent_by(scene: slicer.vtkMRMLScene, displacements: np.ndarray) -> slicer.vtkMRMLTransformNode:
    node = scene.AddNewNodeByClass("vtkMRMLTransformNode", "bend")
    coarse = Grid((9, 9, 9), grid_matrix((9, 9, 9), (15, 15, 15)))
    node.SetAndObserveTransformToParent(grid_transform(displacements, coarse))
    return node


@pytest.mark.parametrize("object_to_node", [shift(3, -4, 5), TURNED], ids=["upright", "turned"])
@pytest.mark.parametrize("name", AXES_AND_SPACING)
def test_a_box_covers_the_voxels_whose_centre_it_holds(name, object_to_node, scene):
    grid = named_grid(name)
    mask = mask_on_grid(add_roi(scene, SIZE_MM, object_to_node), grid, "fixed")
    assert_is_box(covered(mask), grid, object_to_node)
    assert mask.inside_fraction == 1.0


@pytest.mark.parametrize("name", ["straight", "left-handed"])
@pytest.mark.parametrize("offset_mm", [0.0, 0.3, 1.0, 1.7])
def test_an_upright_box_covers_as_many_voxels_as_it_is_long_also_if_its_faces_lie_on_their_centres(
    offset_mm, name, scene
):
    node = add_roi(scene, (20.0, 12.0, 8.0), shift(offset_mm, offset_mm, offset_mm))
    found = np.argwhere(covered(mask_on_grid(node, named_grid(name), "fixed")))
    assert (np.ptp(found, axis=0) + 1).tolist() == [4, 6, 10]
    assert len(found) == 4 * 6 * 10


def test_a_box_turned_by_a_quarter_covers_as_many_voxels(scene, grid):
    node = add_roi(scene, (20.0, 12.0, 8.0), rotation_about((0, 0, 1), 90.0))
    found = np.argwhere(covered(mask_on_grid(node, grid, "fixed")))
    assert (np.ptp(found, axis=0) + 1).tolist() == [4, 10, 6]
    assert len(found) == 4 * 6 * 10


@pytest.mark.parametrize(
    "to_parent",
    [shift(5, -4, 3) @ rotation_about((1, 0, 1), 40.0), np.diag([-1.0, 1.0, 1.0, 1.0]), SHEARING],
    ids=["turned", "mirrored", "sheared"],
)
def test_a_box_moves_with_its_linear_parents(to_parent, scene, grid):
    node = add_roi(scene, SIZE_MM, TURNED)
    outer, inner = add_linear_transform(scene, to_parent), add_linear_transform(scene, shift(1, 2, -3))
    inner.SetAndObserveTransformNodeID(outer.GetID())
    node.SetAndObserveTransformNodeID(inner.GetID())
    mask = mask_on_grid(node, grid, "fixed")
    assert_is_box(covered(mask), grid, to_parent @ shift(1, 2, -3) @ TURNED)


def test_a_box_bends_with_a_deforming_parent(scene, grid):
    bend = bent_by(scene, np.random.default_rng(3).normal(0.0, 1.5, (9, 9, 9, 3)))
    node = add_roi(scene, SIZE_MM, TURNED)
    node.SetAndObserveTransformNodeID(bend.GetID())
    found = covered(mask_on_grid(node, grid, "fixed"))
    from_world, centers = bend.GetTransformFromParent(), centers_ras(grid)
    straightened = np.array([from_world.TransformPoint(*point) for point in centers.reshape(-1, 3)])
    depth = within_box(straightened.reshape(centers.shape), TURNED, SIZE_MM)
    np.testing.assert_array_equal(found[np.abs(depth) > 0.1], (depth > 0)[np.abs(depth) > 0.1])
    assert (found != (within_box(centers, TURNED, SIZE_MM) > 0)).sum() > 50


def test_the_last_result_above_a_box_can_be_left_out(scene, grid):
    node, result = add_roi(scene, SIZE_MM, TURNED), add_linear_transform(scene, shift(9, 0, 0))
    parent = add_linear_transform(scene, shift(0, 5, 0))
    result.SetAndObserveTransformNodeID(add_linear_transform(scene, shift(0, 0, 500)).GetID())
    parent.SetAndObserveTransformNodeID(result.GetID())
    node.SetAndObserveTransformNodeID(parent.GetID())
    assert_is_box(covered(mask_on_grid(node, grid, "fixed", without=result)), grid, shift(0, 5, 0) @ TURNED)


def test_a_bounding_box_around_points_is_a_box_too(scene, grid):
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "around")
    node.SetROIType(node.ROITypeBoundingBox)
    for point in ((-6.5, -4.5, 3.5), (9.5, 2.5, 11.5)):
        node.AddControlPoint(vtk.vtkVector3d(*point))
    assert_is_box(covered(mask_on_grid(node, grid, "fixed")), grid, shift(1.5, -1.0, 7.5), (16.0, 7.0, 8.0))


@pytest.mark.parametrize(("x_mm", "fraction"), [(0.0, 1.0), (30.0, 0.5), (25.0, 0.75), (35.0, 0.25)])
def test_the_part_of_a_box_within_the_volume_is_told(x_mm, fraction, scene, grid):
    node = add_roi(scene, (20.0, 12.0, 8.0), shift(x_mm, 0, 0))  # the volume ends at x = 30 with its last voxel
    assert mask_on_grid(node, grid, "fixed").inside_fraction == pytest.approx(fraction, abs=0.011)


def test_a_box_around_the_whole_volume_covers_all_of_it(scene, grid):
    mask = mask_on_grid(add_roi(scene, (600.0, 700.0, 800.0), rotation_about((1, 2, 3), 20.0)), grid, "fixed")
    assert voxel_count(mask) == np.prod(grid.dimensions)
    assert mask.inside_fraction == pytest.approx(60 * 56 * 52 / (600 * 700 * 800), abs=2e-4)


def test_a_margin_grows_a_box_on_the_grid(scene, grid):
    node = add_roi(scene, (20.0, 12.0, 8.0))
    assert (np.ptp(np.argwhere(covered(mask_on_grid(node, grid, "fixed", (), 4.0))), axis=0) + 1).tolist() == [
        8,
        10,
        14,
    ]
    assert voxel_count(mask_on_grid(node, grid, "fixed", (), -2.0)) == 8 * 4 * 2


@pytest.mark.parametrize(
    "size_mm", [(0, 10, 10), (10, -10, 10), (10, 10, np.nan), (np.inf, 10, 10)], ids=["flat", "negative", "nan", "inf"]
)
def test_a_box_without_a_finite_volume_is_refused(size_mm, scene, grid):
    node = add_roi(scene, (1, 1, 1))
    node.SetSize(*map(float, size_mm))
    with pytest.raises(MaskError, match="The ROI box of the moving mask has no finite volume: its size is"):
        mask_on_grid(node, grid, "moving")


def test_a_box_that_was_not_drawn_yet_is_refused(scene, grid):
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "later")
    with pytest.raises(MaskError, match="later of the fixed mask has no finite volume: its size is 0 x 0 x 0 mm"):
        mask_on_grid(node, grid, "fixed")


def test_a_box_pressed_flat_by_its_own_matrix_is_refused(scene, grid):
    with pytest.raises(MaskError, match="no finite volume"):
        mask_on_grid(add_roi(scene, SIZE_MM, np.diag([1.0, 1.0, 0.0, 1.0])), grid, "fixed")


def test_a_box_that_is_turned_inside_out_is_refused_with_a_way_out(scene, grid):
    node = add_roi(scene, SIZE_MM)
    node.SetInsideOut(True)
    with pytest.raises(MaskError, match="turned inside out") as caught:
        mask_on_grid(node, grid, "fixed")
    assert "excluded region" in caught.value.remedy


def test_a_roi_of_another_type_is_refused(scene, grid):
    node = add_roi(scene, SIZE_MM)
    node.SetROIType(node.ROIType_Last)
    with pytest.raises(MaskError, match="is no box"):
        mask_on_grid(node, grid, "fixed")


def test_a_box_outside_the_volume_is_refused(scene, grid):
    with pytest.raises(MaskError, match="The fixed mask lies outside the fixed volume"):
        mask_on_grid(add_roi(scene, SIZE_MM, shift(500, 0, 0)), grid, "fixed")


def test_a_box_between_the_voxels_is_called_too_small_and_not_outside(scene, grid):
    with pytest.raises(MaskError, match="so small that it covers no voxel of the fixed volume"):
        mask_on_grid(add_roi(scene, (0.4, 40.0, 40.0)), grid, "fixed")  # voxel centres at x = -1 and 1


def test_a_box_with_a_corner_at_the_end_of_the_world_is_refused(scene, grid):
    with pytest.raises(MaskError, match="voxels away from the volume"):
        mask_on_grid(add_roi(scene, (1e9, 10.0, 10.0)), grid, "fixed")


@pytest.mark.parametrize("node_class", ["vtkMRMLMarkupsPlaneNode", "vtkMRMLMarkupsClosedCurveNode"])
def test_other_markups_are_refused_with_the_kinds_that_can_be_chosen(node_class, scene, grid):
    with pytest.raises(MaskError, match="The fixed mask is a Markups") as caught:
        mask_on_grid(scene.AddNewNodeByClass(node_class, "other"), grid, "fixed")
    assert caught.value.remedy == "Choose a labelmap volume, a segmentation, a ROI box or a closed surface model."


def test_rasterising_a_box_leaves_it_and_the_scene_as_they_were(scene, grid):
    node = add_roi(scene, SIZE_MM, TURNED)
    node.SetAndObserveTransformNodeID(bent_by(scene, np.ones((9, 9, 9, 3))).GetID())
    add_points(scene, np.zeros((1, 3)))
    before = (node.GetMTime(), node.GetSize(), node.GetNumberOfControlPoints(), scene.GetNumberOfNodes())
    mask_on_grid(node, grid, "fixed", (), 3.0)
    assert (node.GetMTime(), node.GetSize(), node.GetNumberOfControlPoints(), scene.GetNumberOfNodes()) == before
