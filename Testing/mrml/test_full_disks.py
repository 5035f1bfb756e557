"""A disk that is full ends with a typed error and leaves neither half a file nor a dead process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import numpy as np
import pytest
import slicer

from ElastixPlusLib.errors import ResultWriteError
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.files import write_transform, write_volume
from ElastixPlusLib.mrml.transforms import add_transform_node, grid_transform
from ElastixPlusLib.mrml.volumes import own_grid, voxel_array, write_voxels
from phantoms import add_anatomy, grid_matrix

resource = pytest.importorskip("resource", reason="POSIX limits stand in for a disk")

Disk = Callable[[int], AbstractContextManager[None]]


@pytest.fixture
def disk_of() -> Disk:
    """Let no file grow beyond a number of bytes, as if the disk were full then."""

    @contextmanager
    def limited(byte_count: int) -> Iterator[None]:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (byte_count, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limited


@pytest.fixture
def field_node(scene) -> slicer.vtkMRMLTransformNode:
    grid = Grid((15, 16, 17), grid_matrix((15, 16, 17), (3, 3, 3)))
    displacements = np.random.default_rng(1).normal(0, 2, (17, 16, 15, 3))
    return add_transform_node(scene, grid_transform(displacements, grid), "field")


def test_a_volume_for_elastix_is_not_half_written(scene, disk_of, tmp_path):
    volume = add_anatomy(scene)
    with disk_of(20_000), pytest.raises(ResultWriteError, match="could not be written"):
        write_voxels(voxel_array(volume.GetImageData()), own_grid(volume), tmp_path / "volume.mha")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", [".nrrd", ".nii.gz", ".nii", ".mha"])
def test_an_output_volume_is_not_half_written(ending, scene, disk_of, tmp_path):
    volume = add_anatomy(scene)
    older = tmp_path / f"volume{ending}"
    older.write_bytes(b"the result of yesterday")
    with disk_of(20_000), pytest.raises(ResultWriteError, match="output volume could not be written"):
        write_volume(volume, older)
    assert older.read_bytes() == b"the result of yesterday"
    assert list(tmp_path.iterdir()) == [older]


@pytest.mark.parametrize("ending", [".h5", ".tfm"])
def test_an_output_transform_is_not_half_written(ending, field_node, disk_of, tmp_path):
    with disk_of(20_000), pytest.raises(ResultWriteError, match="output transform could not be written"):
        write_transform(field_node, tmp_path / f"transform{ending}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", [".h5", ".tfm"])
def test_the_space_that_is_asked_for_is_enough_for_the_transform(ending, field_node, tmp_path, monkeypatch):
    asked: list[int] = []
    monkeypatch.setattr("ElastixPlusLib.mrml.files.reserve_space", lambda path, byte_count: asked.append(byte_count))
    path = tmp_path / f"transform{ending}"
    write_transform(field_node, path)
    assert path.stat().st_size <= asked[0] < 6 * path.stat().st_size + 200_000


@pytest.mark.parametrize("ending", [".nrrd", ".nii.gz", ".nii", ".mha"])
def test_the_space_that_is_asked_for_is_enough_for_noise(ending, scene, tmp_path, monkeypatch):
    asked: list[int] = []
    monkeypatch.setattr("ElastixPlusLib.mrml.files.reserve_space", lambda path, byte_count: asked.append(byte_count))
    volume = add_anatomy(scene)
    noise = np.random.default_rng(1).integers(-32768, 32767, 40 * 36 * 32).astype(np.int16)
    volume.GetImageData().GetPointData().GetScalars().SetVoidArray(noise, noise.size, 1)
    write_volume(volume, tmp_path / f"volume{ending}")
    assert (tmp_path / f"volume{ending}").stat().st_size <= asked[0]


def test_a_nifti_file_that_the_writer_cut_off_in_silence_is_found(scene, tmp_path, monkeypatch):
    volume = add_anatomy(scene)
    monkeypatch.setattr("ElastixPlusLib.mrml.files.is_whole_nifti", lambda path: False)
    with pytest.raises(ResultWriteError):
        write_volume(volume, tmp_path / "volume.nii.gz")
    assert list(tmp_path.iterdir()) == []
