"""A volume written for elastix has the voxels and the place of the node, bit by bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import vtk

from ElastixPlusLib.errors import ResultWriteError
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.files import read_volume
from ElastixPlusLib.mrml.volumes import own_grid, voxel_array, write_voxels
from phantoms import grid_matrix, rotation_about

META_IMAGE_TYPES = {
    vtk.VTK_CHAR: "MET_CHAR",
    vtk.VTK_SIGNED_CHAR: "MET_CHAR",
    vtk.VTK_UNSIGNED_CHAR: "MET_UCHAR",
    vtk.VTK_SHORT: "MET_SHORT",
    vtk.VTK_UNSIGNED_SHORT: "MET_USHORT",
    vtk.VTK_INT: "MET_INT",
    vtk.VTK_UNSIGNED_INT: "MET_UINT",
    vtk.VTK_LONG_LONG: "MET_LONG_LONG",
    vtk.VTK_UNSIGNED_LONG_LONG: "MET_ULONG_LONG",
    vtk.VTK_FLOAT: "MET_FLOAT",
    vtk.VTK_DOUBLE: "MET_DOUBLE",
}
DIMENSIONS = (5, 6, 7)
AXES = {
    "straight": np.eye(4),
    "oblique": rotation_about((1, 2, 3), 30.0),
    "left-handed": np.diag([1.0, 1.0, -1.0, 1.0]),
    "oblique and left-handed": rotation_about((3, -1, 1), 50.0) @ np.diag([-1.0, 1.0, 1.0, 1.0]),
    "turned over": rotation_about((1, 0, 0), 180.0),
    "permuted": np.eye(4)[[2, 0, 1, 3]],
}


def image_of_type(scalar_type: int) -> vtk.vtkImageData:
    """Voxels that are all different, with the extreme values of their type among them."""
    image = vtk.vtkImageData()
    image.SetDimensions(*DIMENSIONS)
    image.AllocateScalars(scalar_type, 1)
    voxels = voxel_array(image)
    limits = np.iinfo(voxels.dtype) if voxels.dtype.kind in "iu" else np.finfo(voxels.dtype)
    voxels[...] = np.random.default_rng(3).permutation(np.arange(210) % 120).reshape(voxels.shape)
    voxels[0, 0, :2] = limits.min, limits.max
    return image


def straight_grid() -> Grid:
    return Grid(DIMENSIONS, grid_matrix(DIMENSIONS, (1.0, 2.0, 3.5)))


@pytest.mark.parametrize("scalar_type", META_IMAGE_TYPES, ids=vtk.vtkImageScalarTypeNameMacro)
def test_every_voxel_type_is_written_bit_by_bit(scalar_type, tmp_path):
    image = image_of_type(scalar_type)
    write_voxels(voxel_array(image), straight_grid(), tmp_path / "volume.mha")
    header, _, voxels = (tmp_path / "volume.mha").read_bytes().partition(b"ElementDataFile = LOCAL\n")
    assert f"ElementType = {META_IMAGE_TYPES[scalar_type]}\n".encode() in header
    assert voxels == voxel_array(image).tobytes()


@pytest.mark.parametrize("name", AXES)
def test_every_geometry_is_read_back_by_itk_as_it_was(name, scene, tmp_path):
    grid = Grid(DIMENSIONS, grid_matrix(DIMENSIONS, (0.3, 2.0, 3.7), AXES[name], center=(10.0, -200.0, 35.5)))
    image = image_of_type(vtk.VTK_SHORT)
    write_voxels(voxel_array(image), grid, tmp_path / "volume.mha")
    node = read_volume(scene, tmp_path / "volume.mha", "fixed")
    np.testing.assert_allclose(own_grid(node).ijk_to_world, grid.ijk_to_world, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(voxel_array(node.GetImageData()), voxel_array(image))


def test_the_geometry_loses_no_digit_on_its_way_through_the_file(scene, tmp_path):
    grid = Grid(
        DIMENSIONS, grid_matrix(DIMENSIONS, (1 / 3, 0.1, np.pi), AXES["oblique"], center=(1e3 / 7, -1e-3 / 3, 0))
    )
    write_voxels(voxel_array(image_of_type(vtk.VTK_SHORT)), grid, tmp_path / "volume.mha")
    read = own_grid(read_volume(scene, tmp_path / "volume.mha", "fixed"))
    np.testing.assert_allclose(read.ijk_to_world, grid.ijk_to_world, rtol=1e-14, atol=1e-14)


def test_names_with_spaces_and_letters_of_other_languages_are_written(scene, tmp_path):
    folder = tmp_path / "Größe µm 脳"
    folder.mkdir()
    image = image_of_type(vtk.VTK_SHORT)
    write_voxels(voxel_array(image), straight_grid(), folder / "ein Kopf.mha")
    node = read_volume(scene, folder / "ein Kopf.mha", "fixed")
    np.testing.assert_array_equal(voxel_array(node.GetImageData()), voxel_array(image))


def test_an_older_file_of_the_same_name_is_replaced(tmp_path):
    path = tmp_path / "volume.mha"
    path.write_bytes(b"an older and longer volume" * 1000)
    image = image_of_type(vtk.VTK_SHORT)
    write_voxels(voxel_array(image), straight_grid(), path)
    assert path.read_bytes().endswith(voxel_array(image).tobytes())
    assert path.stat().st_size < 1500


def test_a_missing_folder_is_a_typed_error(tmp_path):
    with pytest.raises(ResultWriteError, match=r"volume\.mha could not be written"):
        write_voxels(voxel_array(image_of_type(vtk.VTK_SHORT)), straight_grid(), tmp_path / "missing" / "volume.mha")


def test_the_voxels_are_not_copied_or_touched_by_writing(tmp_path):
    image = image_of_type(vtk.VTK_SHORT)
    before, changed = voxel_array(image).copy(), image.GetMTime()
    write_voxels(voxel_array(image), straight_grid(), Path(tmp_path) / "volume.mha")
    np.testing.assert_array_equal(voxel_array(image), before)
    assert image.GetMTime() == changed
