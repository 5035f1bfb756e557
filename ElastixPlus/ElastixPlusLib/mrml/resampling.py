"""Show a volume through a transform on another grid, in VTK."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import vtk

from .frames import matrix_from_array
from .voxel_types import resampling_type, with_scalar_type

FloatArray = npt.NDArray[np.float64]


def resampled_image(
    image: vtk.vtkImageData,
    ijk_to_world: FloatArray,
    output_to_input_world: vtk.vtkAbstractTransform | None,
    output_dimensions: tuple[int, int, int],
    output_ijk_to_world: FloatArray,
    background: float,
    nearest: bool = False,
) -> vtk.vtkImageData:
    """Sample an image at the voxel centres of another grid.

    :param image: voxels in index coordinates (origin 0, spacing 1).
    :param ijk_to_world: shape (4, 4), index of ``image`` to RAS millimetres.
    :param output_to_input_world: maps RAS positions of the output to RAS positions of the input; None is identity.
    :param output_ijk_to_world: shape (4, 4), index of the output grid to RAS millimetres.
    :param background: value of voxels that fall outside ``image``.
    :param nearest: take the nearest voxel, for labels; otherwise interpolate linearly.
    :returns: a new image of the same scalar type, in index coordinates.
    """
    to_input_ijk = vtk.vtkGeneralTransform() if output_to_input_world is not None else vtk.vtkTransform()
    to_input_ijk.PostMultiply()
    to_input_ijk.Concatenate(matrix_from_array(output_ijk_to_world))
    if output_to_input_world is not None:
        to_input_ijk.Concatenate(output_to_input_world)
    to_input_ijk.Concatenate(matrix_from_array(np.asarray(np.linalg.inv(ijk_to_world), dtype=np.float64)))
    reslice = vtk.vtkImageReslice()
    reslice.SetInputData(with_scalar_type(image, resampling_type(image.GetScalarType())))
    reslice.SetResliceTransform(to_input_ijk)
    reslice.SetOutputOrigin(0.0, 0.0, 0.0)
    reslice.SetOutputSpacing(1.0, 1.0, 1.0)
    reslice.SetOutputExtent(0, output_dimensions[0] - 1, 0, output_dimensions[1] - 1, 0, output_dimensions[2] - 1)
    reslice.SetBackgroundLevel(background)
    if nearest:
        reslice.SetInterpolationModeToNearestNeighbor()
    else:
        reslice.SetInterpolationModeToLinear()
    reslice.Update()
    output = vtk.vtkImageData()
    output.ShallowCopy(reslice.GetOutput())
    return with_scalar_type(output, image.GetScalarType())
