"""A displacement field of transformix is read as MRML would read it, and not at all where it is damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import vtk

from ElastixPlusLib.errors import ResultError
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.displacement_file import displacement_file_steps
from ElastixPlusLib.mrml.files import read_transform
from ElastixPlusLib.mrml.frames import transformed_points
from ElastixPlusLib.mrml.volumes import write_voxels
from ElastixPlusLib.steps import run_to_end
from phantoms import grid_matrix, rotation_about

DIMENSIONS = (9, 8, 7)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A field on an oblique grid."""
    grid = Grid(DIMENSIONS, grid_matrix(DIMENSIONS, (3.0, 4.0, 5.0), rotation_about((1, 2, 3), 25.0), (5, 6, 7)))
    vectors = np.random.default_rng(1).normal(0.0, 2.0, (9 * 8 * 7, 3)).astype(np.float32)
    write_voxels(vectors, grid, tmp_path / "field.mha")
    return tmp_path / "field.mha"


@pytest.mark.parametrize("type_name", ["MET_FLOAT", "MET_DOUBLE"])
def test_it_maps_as_the_one_that_mrml_reads(type_name, path, scene):
    if type_name == "MET_DOUBLE":
        header, values = path.read_bytes().split(b"LOCAL\n", 1)
        doubles = np.frombuffer(values, np.float32).astype(np.float64).tobytes()
        path.write_bytes(header.replace(b"MET_FLOAT", b"MET_DOUBLE") + b"LOCAL\n" + doubles)
    points = np.random.default_rng(2).normal(0.0, 8.0, (200, 3)) + np.array([5, 6, 7])
    expected = transformed_points(read_transform(scene, path).GetTransformFromParent(), points)
    assert np.abs(expected - points).max() > 1.0
    found = transformed_points(run_to_end(displacement_file_steps(path)), points)
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("damage", ["missing", "cut off", "no header", "half a header"])
def test_a_damaged_one_is_refused(damage, path):
    vtk.vtkObject.GlobalWarningDisplayOff()
    whole = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes({"cut off": whole[:-1], "no header": b"", "half a header": whole[:90]}[damage])
    with pytest.raises(ResultError, match="missing or cannot be read"):
        run_to_end(displacement_file_steps(path))
