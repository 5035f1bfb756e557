"""A map lies where it was measured, keeps its values and is shown in a range that means something."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import vtk

from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.scalar_map import add_scalar_map
from ElastixPlusLib.mrml.volumes import own_grid, voxel_array
from phantoms import grid_matrix, rotation_about

DIMENSIONS = (5, 4, 3)
OBLIQUE = Grid(DIMENSIONS, grid_matrix(DIMENSIONS, (1.0, 2.0, 3.0), rotation_about((1, 2, 3), 30), (7, 8, 9)))
VALUES = np.linspace(-0.5, 3.0, 60, dtype=np.float32).reshape(3, 4, 5)
BLUE_TO_RED, VIRIDIS = (f"vtkMRMLColorTableNodeFile{name}.txt" for name in ("DivergingBlueRed", "Viridis"))


@pytest.fixture
def colored_scene(scene) -> slicer.vtkMRMLScene:
    """A scene with the two colour tables of the application, under its IDs."""
    for node_id in (BLUE_TO_RED, VIRIDIS, "vtkMRMLColorTableNodeGrey"):
        table = slicer.vtkMRMLColorTableNode()
        table.SetTypeToGrey()
        table.SetSingletonTag(node_id.removeprefix("vtkMRMLColorTableNode"))
        assert scene.AddNode(table).GetID() == node_id
    return scene


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_and_place_are_kept_on_an_oblique_grid(scene, dtype):
    node = add_scalar_map(scene, VALUES.astype(dtype), OBLIQUE, "map", "Jacobian determinant")
    assert node.GetScene() is scene
    assert node.GetImageData().GetScalarType() == vtk.VTK_FLOAT
    np.testing.assert_array_equal(voxel_array(node.GetImageData()), VALUES)
    np.testing.assert_allclose(own_grid(node).ijk_to_world, OBLIQUE.ijk_to_world, atol=1e-12)
    assert own_grid(node).dimensions == DIMENSIONS
    assert node.GetParentTransformNode() is None


def test_the_map_is_a_copy_of_the_values(scene):
    values = VALUES.copy()
    node = add_scalar_map(scene, values, OBLIQUE, "map", "Jacobian determinant")
    values[:] = 99.0
    np.testing.assert_array_equal(voxel_array(node.GetImageData()), VALUES)


def test_jacobian_determinants_are_shown_around_1_from_blue_to_red(colored_scene):
    display = add_scalar_map(colored_scene, VALUES, OBLIQUE, "map", "Jacobian determinant").GetDisplayNode()
    assert (display.GetWindowLevelMin(), display.GetWindowLevelMax()) == (0.0, 2.0)
    assert not display.GetAutoWindowLevel()
    assert display.GetColorNodeID() == BLUE_TO_RED


def test_standard_deviations_are_shown_from_0_to_the_largest(colored_scene):
    values = np.abs(VALUES)
    values[0, 0, 0] = np.nan
    display = add_scalar_map(colored_scene, values, OBLIQUE, "map", "standard deviation").GetDisplayNode()
    assert (display.GetWindowLevelMin(), display.GetWindowLevelMax()) == (0.0, pytest.approx(3.0))
    assert display.GetColorNodeID() == VIRIDIS


def test_a_map_of_nothing_still_has_a_range(scene):
    display = add_scalar_map(scene, 0 * VALUES, OBLIQUE, "map", "standard deviation").GetDisplayNode()
    assert display.GetWindowLevelMax() > display.GetWindowLevelMin() == 0.0


def test_a_scene_without_colours_gets_a_map_all_the_same(scene):
    display = add_scalar_map(scene, VALUES, OBLIQUE, "map", "Jacobian determinant").GetDisplayNode()
    assert display.GetColorNode() is None
    assert (display.GetWindowLevelMin(), display.GetWindowLevelMax()) == (0.0, 2.0)


def test_a_second_map_does_not_take_the_name_of_the_first(scene):
    names = {add_scalar_map(scene, VALUES, OBLIQUE, "map", "Jacobian determinant").GetName() for _ in range(2)}
    assert len(names) == 2
    assert all(name.startswith("map") for name in names)
