"""Read a displacement field that transformix wrote, without holding up what else goes on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import vtk
from slicer import vtkMRMLScene, vtkOrientedGridTransform
from vtk.util.numpy_support import vtk_to_numpy

from ..errors import InputError, ResultError
from ..grid import Grid
from ..steps import Steps, in_background
from .displacement_grid import empty_vectors, linear_grid_transform
from .files import read_transform
from .frames import flip_points

_LONGEST_HEADER = 4096
_PLAIN = {
    "NDims": "3",
    "BinaryDataByteOrderMSB": "False",
    "CompressedData": "False",
    "ElementNumberOfChannels": "3",
    "ElementType": "MET_FLOAT",
    "ElementDataFile": "LOCAL",
}


def displacement_file_steps(path: Path) -> Steps[vtk.vtkAbstractTransform]:
    """Read a field of LPS vectors as a grid transform between RAS positions, interpolated linearly.

    Plain MetaImages, as elastix writes them, are read in the background; anything else by MRML, in one piece.

    :raises ResultError: it is missing or damaged.
    """
    try:
        header, header_bytes = yield from in_background(lambda: _read_header(path))
        if all(header.get(name) == value for name, value in _PLAIN.items()):
            return (yield from _plain_steps(path, _grid_of(header), header_bytes))
    except (OSError, KeyError, ValueError) as error:
        raise _unreadable() from error
    try:
        return read_transform(vtkMRMLScene(), path).GetTransformFromParent()
    except InputError as error:
        raise _unreadable() from error


def _unreadable() -> ResultError:
    return ResultError(
        "The displacement field of transformix is missing or cannot be read.", "Run again and keep the run folder."
    )


def _read_header(path: Path) -> tuple[dict[str, str], int]:
    """The entries of a MetaImage, and how many bytes they take."""
    entries: dict[str, str] = {}
    with path.open("rb") as file:
        while "ElementDataFile" not in entries and file.tell() < _LONGEST_HEADER:
            line = file.readline(_LONGEST_HEADER)
            if not line:
                raise ValueError("the header is cut off")
            name, _, value = line.decode("latin-1").partition("=")
            entries[name.strip()] = value.strip()
        return entries, file.tell()


def _grid_of(header: dict[str, str]) -> Grid:
    def numbers(name: str) -> npt.NDArray[np.float64]:
        return np.array([float(word) for word in header[name].split()])

    ijk_to_world = np.eye(4)
    ijk_to_world[:3, :3] = flip_points(numbers("TransformMatrix").reshape(3, 3)).T * numbers("ElementSpacing")
    ijk_to_world[:3, 3] = flip_points(numbers("Offset"))
    columns, rows, slices = numbers("DimSize").astype(int)
    return Grid((int(columns), int(rows), int(slices)), ijk_to_world)


def _plain_steps(path: Path, grid: Grid, header_bytes: int) -> Steps[vtkOrientedGridTransform]:
    image = empty_vectors(grid)
    vectors: npt.NDArray[np.float32] = vtk_to_numpy(image.GetPointData().GetScalars())

    def read() -> None:
        with path.open("rb") as file:
            file.seek(header_bytes)
            if file.readinto(vectors.reshape(-1).view(np.uint8).data) != vectors.nbytes:
                raise ValueError("the file is cut off")
        vectors[:, :2] *= -1.0  # LPS to RAS

    yield from in_background(read)
    return linear_grid_transform(image, grid)
