"""What is no transform is refused in words, and leaves no node."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import vtk

from ElastixPlusLib.errors import InitialTransformError
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.files import read_transform, write_transform
from ElastixPlusLib.mrml.transforms import add_transform_node, grid_transform
from phantoms import grid_matrix


@pytest.fixture(autouse=True)
def quiet() -> None:
    vtk.vtkObject.GlobalWarningDisplayOff()


@pytest.mark.parametrize("ending", [".h5", ".tfm", ".txt", ".mat", ".nrrd", ".nii.gz", ".mha", ".xyz"])
def test_a_text_with_the_name_of_a_transform_is_refused(ending, scene, tmp_path):
    path = tmp_path / f"text{ending}"
    path.write_text("A letter to the editor.\n" * 20)
    with pytest.raises(InitialTransformError, match="initial transform"):
        read_transform(scene, path)
    assert scene.GetNumberOfNodes() == 0


@pytest.mark.parametrize("kept", [0.9, 0.5, 0.05])
@pytest.mark.parametrize("ending", [".h5", ".tfm", ".nii.gz", ".nrrd"])
def test_a_transform_that_was_cut_off_is_refused(ending, kept, scene, tmp_path):
    grid = Grid((10, 11, 12), grid_matrix((10, 11, 12), (5, 5, 5)))
    displacements = np.random.default_rng(1).normal(0, 2, (12, 11, 10, 3))
    node = add_transform_node(scene, grid_transform(displacements, grid), "field")
    path = tmp_path / f"transform{ending}"
    write_transform(node, path)
    scene.Clear(True)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(InitialTransformError):
        read_transform(scene, path)
    assert scene.GetNumberOfNodes() == 0


def test_a_missing_file_and_an_empty_one_are_told_apart(scene, tmp_path):
    with pytest.raises(InitialTransformError, match="does not exist"):
        read_transform(scene, tmp_path / "missing.h5")
    (tmp_path / "empty.h5").touch()
    with pytest.raises(InitialTransformError, match="is empty"):
        read_transform(scene, tmp_path / "empty.h5")
    assert scene.GetNumberOfNodes() == 0


@pytest.mark.parametrize("lost", ["where they lie", "how long they are"])
def test_an_hdf5_file_whose_texts_lead_nowhere_is_refused_as_its_reader_would_end_the_program(lost, scene, tmp_path):
    path = tmp_path / "transform.h5"
    write_transform(add_transform_node(scene, vtk.vtkTransform(), "linear"), path)
    scene.Clear(True)
    assert read_transform(scene, path) is not None
    scene.Clear(True)
    content = path.read_bytes()
    heap = content.index(b"GCOL\x01")
    named = content.index(struct.pack("<QI", heap, 5))  # the kind of the transform
    damaged = (named, 12) if lost == "where they lie" else (named - 4, 4)
    path.write_bytes(content[: damaged[0]] + bytes(damaged[1]) + content[sum(damaged) :])
    with pytest.raises(InitialTransformError, match="is no transform file of ITK"):
        read_transform(scene, path)
    assert scene.GetNumberOfNodes() == 0
