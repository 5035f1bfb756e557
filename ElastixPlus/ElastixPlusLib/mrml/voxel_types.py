"""Voxel types that not every part of VTK and ITK takes, and how to go round without losing values.

VTK's resampling is built without 64-bit whole numbers (it crashes on them), and ITK's writer behind the storage nodes
knows neither ``signed char`` nor ``long long``, which are what numpy's ``int8`` and ``int64`` become in VTK.
"""

from __future__ import annotations

import numpy as np
import vtk
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

_WHOLE_64_BIT = (vtk.VTK_LONG, vtk.VTK_UNSIGNED_LONG, vtk.VTK_LONG_LONG, vtk.VTK_UNSIGNED_LONG_LONG, vtk.VTK_ID_TYPE)


def resampling_type(scalar_type: int) -> int:
    """The type in which VTK resamples such voxels: their own, or ``double`` for 64-bit whole numbers.

    Whole numbers beyond 2^53 would lose digits; elastix, which computes in ``float``, would lose more.
    """
    return int(vtk.VTK_DOUBLE) if scalar_type in _WHOLE_64_BIT else scalar_type


def writable_type(scalar_type: int) -> int:
    """The type in which the storage nodes write such voxels, with the same values."""
    long_has_64_bits = vtk.vtkLongArray().GetDataTypeSize() == 8
    stand_ins = {
        vtk.VTK_SIGNED_CHAR: vtk.VTK_CHAR if vtk.vtkCharArray().GetDataTypeMin() < 0 else vtk.VTK_SHORT,
        vtk.VTK_LONG_LONG: vtk.VTK_LONG if long_has_64_bits else vtk.VTK_DOUBLE,
        vtk.VTK_UNSIGNED_LONG_LONG: vtk.VTK_UNSIGNED_LONG if long_has_64_bits else vtk.VTK_DOUBLE,
    }
    return int(stand_ins.get(scalar_type, scalar_type))


def with_scalar_type(image: vtk.vtkImageData, scalar_type: int) -> vtk.vtkImageData:
    """The same image with another scalar type; the image itself if it has that type already.

    Values are rounded where they turn into whole numbers.
    """
    scalars = image.GetPointData().GetScalars()
    if scalars.GetDataType() == scalar_type:
        return image
    values = vtk_to_numpy(scalars)
    wanted = vtk.vtkDataArray.CreateDataArray(scalar_type)
    dtype = vtk_to_numpy(wanted).dtype
    if dtype.kind in "iu" and values.dtype.kind == "f":
        values = np.rint(values)
    copy = vtk.vtkImageData()
    copy.CopyStructure(image)
    copy.GetPointData().SetScalars(numpy_to_vtk(values.astype(dtype), deep=True, array_type=scalar_type))
    return copy
