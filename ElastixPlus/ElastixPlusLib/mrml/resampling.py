"""Show a volume through a transform on another grid, in VTK."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from ..steps import Steps, by_slabs, in_background
from .frames import matrix_from_array
from .voxel_types import resampling_type

FloatArray = npt.NDArray[np.float64]


def resampling_steps(
    image: vtk.vtkImageData,
    ijk_to_world: FloatArray,
    output_to_input_world: vtk.vtkAbstractTransform | None,
    output_dimensions: tuple[int, int, int],
    output_ijk_to_world: FloatArray,
    background: float,
    nearest: bool = False,
) -> Steps[vtk.vtkImageData]:
    """Sample an image at the voxel centres of another grid, in pieces of about 30 ms.

    Neither the image nor the transform must change before the last step.

    :param image: voxels in index coordinates (origin 0, spacing 1).
    :param ijk_to_world: shape (4, 4), index of ``image`` to RAS millimetres.
    :param output_to_input_world: maps RAS positions of the output to RAS positions of the input; None is identity.
    :param output_ijk_to_world: shape (4, 4), index of the output grid to RAS millimetres.
    :param background: value of voxels that fall outside ``image``.
    :param nearest: take the nearest voxel, for labels; otherwise interpolate linearly.
    :returns: a new image of the same scalar type, in index coordinates.
    """
    reslice = _reslice(output_dimensions, background, nearest)
    reslice.SetInputData((yield from _resamplable_steps(image)))
    reslice.SetResliceTransform(_index_transform(ijk_to_world, output_to_input_world, output_ijk_to_world))
    columns, rows, slices = output_dimensions
    output = vtk.vtkImageData()
    output.SetDimensions(*output_dimensions)
    output.AllocateScalars(image.GetScalarType(), 1)
    voxels = _voxels(output)

    def sample(first: int, end: int) -> None:
        for j, k in _boxes(first, end, rows):
            reslice.UpdateExtent((0, columns - 1, j.start, j.stop - 1, k.start, k.stop - 1))
            part = _voxels(reslice.GetOutput())
            voxels[k, j] = part if part.dtype == voxels.dtype else np.rint(part)

    yield from by_slabs(rows * slices, sample)
    return output


def _reslice(dimensions: tuple[int, int, int], background: float, nearest: bool) -> vtk.vtkImageReslice:
    reslice = vtk.vtkImageReslice()
    reslice.SetOutputOrigin(0.0, 0.0, 0.0)
    reslice.SetOutputSpacing(1.0, 1.0, 1.0)
    reslice.SetOutputExtent(0, dimensions[0] - 1, 0, dimensions[1] - 1, 0, dimensions[2] - 1)
    reslice.SetBackgroundLevel(background)
    reslice.SetSplitModeToBeam()  # rows, too, are shared among the threads: three slices make no even work for two
    if nearest:
        reslice.SetInterpolationModeToNearestNeighbor()
    else:
        reslice.SetInterpolationModeToLinear()
    return reslice


def _index_transform(
    ijk_to_world: FloatArray, output_to_input_world: vtk.vtkAbstractTransform | None, output_ijk_to_world: FloatArray
) -> vtk.vtkAbstractTransform:
    """Map voxel indices of the output to voxel indices of the input."""
    to_input_ijk = vtk.vtkGeneralTransform() if output_to_input_world is not None else vtk.vtkTransform()
    to_input_ijk.PostMultiply()
    to_input_ijk.Concatenate(matrix_from_array(output_ijk_to_world))
    if output_to_input_world is not None:
        to_input_ijk.Concatenate(output_to_input_world)
    to_input_ijk.Concatenate(matrix_from_array(np.asarray(np.linalg.inv(ijk_to_world), dtype=np.float64)))
    return to_input_ijk


def _boxes(first: int, end: int, rows: int) -> Iterator[tuple[slice, slice]]:
    """Cut a range of rows, counted through all slices, into boxes of (rows, slices).

    >>> [(j.start, j.stop, k.start, k.stop) for j, k in _boxes(3, 17, 5)]
    [(3, 5, 0, 1), (0, 5, 1, 3), (0, 2, 3, 4)]
    """
    while first < end:
        k, j = divmod(first, rows)
        whole_slices = 0 if j else (end - first) // rows
        stop = first + whole_slices * rows if whole_slices else min(end, (k + 1) * rows)
        yield slice(j, rows if whole_slices else j + stop - first), slice(k, k + max(whole_slices, 1))
        first = stop


def _resamplable_steps(image: vtk.vtkImageData) -> Steps[vtk.vtkImageData]:
    """The same image in a type that VTK resamples; the image itself if it has such a type."""
    scalar_type = resampling_type(image.GetScalarType())
    if scalar_type == image.GetScalarType():
        return image
    copy = vtk.vtkImageData()
    copy.CopyStructure(image)
    copy.AllocateScalars(scalar_type, 1)
    source, target = _voxels(image), _voxels(copy)
    yield from in_background(lambda: np.copyto(target, source, casting="unsafe"))
    return copy


def _voxels(image: vtk.vtkImageData) -> npt.NDArray[np.generic]:
    voxels: npt.NDArray[np.generic] = vtk_to_numpy(image.GetPointData().GetScalars())
    return voxels.reshape(image.GetDimensions()[::-1])
