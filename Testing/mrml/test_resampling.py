"""A volume shown through a transform on another grid has the value of the place that the transform names."""

from __future__ import annotations

import numpy as np
import pytest
import vtk

from ElastixPlusLib.elastix.transform_file import BSplineStep, TransformChain
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.resampling import resampling_steps
from ElastixPlusLib.mrml.transforms import linear_transform, vtk_transform_from_chain
from ElastixPlusLib.mrml.volumes import voxel_array
from ElastixPlusLib.mrml.voxel_types import resampling_type, with_scalar_type, writable_type
from ElastixPlusLib.steps import run_to_end
from phantoms import grid_matrix, grid_positions, rotation_about, shift

DIMENSIONS = (12, 13, 14)
SCALAR_TYPES = [vtk.VTK_CHAR, vtk.VTK_SIGNED_CHAR, vtk.VTK_UNSIGNED_CHAR, vtk.VTK_SHORT, vtk.VTK_UNSIGNED_SHORT]
SCALAR_TYPES += [vtk.VTK_INT, vtk.VTK_UNSIGNED_INT, vtk.VTK_LONG, vtk.VTK_UNSIGNED_LONG, vtk.VTK_LONG_LONG]
SCALAR_TYPES += [vtk.VTK_UNSIGNED_LONG_LONG, vtk.VTK_FLOAT, vtk.VTK_DOUBLE]


def resampled_image(*arguments) -> vtk.vtkImageData:
    return run_to_end(resampling_steps(*arguments))


def image_of(values: np.ndarray, scalar_type: int = vtk.VTK_DOUBLE) -> vtk.vtkImageData:
    image = vtk.vtkImageData()
    image.SetDimensions(*values.shape[::-1])
    image.AllocateScalars(scalar_type, 1)
    voxel_array(image)[...] = values
    return image


@pytest.mark.parametrize("nearest", [False, True])
@pytest.mark.parametrize("scalar_type", SCALAR_TYPES, ids=vtk.vtkImageScalarTypeNameMacro)
def test_every_voxel_type_survives_resampling_on_its_own_grid(scalar_type, nearest):
    values = np.random.default_rng(1).integers(0, 127, DIMENSIONS[::-1])
    result = resampled_image(image_of(values, scalar_type), np.eye(4), None, DIMENSIONS, np.eye(4), 0.0, nearest)
    assert result.GetScalarType() == scalar_type
    np.testing.assert_array_equal(voxel_array(result), values)


@pytest.mark.parametrize("scalar_type", [vtk.VTK_SHORT, vtk.VTK_LONG_LONG], ids=vtk.vtkImageScalarTypeNameMacro)
def test_values_between_whole_numbers_are_rounded(scalar_type):
    values = np.zeros(DIMENSIONS[::-1], int)
    values[:, :, 6:] = 101
    half_way = linear_transform(shift(0.7, 0, 0))
    result = resampled_image(image_of(values, scalar_type), np.eye(4), half_way, DIMENSIONS, np.eye(4), 0.0)
    assert voxel_array(result)[5, 5, 5] == 71


def test_negative_values_between_whole_numbers_are_rounded_in_64_bits_too():
    values = np.zeros(DIMENSIONS[::-1], int)
    values[:, :, 6:] = -101
    result = resampled_image(
        image_of(values, vtk.VTK_LONG_LONG), np.eye(4), linear_transform(shift(0.7, 0, 0)), DIMENSIONS, np.eye(4), 0.0
    )
    assert voxel_array(result)[5, 5, 5] == -71


def test_the_transform_leads_from_the_new_grid_to_the_old_one():
    old = grid_matrix(DIMENSIONS, (2.0, 2.1, 2.2), rotation_about((1, 2, 3), 20.0))
    new = grid_matrix((6, 7, 8), (1.5, 1.6, 1.7), rotation_about((0, 1, 1), -30.0), center=(40.0, 0.0, 0.0))
    matrix = shift(-40, 1, 2) @ rotation_about((0, 0, 1), 10.0)
    ramp = grid_positions(DIMENSIONS, old) @ [1.0, 10.0, 100.0]
    result = resampled_image(
        image_of(ramp.reshape(DIMENSIONS[::-1])), old, linear_transform(matrix), (6, 7, 8), new, -9999.0
    )
    places = grid_positions((6, 7, 8), new) @ matrix[:3, :3].T + matrix[:3, 3]
    indices = Grid(DIMENSIONS, old).indices(places)
    inner = ((indices >= 0) & (indices <= np.array(DIMENSIONS) - 1)).all(axis=1)
    assert inner.sum() > 100
    expected = places @ [1.0, 10.0, 100.0]
    np.testing.assert_allclose(voxel_array(result).ravel()[inner], expected[inner], atol=0.01)


def test_outside_the_volume_there_is_background():
    image = image_of(np.full(DIMENSIONS[::-1], 5.0))
    result = resampled_image(image, np.eye(4), linear_transform(shift(100, 0, 0)), DIMENSIONS, np.eye(4), -1024.0)
    assert (voxel_array(result) == -1024).all()


def test_the_result_is_in_index_coordinates_and_the_input_stays_as_it_was():
    image = image_of(np.random.default_rng(1).normal(size=DIMENSIONS[::-1]))
    changed = image.GetMTime()
    result = resampled_image(image, np.eye(4), None, (5, 6, 7), np.eye(4), 0.0)
    assert result.GetDimensions() == (5, 6, 7)
    assert result.GetOrigin() == (0.0, 0.0, 0.0)
    assert result.GetSpacing() == (1.0, 1.0, 1.0)
    assert image.GetMTime() == changed


def test_an_image_that_has_the_type_already_is_not_copied():
    image = image_of(np.zeros((3, 3, 3)), vtk.VTK_SHORT)
    assert with_scalar_type(image, vtk.VTK_SHORT) is image


@pytest.mark.parametrize("scalar_type", SCALAR_TYPES, ids=vtk.vtkImageScalarTypeNameMacro)
def test_stand_in_types_hold_the_same_values(scalar_type):
    values = np.arange(27).reshape(3, 3, 3)
    if scalar_type not in (vtk.VTK_UNSIGNED_CHAR, vtk.VTK_UNSIGNED_SHORT, vtk.VTK_UNSIGNED_INT, vtk.VTK_UNSIGNED_LONG):
        values = values if scalar_type == vtk.VTK_UNSIGNED_LONG_LONG else values - 13
    image = image_of(values, scalar_type)
    for stand_in in (resampling_type(scalar_type), writable_type(scalar_type)):
        np.testing.assert_array_equal(voxel_array(with_scalar_type(image, stand_in)), values)


def bend() -> vtk.vtkAbstractTransform:
    coefficients = np.random.default_rng(8).normal(0.0, 3.0, (8, 8, 8, 3))
    step = BSplineStep(coefficients, np.full(3, -60.0), np.full(3, 20.0), np.eye(3), 3, "BSplineTransform")
    return vtk_transform_from_chain(TransformChain((step,)))


def slabs_of(size: int):
    """Stands in for slabs whose size depends on the speed of the machine."""

    def by_slabs(count, work):
        for first in range(0, count, size):
            work(first, min(first + size, count))
            yield

    return by_slabs


@pytest.mark.parametrize("nearest", [False, True])
@pytest.mark.parametrize("kind", ["linear", "B-spline"])
@pytest.mark.parametrize("rows", [1, 7, 30, 95, None])
def test_slabs_give_the_very_voxels_of_one_piece(rows, kind, nearest, monkeypatch):
    """Slabs that end within a slice, that are slices, and that begin and end within slices with whole ones between."""
    dimensions, output_dimensions = (40, 37, 35), (33, 30, 31)
    old = grid_matrix(dimensions, (2.0, 2.1, 2.2), rotation_about((1, 2, 3), 20.0))
    new = grid_matrix(output_dimensions, (2.5, 2.6, 2.7), rotation_about((0, 1, 1), -30.0))
    image = image_of(np.random.default_rng(2).normal(size=dimensions[::-1]), vtk.VTK_FLOAT)
    transform = linear_transform(rotation_about((1, 1, 0), 11.0)) if kind == "linear" else bend()
    arguments = (image, old, transform, output_dimensions, new, -7.0, nearest)
    if rows is not None:
        monkeypatch.setattr("ElastixPlusLib.mrml.resampling.by_slabs", slabs_of(rows))
    result = voxel_array(resampled_image(*arguments))
    monkeypatch.setattr("ElastixPlusLib.mrml.resampling.by_slabs", slabs_of(30 * 31))
    assert 0.01 < np.mean(result == -7.0) < 0.99
    np.testing.assert_array_equal(result, voxel_array(resampled_image(*arguments)))
