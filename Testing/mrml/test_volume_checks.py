"""A volume that elastix would misread or crash on is refused with the reason, any other is not."""

from __future__ import annotations

import numpy as np
import pytest
import vtk

from ElastixPlusLib.errors import VolumeError
from ElastixPlusLib.mrml.volumes import check_volume, value_check_steps, volume_in_scene
from ElastixPlusLib.steps import run_to_end
from phantoms import add_anatomy, add_volume, grid_matrix, vtk_matrix


def speckle(shape: tuple[int, ...], dtype: type = np.float32) -> np.ndarray:
    return np.random.default_rng(4).uniform(0, 100, shape).astype(dtype)


def check_all(node: object, role: str) -> None:
    check_volume(node, role)  # type: ignore[arg-type]
    run_to_end(value_check_steps(volume_in_scene(node), role))  # type: ignore[arg-type]


def refused(node: object, match: str) -> VolumeError:
    with pytest.raises(VolumeError, match=match) as caught:
        check_all(node, "moving")
    assert "moving volume" in caught.value.what
    assert caught.value.remedy
    return caught.value


def test_an_ordinary_volume_is_accepted(scene):
    check_all(add_anatomy(scene), "fixed")


def test_the_smallest_volume_has_four_voxels_along_every_axis(scene):
    check_all(add_volume(scene, speckle((4, 4, 4)), np.eye(4)), "fixed")


def test_no_volume_is_refused():
    refused(None, "empty")


def test_a_node_without_an_image_is_refused(scene):
    refused(scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "empty"), "empty")


def test_an_image_without_voxels_is_refused(scene):
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "empty")
    node.SetAndObserveImageData(vtk.vtkImageData())
    refused(node, "empty")


def test_an_image_without_values_is_refused(scene):
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "empty")
    image = vtk.vtkImageData()
    image.SetDimensions(5, 5, 5)
    node.SetAndObserveImageData(image)
    refused(node, "empty")


@pytest.mark.parametrize(("shape", "shown"), [((1, 1, 1), "1 x 1 x 1"), ((3, 20, 30), "30 x 20 x 3")])
def test_too_few_voxels_along_an_axis_are_refused_with_their_number(scene, shape, shown):
    refused(add_volume(scene, speckle(shape), np.eye(4)), shown)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_voxels_that_are_no_finite_numbers_are_refused_and_counted(scene, value, dtype):
    voxels = speckle((5, 6, 7), dtype)
    voxels[1, 2, 3] = voxels[4, 5, 6] = value
    refused(add_volume(scene, voxels, np.eye(4)), "has 2 voxels that are not finite")


def test_a_volume_without_contrast_is_refused_with_its_value(scene):
    refused(add_volume(scene, np.full((5, 6, 7), -1000, np.int16), np.eye(4)), "same value -1000")


def test_a_colour_volume_is_refused(scene):
    node = add_volume(scene, speckle((5, 6, 7)), np.eye(4))
    image = vtk.vtkImageData()
    image.SetDimensions(7, 6, 5)
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 3)
    node.SetAndObserveImageData(image)
    refused(node, "3 values per voxel")


def test_voxels_without_extent_are_refused(scene):
    node = add_volume(scene, speckle((5, 6, 7)), np.eye(4))
    node.SetIJKToRASMatrix(vtk_matrix(np.diag([1.0, 0.0, 1.0, 1.0])))
    refused(node, "geometry")


def test_two_axes_in_one_direction_are_refused(scene):
    flat = np.array([[1.0, 1.0, 0, 0], [0, 0, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 1.0]])
    node = add_volume(scene, speckle((5, 6, 7)), np.eye(4))
    node.SetIJKToRASMatrix(vtk_matrix(flat))
    refused(node, "geometry")


def test_a_place_that_is_no_number_is_refused(scene):
    node = add_volume(scene, speckle((5, 6, 7)), np.eye(4))
    node.SetOrigin(np.nan, 0.0, 0.0)
    refused(node, "geometry")


def test_microscopy_with_voxels_of_a_few_nanometres_is_accepted(scene):
    check_all(add_volume(scene, speckle((5, 6, 7)), grid_matrix((7, 6, 5), (5e-6, 5e-6, 3e-5))), "fixed")
