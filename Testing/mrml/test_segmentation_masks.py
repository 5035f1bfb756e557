"""Segmentations become masks from surfaces, from labelmaps, and from several segments in one labelmap."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from ElastixPlusLib.errors import MaskError
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.masks import WorldMask
from ElastixPlusLib.mrml.transforms import grid_transform
from ElastixPlusLib.mrml.volumes import voxel_array
from phantoms import add_linear_transform, grid_matrix, grid_positions, rotation_about, shift, vtk_matrix
from rasterised import ball, covered, mask_on_grid, voxel_count

DIMENSIONS = (30, 28, 26)
SURFACE, LABELMAP = "Closed surface", "Binary labelmap"
GRIDS = {
    "straight": np.eye(4),
    "oblique": rotation_about((1, 2, 3), 30.0),
    "left-handed": np.diag([1.0, 1.0, -1.0, 1.0]),
}


def make_grid(axes: np.ndarray) -> Grid:
    return Grid(DIMENSIONS, grid_matrix(DIMENSIONS, (2.0, 2.0, 2.0), axes))


@pytest.fixture
def grid() -> Grid:
    return make_grid(np.eye(4))


def add_surfaces(scene: slicer.vtkMRMLScene, **surfaces: vtk.vtkPolyData) -> slicer.vtkMRMLSegmentationNode:
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segmentation")
    node.GetSegmentation().SetSourceRepresentationName(SURFACE)
    for name, surface in surfaces.items():
        segment = slicer.vtkSegment()
        segment.SetName(name)
        segment.AddRepresentation(SURFACE, surface)
        assert node.GetSegmentation().AddSegment(segment, f"id of {name}")
    return node


def oriented_image(voxels: np.ndarray, first: tuple[int, int, int] = (0, 0, 0)) -> slicer.vtkOrientedImageData:
    image = slicer.vtkOrientedImageData()
    size = voxels.shape[::-1]
    image.SetExtent(
        *(number for start, count in zip(first, size, strict=True) for number in (start, start + count - 1))
    )
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(voxels).ravel(), deep=True))
    image.SetImageToWorldMatrix(vtk_matrix(grid_matrix(DIMENSIONS, (2.0, 2.0, 2.0))))
    return image


def add_labelmaps(
    scene: slicer.vtkMRMLScene, **layers: tuple[slicer.vtkOrientedImageData, int]
) -> slicer.vtkMRMLSegmentationNode:
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segmentation")
    for name, (image, value) in layers.items():
        segment = slicer.vtkSegment()
        segment.SetName(name)
        segment.SetLabelValue(value)
        segment.AddRepresentation(LABELMAP, image)
        assert node.GetSegmentation().AddSegment(segment, f"id of {name}")
    return node


def assert_is_ball(mask: WorldMask, grid: Grid, center: tuple[float, float, float], radius: float) -> None:
    distance = np.linalg.norm(grid_positions(DIMENSIONS, grid.ijk_to_world) - center, axis=1).reshape(DIMENSIONS[::-1])
    assert covered(mask)[distance < radius - 1.0].all()
    assert not covered(mask)[distance > radius + 1.0].any()


@pytest.mark.parametrize("name", GRIDS)
def test_a_closed_surface_is_filled_on_the_voxels_of_the_volume(name, scene):
    grid = make_grid(GRIDS[name])
    node = add_surfaces(scene, ball=ball((3, 2, 1), 12))
    mask = mask_on_grid(node, grid, "fixed")
    assert_is_ball(mask, grid, (3, 2, 1), 12)
    assert voxel_count(mask) == pytest.approx(4 / 3 * np.pi * 12**3 / 8, rel=0.03)
    assert mask.inside_fraction == 1.0


def test_a_surface_gets_no_labelmap_in_the_scene(scene, grid):
    node = add_surfaces(scene, ball=ball((3, 2, 1), 12))
    before = (node.GetMTime(), node.GetSegmentation().GetMTime(), scene.GetNumberOfNodes())
    mask_on_grid(node, grid, "fixed")
    segmentation = node.GetSegmentation()
    assert not segmentation.ContainsRepresentation(LABELMAP)
    assert segmentation.GetNthSegment(0).GetRepresentation(LABELMAP) is None
    assert (node.GetMTime(), segmentation.GetMTime(), scene.GetNumberOfNodes()) == before


@pytest.mark.parametrize(
    "to_parent",
    [
        shift(5, -4, 3) @ rotation_about((1, 0, 1), 40.0),
        shift(5, -4, 3) @ np.diag([-1.0, 1.0, 1.0, 1.0]),
    ],
    ids=["turned", "mirrored"],
)
def test_a_surface_moves_with_its_linear_parent(to_parent, scene, grid):
    node = add_surfaces(scene, ball=ball((3, 2, 1), 10))
    node.SetAndObserveTransformNodeID(add_linear_transform(scene, to_parent).GetID())
    center = to_parent @ [3, 2, 1, 1]
    assert_is_ball(mask_on_grid(node, grid, "fixed"), grid, tuple(center[:3]), 10)


def test_a_surface_moves_with_a_shearing_parent(scene, grid):
    shear = np.array([[1.0, 0.4, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    node = add_surfaces(scene, ball=ball((0, 0, 0), 12))
    node.SetAndObserveTransformNodeID(add_linear_transform(scene, shear).GetID())
    mask = mask_on_grid(node, grid, "fixed")
    inverse = np.linalg.inv(shear)
    distance = np.linalg.norm(grid_positions(DIMENSIONS, grid.ijk_to_world) @ inverse[:3, :3].T, axis=1)
    distance = distance.reshape(DIMENSIONS[::-1])
    assert covered(mask)[distance < 10.5].all()
    assert not covered(mask)[distance > 13.5].any()


def test_a_surface_moves_with_a_deforming_parent(scene, grid):
    displacements = np.zeros((9, 9, 9, 3))
    displacements[..., 2] = 5.0
    parent = scene.AddNewNodeByClass("vtkMRMLTransformNode", "parent")
    parent.SetAndObserveTransformToParent(
        grid_transform(displacements, Grid((9, 9, 9), grid_matrix((9, 9, 9), (15, 15, 15))))
    )
    node = add_surfaces(scene, ball=ball((3, 2, 1), 10))
    node.SetAndObserveTransformNodeID(parent.GetID())
    assert_is_ball(mask_on_grid(node, grid, "fixed"), grid, (3, 2, 6), 10)


def test_a_surface_that_sticks_out_of_the_volume_says_how_much_is_inside(scene, grid):
    node = add_surfaces(scene, ball=ball((29.0, 0, 0), 8))  # the volume ends at x = 30 with its last voxel
    mask = mask_on_grid(node, grid, "fixed")
    cap = np.pi * 7.0**2 * (3 * 8 - 7.0) / 3 / (4 / 3 * np.pi * 8**3)
    assert mask.inside_fraction == pytest.approx(1 - cap, abs=0.08)


def test_two_surfaces_make_one_mask_also_where_they_overlap(scene, grid):
    node = add_surfaces(scene, left=ball((-5, 0, 0), 12), right=ball((5, 0, 0), 12))
    left, right = (covered(mask_on_grid(node, grid, "fixed", [name])) for name in ("left", "right"))
    assert (left & right).any()
    np.testing.assert_array_equal(covered(mask_on_grid(node, grid, "fixed")), left | right)


def test_segments_count_by_their_volume_in_the_part_within_the_volume(scene, grid):
    node = add_surfaces(scene, inside=ball((0, 0, 0), 20), outside=ball((200, 0, 0), 10))
    assert mask_on_grid(node, grid, "fixed").inside_fraction == pytest.approx(8 / 9, abs=0.002)


def test_a_segment_whose_surface_has_a_hole_is_filled_as_the_application_does(scene, grid):
    surface = ball((3, 2, 1), 12, 20)
    surface.BuildLinks()
    for number in range(20):  # around the upper pole, so that lines of voxel centres pass through the hole
        surface.DeleteCell(number)
    surface.RemoveDeletedCells()
    node = add_surfaces(scene, torn=surface)
    assert_is_ball(mask_on_grid(node, grid, "fixed"), grid, (3, 2, 1), 12)
    assert node.GetSegmentation().GetNthSegment(0).GetRepresentation(LABELMAP) is None


@pytest.fixture
def shared_labelmap() -> slicer.vtkOrientedImageData:
    """Two segments in one labelmap, as the application stores them."""
    voxels = np.zeros(DIMENSIONS[::-1], np.uint8)
    voxels[5:10, 5:10, 5:10] = 1
    voxels[12:20, 12:20, 12:20] = 2
    return oriented_image(voxels)


def test_segments_that_share_a_labelmap_are_told_apart_by_their_value(scene, grid, shared_labelmap):
    node = add_labelmaps(scene, liver=(shared_labelmap, 1), tumour=(shared_labelmap, 2))
    voxels = voxel_array(shared_labelmap)
    np.testing.assert_array_equal(covered(mask_on_grid(node, grid, "fixed")), voxels != 0)
    np.testing.assert_array_equal(covered(mask_on_grid(node, grid, "fixed", ["liver"])), voxels == 1)
    np.testing.assert_array_equal(covered(mask_on_grid(node, grid, "fixed", ["tumour"])), voxels == 2)


def test_segments_are_chosen_by_name_or_id(scene, grid, shared_labelmap):
    node = add_labelmaps(scene, liver=(shared_labelmap, 1), tumour=(shared_labelmap, 2))
    assert voxel_count(mask_on_grid(node, grid, "fixed", ["id of tumour"])) == 8**3
    assert voxel_count(mask_on_grid(node, grid, "fixed", ["tumour"])) == 8**3
    assert voxel_count(mask_on_grid(node, grid, "fixed", ["liver", "id of tumour"])) == 8**3 + 5**3


def test_a_segment_that_does_not_exist_is_refused_with_the_names_of_those_that_do(scene, grid, shared_labelmap):
    node = add_labelmaps(scene, liver=(shared_labelmap, 1), tumour=(shared_labelmap, 2))
    with pytest.raises(MaskError, match="no segment spleen") as caught:
        mask_on_grid(node, grid, "fixed", ["liver", "spleen"])
    assert "liver, tumour" in caught.value.remedy


def test_a_part_of_the_grid_with_an_offset_lies_at_its_place(scene, grid):
    voxels = np.ones((3, 4, 5), np.uint8)
    node = add_labelmaps(scene, part=(oriented_image(voxels, first=(10, 12, 14)), 1))
    expected = np.zeros(DIMENSIONS[::-1], bool)
    expected[14:17, 12:16, 10:15] = True
    mask = mask_on_grid(node, grid, "fixed")
    np.testing.assert_array_equal(covered(mask), expected)
    assert mask.inside_fraction == 1.0


def test_an_offset_that_leads_out_of_the_volume_counts_as_outside(scene, grid):
    voxels = np.ones((4, 4, 4), np.uint8)
    node = add_labelmaps(scene, part=(oriented_image(voxels, first=(28, 5, 5)), 1))  # the volume ends at 29
    assert mask_on_grid(node, grid, "fixed").inside_fraction == pytest.approx(0.5)


def test_overlapping_segments_within_the_volume_lie_all_inside(scene, grid):
    first, second = np.zeros((2, *DIMENSIONS[::-1]), np.uint8)
    first[5:15, 5:15, 5:15] = 1
    second[8:18, 8:18, 8:18] = 1
    node = add_labelmaps(scene, first=(oriented_image(first), 1), second=(oriented_image(second), 1))
    mask = mask_on_grid(node, grid, "fixed")
    np.testing.assert_array_equal(covered(mask), (first | second) != 0)
    assert mask.inside_fraction == 1.0


def test_a_label_beyond_255_belongs_to_its_segment(scene, grid):
    voxels = np.zeros(DIMENSIONS[::-1], np.int16)
    voxels[5:10, 5:10, 5:10] = 256
    voxels[12:14, 5:10, 5:10] = 1000
    node = add_labelmaps(scene, a=(oriented_image(voxels), 256), b=(oriented_image(voxels), 1000))
    assert voxel_count(mask_on_grid(node, grid, "fixed", ["a"])) == 125
    assert voxel_count(mask_on_grid(node, grid, "fixed")) == 175


def test_whether_segments_are_shown_does_not_matter(scene, grid, shared_labelmap):
    node = add_labelmaps(scene, liver=(shared_labelmap, 1), tumour=(shared_labelmap, 2))
    display = scene.AddNewNodeByClass("vtkMRMLSegmentationDisplayNode", "display")
    node.SetAndObserveDisplayNodeID(display.GetID())
    display.SetSegmentVisibility("id of tumour", False)
    display.SetVisibility(False)
    assert voxel_count(mask_on_grid(node, grid, "fixed")) == 8**3 + 5**3


@pytest.mark.parametrize("segments", [(), ("nothing",)])
def test_an_empty_segmentation_is_refused(segments, scene, grid):
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segmentation")
    with pytest.raises(MaskError, match="empty" if not segments else "it has none yet"):
        mask_on_grid(node, grid, "fixed", segments)


def test_a_segment_in_which_nothing_is_drawn_is_refused(scene, grid):
    node = add_labelmaps(scene, nothing=(oriented_image(np.zeros((3, 3, 3), np.uint8)), 1))
    with pytest.raises(MaskError, match="The moving mask is empty"):
        mask_on_grid(node, grid, "moving")


def test_an_empty_surface_is_refused_as_an_empty_mask(scene, grid):
    node = add_surfaces(scene, nothing=vtk.vtkPolyData())
    with pytest.raises(MaskError, match="empty"):
        mask_on_grid(node, grid, "fixed")


def test_an_empty_segment_beside_a_drawn_one_does_no_harm(scene, grid, shared_labelmap):
    empty = slicer.vtkOrientedImageData()
    node = add_labelmaps(scene, liver=(shared_labelmap, 1), nothing=(empty, 1))
    assert voxel_count(mask_on_grid(node, grid, "fixed")) == 5**3


def test_a_segment_of_another_kind_is_refused_with_a_way_out(scene, grid):
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segmentation")
    node.GetSegmentation().SetSourceRepresentationName("Planar contour")
    segment = slicer.vtkSegment()
    segment.SetName("contours")
    segment.AddRepresentation("Planar contour", vtk.vtkPolyData())
    node.GetSegmentation().AddSegment(segment)
    with pytest.raises(MaskError, match="neither a labelmap nor a closed surface"):
        mask_on_grid(node, grid, "fixed")
