"""What does not count is taken away from a mask, or from the whole volume, each with its margin and in any kind."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
from vtk.util.numpy_support import numpy_to_vtk

from ElastixPlusLib.errors import MaskError
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.mask_margin import with_margin
from phantoms import add_linear_transform, add_points, add_volume, grid_matrix, rotation_about, shift, vtk_matrix
from rasterised import (
    AXES_AND_SPACING,
    add_model,
    add_roi,
    ball,
    centers_ras,
    combined_mask_on_grid,
    covered,
    mask_on_grid,
    named_grid,
    voxel_count,
    within_box,
)


@pytest.fixture
def grid() -> Grid:
    return named_grid("anisotropic, oblique and left-handed")


def add_segmentation(scene: slicer.vtkMRMLScene, grid: Grid, **boxes: tuple) -> slicer.vtkMRMLSegmentationNode:
    """Segments in one labelmap on a finer grid; each is a ball of (centre, radius)."""
    dimensions = (70, 70, 70)
    ijk_to_local = grid_matrix(dimensions, (0.9, 0.8, 1.0), rotation_about((0, 1, 0), 10.0))
    centers = centers_ras(Grid(dimensions, ijk_to_local))
    labels = np.zeros(dimensions[::-1], np.uint8)
    for value, (center, radius_mm) in enumerate(boxes.values(), start=1):
        labels[np.linalg.norm(centers - center, axis=-1) < radius_mm] = value
    image = slicer.vtkOrientedImageData()
    image.SetDimensions(*dimensions)
    image.GetPointData().SetScalars(numpy_to_vtk(labels.ravel(), deep=True))
    image.SetImageToWorldMatrix(vtk_matrix(ijk_to_local))
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segmentation")
    for value, name in enumerate(boxes, start=1):
        segment = slicer.vtkSegment()
        segment.SetName(name)
        segment.SetLabelValue(value)
        segment.AddRepresentation("Binary labelmap", image)
        node.GetSegmentation().AddSegment(segment, name)
    return node


@pytest.mark.parametrize("name", AXES_AND_SPACING)
def test_a_box_is_cut_out_of_the_whole_volume(name, scene):
    grid = named_grid(name)
    box_to_world = shift(5, 4, 3) @ rotation_about((1, 1, 0), 25.0)
    mask = combined_mask_on_grid(None, add_roi(scene, (14.0, 12.0, 10.0), box_to_world), grid, "fixed")
    np.testing.assert_array_equal(covered(mask), within_box(centers_ras(grid), box_to_world, (14.0, 12.0, 10.0)) <= 0)
    assert mask.inside_fraction == 1.0


def test_without_anything_the_whole_volume_counts(grid):
    mask = combined_mask_on_grid(None, None, grid, "fixed")
    assert covered(mask).all()
    assert mask.inside_fraction == 1.0


@pytest.mark.parametrize("name", AXES_AND_SPACING)
def test_masks_of_all_kinds_go_together_on_any_grid(name, scene):
    """Two segments, less a box that cuts them and, in another run, a ball."""
    grid = named_grid(name)
    centers = centers_ras(grid)
    node = add_segmentation(scene, grid, liver=((-6, 0, 0), 11.0), spleen=((8, 5, 2), 9.0))
    inside = np.minimum(
        np.linalg.norm(centers - [-6, 0, 0], axis=-1) - 11.0, np.linalg.norm(centers - [8, 5, 2], axis=-1) - 9.0
    )
    outside = {
        add_roi(scene, (12.0, 60.0, 60.0)): -within_box(centers, np.eye(4), (12.0, 60.0, 60.0)),
        add_model(scene, ball((0, 2, 1), 9.0, 200)): np.linalg.norm(centers - [0, 2, 1], axis=-1) - 9.0,
    }
    for exclude, away in outside.items():
        found = covered(combined_mask_on_grid(node, exclude, grid, "fixed"))
        assert found[(inside < -0.8) & (away > 0.1)].all()
        assert not found[(inside > 0.8) | (away < -0.1)].any()
        assert found.any()
        only_liver = covered(combined_mask_on_grid(node, exclude, grid, "fixed", ["liver"]))
        assert not only_liver[np.linalg.norm(centers - [-6, 0, 0], axis=-1) > 11.8].any()


def test_segments_are_chosen_for_what_is_excluded_too(scene, grid):
    node = add_segmentation(scene, grid, liver=((-6, 0, 0), 11.0), tumour=((8, 5, 2), 9.0))
    without_tumour = covered(combined_mask_on_grid(None, node, grid, "fixed", (), ["tumour"]))
    np.testing.assert_array_equal(without_tumour, ~covered(mask_on_grid(node, grid, "fixed", ["tumour"])))
    with pytest.raises(MaskError, match="excluded region of the moving volume has no segment spleen"):
        combined_mask_on_grid(None, node, grid, "moving", (), ["spleen"])


@pytest.mark.parametrize("margin_mm", [4.0, -3.0])
def test_the_margin_changes_what_is_included_and_what_is_excluded_each(margin_mm, scene, grid):
    include, exclude = add_model(scene, ball((0, 0, 0), 15.0)), add_roi(scene, (9.0, 12.0, 10.0), shift(8, 0, 0))
    parts = [covered(mask_on_grid(node, grid, "fixed")).astype(np.uint8) for node in (include, exclude)]
    included, excluded = (with_margin(part, grid.spacing_mm, margin_mm) for part in parts)
    found = covered(combined_mask_on_grid(include, exclude, grid, "fixed", margin_mm=margin_mm))
    np.testing.assert_array_equal(found, (included == 1) & (excluded == 0))
    assert excluded.any()
    assert not np.array_equal(found, (parts[0] == 1) & (parts[1] == 0))


def test_a_mask_that_was_found_in_the_volume_gets_no_margin_and_stays_as_it_is(scene, grid):
    ready = np.zeros(grid.dimensions[::-1], np.uint8)
    ready[3:20, 5:25, 4:26] = 1
    before, exclude = ready.copy(), add_roi(scene, (9.0, 12.0, 10.0))
    found = covered(combined_mask_on_grid(ready, exclude, grid, "fixed", margin_mm=3.0))
    taken = covered(mask_on_grid(exclude, grid, "fixed", (), 3.0))
    np.testing.assert_array_equal(found, (ready == 1) & ~taken)
    np.testing.assert_array_equal(covered(combined_mask_on_grid(ready, None, grid, "fixed", margin_mm=3.0)), ready == 1)
    np.testing.assert_array_equal(ready, before)


def test_the_part_within_the_volume_is_that_of_what_is_included(scene):
    grid = named_grid("straight")  # ends at x = 30
    include = add_roi(scene, (20.0, 12.0, 8.0), shift(30, 0, 0))
    mask = combined_mask_on_grid(include, add_roi(scene, (10.0, 10.0, 10.0), shift(30, 0, 0)), grid, "fixed")
    assert mask.inside_fraction == pytest.approx(0.5, abs=0.011)


def test_a_transform_is_left_out_above_both(scene, grid):
    result = add_linear_transform(scene, shift(500, 0, 0))
    include, exclude = add_roi(scene, (30.0, 30.0, 30.0)), add_model(scene, ball((0, 0, 0), 8.0))
    expected = covered(combined_mask_on_grid(include, exclude, grid, "fixed"))
    for node in (include, exclude):
        node.SetAndObserveTransformNodeID(result.GetID())
    np.testing.assert_array_equal(
        covered(combined_mask_on_grid(include, exclude, grid, "fixed", without=result)), expected
    )


def test_an_exclusion_beside_the_mask_takes_nothing_away(scene, grid):
    include, exclude = add_roi(scene, (10.0, 10.0, 10.0)), add_roi(scene, (5.0, 5.0, 5.0), shift(15, 0, 0))
    expected = voxel_count(mask_on_grid(include, grid, "fixed"))
    assert voxel_count(combined_mask_on_grid(include, exclude, grid, "fixed")) == expected


def test_nothing_left_of_a_mask_is_refused(scene, grid):
    include, exclude = add_roi(scene, (10.0, 10.0, 10.0)), add_roi(scene, (20.0, 20.0, 20.0))
    with pytest.raises(MaskError, match="Nothing is left of the fixed mask once the excluded region is taken away"):
        combined_mask_on_grid(include, exclude, grid, "fixed")
    with pytest.raises(MaskError, match="Nothing is left of the moving volume once the excluded region is taken"):
        combined_mask_on_grid(None, add_roi(scene, (500.0, 500.0, 500.0)), grid, "moving")


def test_messages_say_whether_the_mask_or_the_excluded_region_is_meant(scene, grid):
    good, far = add_roi(scene, (20.0, 20.0, 20.0)), add_roi(scene, (20.0, 20.0, 20.0), shift(500, 0, 0))
    with pytest.raises(MaskError, match="The fixed mask lies outside the fixed volume"):
        combined_mask_on_grid(far, good, grid, "fixed")
    with pytest.raises(MaskError, match="The excluded region of the fixed volume lies outside the fixed volume"):
        combined_mask_on_grid(good, far, grid, "fixed")
    empty = add_volume(scene, np.zeros((4, 4, 4), np.uint8), np.eye(4), node_class="vtkMRMLLabelMapVolumeNode")
    with pytest.raises(MaskError, match="The excluded region of the moving volume is empty"):
        combined_mask_on_grid(None, empty, grid, "moving")
    with pytest.raises(
        MaskError, match="Nothing is left of the excluded region of the moving volume once it is shrunk"
    ):
        combined_mask_on_grid(None, good, grid, "moving", margin_mm=-30.0)
    with pytest.raises(MaskError, match="The excluded region of the moving volume is a MarkupsFiducial node"):
        combined_mask_on_grid(good, add_points(scene, np.zeros((1, 3))), grid, "moving")


def test_a_found_mask_that_is_empty_or_of_another_size_is_refused(scene, grid):
    with pytest.raises(MaskError, match="The fixed mask is empty"):
        combined_mask_on_grid(np.zeros(grid.dimensions[::-1], np.uint8), None, grid, "fixed")
    with pytest.raises(MaskError, match="The fixed mask has 3 x 4 x 5 voxels, but the fixed volume has 30 x 28 x 26"):
        combined_mask_on_grid(np.ones((5, 4, 3), np.uint8), None, grid, "fixed")


def test_taking_away_changes_no_node(scene, grid):
    include = add_segmentation(scene, grid, liver=((-6, 0, 0), 11.0))
    exclude = add_model(scene, ball((0, 0, 0), 8.0))
    nodes = (include, include.GetSegmentation(), exclude, exclude.GetPolyData())
    before = [node.GetMTime() for node in nodes], scene.GetNumberOfNodes()
    combined_mask_on_grid(include, exclude, grid, "fixed", margin_mm=2.0)
    assert ([node.GetMTime() for node in nodes], scene.GetNumberOfNodes()) == before
