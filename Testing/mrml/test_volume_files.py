"""Volumes and masks go through files whole or not at all, in every voxel type, at the same place of the world."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from ElastixPlusLib.errors import MaskError, ResultWriteError, VolumeError
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.files import read_mask, read_volume, write_transform, write_volume
from ElastixPlusLib.mrml.transforms import add_transform_node, linear_transform
from ElastixPlusLib.mrml.volumes import own_grid, voxel_array
from phantoms import add_anatomy, add_volume, grid_matrix, rotation_about
from rasterised import mask_on_grid, voxel_count

DIMENSIONS = (5, 6, 7)
ENDINGS = [".nrrd", ".nii.gz", ".nii", ".mha"]
TYPES = [vtk.VTK_CHAR, vtk.VTK_SIGNED_CHAR, vtk.VTK_UNSIGNED_CHAR, vtk.VTK_SHORT, vtk.VTK_UNSIGNED_SHORT, vtk.VTK_INT]
TYPES += [vtk.VTK_UNSIGNED_INT, vtk.VTK_LONG_LONG, vtk.VTK_UNSIGNED_LONG_LONG, vtk.VTK_FLOAT, vtk.VTK_DOUBLE]


@pytest.fixture(autouse=True)
def quiet() -> None:
    """Readers print in C++ what is asserted here."""
    vtk.vtkObject.GlobalWarningDisplayOff()


def add_typed(scene: slicer.vtkMRMLScene, scalar_type: int, axes: np.ndarray) -> slicer.vtkMRMLScalarVolumeNode:
    node = add_volume(scene, np.zeros(DIMENSIONS[::-1]), grid_matrix(DIMENSIONS, (1.0, 2.0, 3.5), axes, (10, -20, 30)))
    image = vtk.vtkImageData()
    image.SetDimensions(*DIMENSIONS)
    image.AllocateScalars(scalar_type, 1)
    voxel_array(image)[...] = np.random.default_rng(2).permutation(210).reshape(DIMENSIONS[::-1]) % 127
    node.SetAndObserveImageData(image)
    return node


@pytest.mark.parametrize(
    "axes", [rotation_about((1, 2, 3), 30.0), np.diag([1.0, 1.0, -1.0, 1.0])], ids=["right", "left"]
)
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("scalar_type", TYPES, ids=vtk.vtkImageScalarTypeNameMacro)
def test_a_volume_comes_back_from_its_file_as_it_was(scalar_type, ending, axes, scene, tmp_path):
    node = add_typed(scene, scalar_type, axes)
    path = tmp_path / f"Größe of 脳{ending}"
    write_volume(node, path)
    read = read_volume(scene, path, "fixed")
    np.testing.assert_array_equal(voxel_array(read.GetImageData()), voxel_array(node.GetImageData()))
    np.testing.assert_allclose(own_grid(read).ijk_to_world, own_grid(node).ijk_to_world, atol=1e-5)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.float32, np.float64])
def test_the_voxel_type_survives_the_file(dtype, ending, scene, tmp_path):
    voxels = np.arange(210).reshape(DIMENSIONS[::-1]) % 120
    write_volume(add_volume(scene, voxels.astype(dtype), np.eye(4)), tmp_path / f"volume{ending}")
    read = read_volume(scene, tmp_path / f"volume{ending}", "fixed")
    assert voxel_array(read.GetImageData()).dtype == dtype


@pytest.mark.parametrize("dtype", [np.int8, np.int64])
def test_writing_a_volume_of_a_rare_type_leaves_the_node_as_it_was(dtype, scene, tmp_path):
    node = add_volume(scene, np.arange(210).reshape(DIMENSIONS[::-1]).astype(dtype) % 120, np.eye(4))
    image, scalar_type = node.GetImageData(), node.GetImageData().GetScalarType()
    count = scene.GetNumberOfNodes()
    write_volume(node, tmp_path / "volume.nrrd")
    assert node.GetImageData() is image
    assert image.GetScalarType() == scalar_type
    assert node.GetStorageNodeID() is None
    assert scene.GetNumberOfNodes() == count


def test_a_labelmap_of_a_rare_type_is_written_with_its_labels(scene, tmp_path):
    labels = np.zeros(DIMENSIONS[::-1], np.int64)
    labels[2:4] = 1000
    node = add_volume(scene, labels, np.eye(4), node_class="vtkMRMLLabelMapVolumeNode")
    write_volume(node, tmp_path / "labels.nii.gz")
    read = read_mask(scene, tmp_path / "labels.nii.gz", "moving")
    np.testing.assert_array_equal(voxel_array(read.GetImageData()), labels)


def test_a_volume_keeps_the_order_of_the_voxels_in_its_file(scene, tmp_path):
    """A left-handed file is not turned round, so that an output lies voxel by voxel on the file of the fixed volume."""
    node = add_typed(scene, vtk.VTK_SHORT, np.diag([-1.0, 1.0, 1.0, 1.0]))
    write_volume(node, tmp_path / "volume.nii.gz")
    read = read_volume(scene, tmp_path / "volume.nii.gz", "fixed")
    assert np.linalg.det(own_grid(read).ijk_to_world) < 0


@pytest.mark.parametrize("ending", [".nrrd", ".nii.gz", ".mha"])
@pytest.mark.parametrize(
    ("value", "dtype"), [(256, np.int16), (1000, np.uint16), (0.4, np.float32), (70_000, np.int32)]
)
def test_a_mask_file_of_any_type_keeps_what_is_not_zero(value, dtype, ending, scene, tmp_path):
    voxels = np.zeros(DIMENSIONS[::-1], dtype)
    voxels[2:4, 1:5, 2:4] = value
    write_volume(add_volume(scene, voxels, np.eye(4)), tmp_path / f"mask{ending}")
    mask = read_mask(scene, tmp_path / f"mask{ending}", "fixed")
    assert voxel_count(mask_on_grid(mask, Grid(DIMENSIONS, np.eye(4)), "fixed")) == 16


def test_a_segmentation_file_is_read_as_a_segmentation(scene, tmp_path):
    image = slicer.vtkOrientedImageData()
    image.SetDimensions(*DIMENSIONS)
    voxels = np.zeros(DIMENSIONS[::-1], np.uint8)
    voxels[2:4, 1:5, 2:4] = 1
    image.GetPointData().SetScalars(numpy_to_vtk(voxels.ravel(), deep=True))
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segmentation")
    segment = slicer.vtkSegment()
    segment.SetName("liver")
    segment.AddRepresentation("Binary labelmap", image)
    node.GetSegmentation().AddSegment(segment, "liver")
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(tmp_path / "mask.seg.nrrd"))
    assert storage.WriteData(node)
    read = read_mask(scene, tmp_path / "mask.seg.nrrd", "fixed")
    assert read.IsA("vtkMRMLSegmentationNode")
    assert voxel_count(mask_on_grid(read, Grid(DIMENSIONS, np.eye(4)), "fixed", ["liver"])) == 16


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_output_in_a_missing_folder_is_refused(ending, scene, tmp_path):
    with pytest.raises(ResultWriteError, match="output volume could not be written"):
        write_volume(add_anatomy(scene), tmp_path / "missing" / f"volume{ending}")


def test_a_transform_in_a_missing_folder_is_refused(scene, tmp_path):
    node = add_transform_node(scene, linear_transform(np.eye(4)), "result")
    with pytest.raises(ResultWriteError, match="output transform could not be written"):
        write_transform(node, tmp_path / "missing" / "transform.h5")


def test_a_folder_in_the_place_of_the_output_is_refused_and_nothing_is_left(scene, tmp_path):
    (tmp_path / "volume.nrrd").mkdir()
    with pytest.raises(ResultWriteError):
        write_volume(add_anatomy(scene), tmp_path / "volume.nrrd")
    assert [path.name for path in tmp_path.iterdir()] == ["volume.nrrd"]


def test_an_ending_that_cannot_hold_the_transform_is_refused_and_nothing_is_left(scene, tmp_path):
    node = add_transform_node(scene, linear_transform(np.eye(4)), "result")
    with pytest.raises(ResultWriteError, match=r"choose \.h5"):
        write_transform(node, tmp_path / "transform.nrrd")
    assert list(tmp_path.iterdir()) == []


def test_an_older_output_is_replaced(scene, tmp_path):
    (tmp_path / "volume.nrrd").write_text("the result of yesterday")
    write_volume(add_anatomy(scene), tmp_path / "volume.nrrd")
    assert read_volume(scene, tmp_path / "volume.nrrd", "fixed").GetImageData().GetDimensions() == (40, 36, 32)


def written(scene: slicer.vtkMRMLScene, folder: Path, ending: str) -> Path:
    path = folder / f"volume{ending}"
    write_volume(add_anatomy(scene), path)
    scene.Clear(True)
    return path


@pytest.mark.parametrize("kept", [0.99, 0.5, 0.01])
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_that_was_cut_off_is_refused(ending, kept, scene, tmp_path):
    path = written(scene, tmp_path, ending)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(VolumeError, match="fixed volume"):
        read_volume(scene, path, "fixed")
    with pytest.raises(MaskError, match="moving mask"):
        read_mask(scene, path, "moving")
    assert scene.GetNumberOfNodes() == 0


def test_a_damaged_compressed_file_is_refused(scene, tmp_path):
    path = written(scene, tmp_path, ".nii.gz")
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 200] = bytes(200)
    path.write_bytes(bytes(content))
    with pytest.raises(VolumeError):
        read_volume(scene, path, "fixed")


def test_a_nifti_file_that_is_named_as_compressed_and_is_not_is_read_all_the_same(scene, tmp_path):
    path = written(scene, tmp_path, ".nii")
    path = path.rename(tmp_path / "volume.nii.gz")
    assert read_volume(scene, path, "fixed").GetImageData().GetDimensions() == (40, 36, 32)


@pytest.mark.parametrize(
    "ending", [".nrrd", ".nhdr", ".nii.gz", ".nii", ".mha", ".mhd", ".seg.nrrd", ".dcm", ".png", ".xyz"]
)
def test_a_text_with_the_name_of_a_volume_is_refused(ending, scene, tmp_path):
    path = tmp_path / f"text{ending}"
    path.write_text("A letter to the editor.\nIt has two lines.\n" * 50)
    with pytest.raises(VolumeError, match="fixed volume"):
        read_volume(scene, path, "fixed")
    with pytest.raises(MaskError, match="fixed mask"):
        read_mask(scene, path, "fixed")
    assert scene.GetNumberOfNodes() == 0


@pytest.mark.parametrize("ending", [".nrrd", ".nii.gz", ".seg.nrrd", ".mha"])
def test_missing_and_empty_files_are_told_apart(ending, scene, tmp_path):
    path = tmp_path / f"volume{ending}"
    for read, error in ((read_volume, VolumeError), (read_mask, MaskError)):
        with pytest.raises(error, match="does not exist"):
            read(scene, path, "fixed")
    path.touch()
    for read, error in ((read_volume, VolumeError), (read_mask, MaskError)):
        with pytest.raises(error, match="is empty"):
            read(scene, path, "fixed")
    assert scene.GetNumberOfNodes() == 0


def test_a_folder_is_no_volume(scene, tmp_path):
    with pytest.raises(VolumeError, match="does not exist"):
        read_volume(scene, tmp_path, "fixed")


def test_a_node_read_from_a_file_has_the_name_of_the_file(scene, tmp_path):
    assert read_volume(scene, written(scene, tmp_path, ".nii.gz"), "fixed").GetName() == "volume"
