"""A closed surface model becomes a mask of what is inside it, where it lies in the world; an open one is refused."""

from __future__ import annotations

import numpy as np
import pytest
import vtk

from ElastixPlusLib.errors import MaskError
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.transforms import grid_transform
from phantoms import add_linear_transform, grid_matrix, rotation_about, shift
from rasterised import (
    AXES_AND_SPACING,
    add_model,
    add_roi,
    ball,
    brick,
    centers_ras,
    covered,
    mask_on_grid,
    named_grid,
    voxel_count,
)

SIZE_MM = (17.0, 23.0, 29.0)
TURNED = shift(3, -4, 5) @ rotation_about((3, 1, 2), 35.0)
CENTER = (3.0, 2.0, 1.0)


@pytest.fixture
def grid() -> Grid:
    return named_grid("straight")


def assert_is_ball(found: np.ndarray, grid: Grid, center, radius_mm: float) -> None:
    """Up to what the facets of its surface cut off."""
    distance = np.linalg.norm(centers_ras(grid) - center, axis=-1)
    assert found[distance < 0.998 * radius_mm].all()
    assert not found[distance > radius_mm + 1e-4].any()


def joined(*surfaces: vtk.vtkPolyData) -> vtk.vtkPolyData:
    append = vtk.vtkAppendPolyData()
    for surface in surfaces:
        append.AddInputData(surface)
    append.Update()
    return append.GetOutput()


def triangles_of(surface: vtk.vtkPolyData, kept: slice = slice(None), reversed_every: int = 0) -> vtk.vtkPolyData:
    """Some of the triangles of a surface, every so many of them turned round."""
    cells = vtk.vtkCellArray()
    for number in range(surface.GetNumberOfPolys())[kept]:
        ids = [surface.GetCell(number).GetPointId(corner) for corner in range(3)]
        is_reversed = reversed_every and number % reversed_every == 0
        cells.InsertNextCell(3, ids[::-1] if is_reversed else ids)
    part = vtk.vtkPolyData()
    part.SetPoints(surface.GetPoints())
    part.SetPolys(cells)
    return part


def output_of(algorithm: vtk.vtkPolyDataAlgorithm, surface: vtk.vtkPolyData) -> vtk.vtkPolyData:
    algorithm.SetInputData(surface)
    algorithm.Update()
    return algorithm.GetOutput()


@pytest.mark.parametrize("name", AXES_AND_SPACING)
def test_a_ball_is_filled_within_a_hundredth_of_its_volume(name, scene):
    grid = named_grid(name, (60, 56, 44))
    mask = mask_on_grid(add_model(scene, ball(CENTER, 35, 200)), grid, "fixed")
    assert_is_ball(covered(mask), grid, CENTER, 35)
    volume_mm3 = voxel_count(mask) * abs(np.linalg.det(grid.ijk_to_world))
    assert volume_mm3 == pytest.approx(4 / 3 * np.pi * 35**3, rel=0.01)
    assert mask.inside_fraction == 1.0


@pytest.mark.parametrize("name", AXES_AND_SPACING)
def test_a_model_of_a_box_covers_the_voxels_that_the_box_covers(name, scene):
    grid = named_grid(name)
    expected = covered(mask_on_grid(add_roi(scene, SIZE_MM, TURNED), grid, "fixed"))
    mask = mask_on_grid(add_model(scene, brick(SIZE_MM, TURNED)), grid, "fixed")
    differing = np.count_nonzero(covered(mask) != expected)  # the model has its corners in single precision
    assert differing <= 1
    assert mask.inside_fraction == 1.0


def test_which_way_round_the_triangles_go_does_not_matter(scene, grid):
    surface = ball(CENTER, 12)
    expected = covered(mask_on_grid(add_model(scene, surface), grid, "fixed"))
    for every in (1, 3):
        turned = add_model(scene, triangles_of(surface, reversed_every=every))
        np.testing.assert_array_equal(covered(mask_on_grid(turned, grid, "fixed")), expected)


def test_strips_and_polygons_are_faces_too(scene, grid):
    surface = ball(CENTER, 12)
    expected = covered(mask_on_grid(add_model(scene, surface), grid, "fixed"))
    strips = output_of(vtk.vtkStripper(), surface)
    assert strips.GetNumberOfStrips()
    np.testing.assert_array_equal(covered(mask_on_grid(add_model(scene, strips), grid, "fixed")), expected)


def test_corners_that_are_doubled_along_sharp_edges_do_not_open_a_surface(scene, grid):
    normals = vtk.vtkPolyDataNormals()
    normals.SetFeatureAngle(5.0)
    split = output_of(normals, ball(CENTER, 12, 20))
    assert split.GetNumberOfPoints() > ball(CENTER, 12, 20).GetNumberOfPoints()
    assert voxel_count(mask_on_grid(add_model(scene, split), grid, "fixed")) > 800


@pytest.mark.parametrize(
    "to_parent",
    [shift(5, -4, 3) @ rotation_about((1, 0, 1), 40.0), shift(5, -4, 3) @ np.diag([-1.0, 1.0, 1.0, 1.0])],
    ids=["turned", "mirrored"],
)
def test_a_model_moves_with_its_linear_parent(to_parent, scene, grid):
    node = add_model(scene, ball(CENTER, 12, 200))
    node.SetAndObserveTransformNodeID(add_linear_transform(scene, to_parent).GetID())
    assert_is_ball(covered(mask_on_grid(node, grid, "fixed")), grid, (to_parent @ [*CENTER, 1])[:3], 12)


def test_a_model_bends_with_a_deforming_parent(scene, grid):
    displacements = np.zeros((9, 9, 9, 3))
    displacements[..., 0] = np.linspace(-6.0, 6.0, 9)  # along x, 10 percent longer
    bend = scene.AddNewNodeByClass("vtkMRMLTransformNode", "bend")
    bend.SetAndObserveTransformToParent(
        grid_transform(displacements, Grid((9, 9, 9), grid_matrix((9, 9, 9), (15, 15, 15))))
    )
    node = add_model(scene, ball((0, 0, 0), 12, 200))
    node.SetAndObserveTransformNodeID(bend.GetID())
    found = covered(mask_on_grid(node, grid, "fixed"))
    distance = np.linalg.norm(centers_ras(grid) / [1.1, 1, 1], axis=-1)
    assert found[distance < 11.95].all()
    assert not found[distance > 12.01].any()


def test_the_last_result_above_a_model_can_be_left_out(scene, grid):
    node, result = add_model(scene, ball(CENTER, 12, 200)), add_linear_transform(scene, shift(500, 0, 0))
    node.SetAndObserveTransformNodeID(result.GetID())
    assert_is_ball(covered(mask_on_grid(node, grid, "fixed", without=result)), grid, CENTER, 12)


@pytest.mark.parametrize("name", AXES_AND_SPACING)
def test_of_a_model_that_sticks_out_the_part_within_the_volume_is_filled_and_told(name, scene):
    whole = named_grid(name, (50, 50, 50))
    first = np.array([25, 0, 0])
    part_to_world = whole.ijk_to_world.copy()
    part_to_world[:3, 3] = whole.positions_ras(first[None].astype(float))[0]
    part = Grid((25, 50, 50), part_to_world)
    node = add_model(scene, ball((0, 0, 0), 20, 200))
    mask = mask_on_grid(node, part, "fixed")
    np.testing.assert_array_equal(covered(mask), covered(mask_on_grid(node, whole, "fixed"))[:, :, 25:])
    assert mask.inside_fraction == pytest.approx(0.5, abs=0.01)


def test_a_cavity_stays_empty(scene, grid):
    node = add_model(scene, joined(ball((0, 0, 0), 20), ball((0, 0, 0), 12)))
    found, distance = covered(mask_on_grid(node, grid, "fixed")), np.linalg.norm(centers_ras(grid), axis=-1)
    assert not found[distance < 11.8].any()
    assert found[(distance > 12.2) & (distance < 19.8)].all()


@pytest.mark.parametrize(("left_out", "edges"), [(1, 3), (80, 80)], ids=["a triangle", "the cap around a pole"])
def test_an_open_surface_is_refused_with_the_number_of_its_open_edges(left_out, edges, scene, grid):
    surface = triangles_of(ball(CENTER, 12), slice(left_out, None))
    with pytest.raises(MaskError, match=f"model bone of the moving mask is not closed: {edges} of its edges") as caught:
        mask_on_grid(add_model(scene, surface), grid, "moving")
    assert caught.value.remedy.startswith("Fill its holes")


def test_a_plane_is_refused_as_open(scene, grid):
    plane = vtk.vtkPlaneSource()
    plane.Update()
    with pytest.raises(MaskError, match="not closed: 4 of its edges"):
        mask_on_grid(add_model(scene, plane.GetOutput()), grid, "fixed")


def test_a_model_without_faces_is_refused_as_empty(scene, grid):
    line = vtk.vtkLineSource()
    line.Update()
    without_mesh = scene.AddNewNodeByClass("vtkMRMLModelNode", "nothing")
    for node in (add_model(scene, vtk.vtkPolyData()), add_model(scene, line.GetOutput()), without_mesh):
        with pytest.raises(MaskError, match="The fixed mask is empty"):
            mask_on_grid(node, grid, "fixed")


def test_a_volume_mesh_is_refused(scene, grid):
    with pytest.raises(MaskError, match="is a volume mesh and no surface"):
        mask_on_grid(add_model(scene, vtk.vtkUnstructuredGrid()), grid, "fixed")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_model_with_a_corner_that_is_nowhere_is_refused(value, scene, grid):
    surface = ball(CENTER, 12)
    surface.GetPoints().SetPoint(7, value, 0.0, 0.0)
    with pytest.raises(MaskError, match="positions that are not finite numbers"):
        mask_on_grid(add_model(scene, surface), grid, "fixed")


def test_a_model_with_faces_between_missing_points_is_refused(scene, grid):
    surface = ball(CENTER, 12)
    surface.GetPoints().SetNumberOfPoints(100)
    with pytest.raises(MaskError, match="faces between points that it does not have"):
        mask_on_grid(add_model(scene, surface), grid, "fixed")


def test_a_model_outside_the_volume_is_refused(scene, grid):
    with pytest.raises(MaskError, match="The moving mask lies outside the moving volume"):
        mask_on_grid(add_model(scene, ball((100, 0, 0), 12)), grid, "moving")


def test_a_model_smaller_than_a_voxel_is_called_too_small(scene, grid):
    with pytest.raises(MaskError, match="so small that it covers no voxel"):
        mask_on_grid(add_model(scene, ball((0, 0, 0), 0.4)), grid, "fixed")


def test_rasterising_a_model_leaves_it_and_the_scene_as_they_were(scene, grid):
    node = add_model(scene, output_of(vtk.vtkStripper(), ball(CENTER, 12)))
    node.SetAndObserveTransformNodeID(add_linear_transform(scene, shift(1, 2, 3)).GetID())
    polydata = node.GetPolyData()
    before = (node.GetMTime(), polydata.GetMTime(), polydata.GetNumberOfStrips(), scene.GetNumberOfNodes())
    mask_on_grid(node, grid, "fixed", (), 3.0)
    assert (node.GetMTime(), polydata.GetMTime(), polydata.GetNumberOfStrips(), scene.GetNumberOfNodes()) == before
    assert node.GetPolyData() is polydata
