"""Write landmark positions for elastix and read the positions that transformix maps."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import ResultWriteError, TransformImportError

FloatArray = npt.NDArray[np.float64]

_OUTPUT_POINT = re.compile(r"OutputPoint = \[([^\]]*)\]")


def write_point_file(path: Path, points_lps: FloatArray) -> None:
    """Write points in the format that ``-fp``, ``-mp`` and ``transformix -def`` read.

    :param points_lps: shape (n, 3), LPS millimetres.
    :raises ResultWriteError: the disk is full or the folder is not there.

    The keyword ``point`` matters: without it elastix rounds the numbers to voxel indices and says nothing.

    >>> import tempfile, numpy
    >>> file = Path(tempfile.mkdtemp()) / "points.txt"
    >>> write_point_file(file, numpy.array([[1.0, 2.5, -3.0]]))
    >>> file.read_text().splitlines()
    ['point', '1', '1.0 2.5 -3.0']
    """
    lines = ["point", str(len(points_lps))]
    lines += [" ".join(repr(float(coordinate)) for coordinate in point) for point in points_lps]
    try:
        path.write_text("\n".join(lines) + "\n", encoding="ascii")
    except OSError as error:
        what = f"The points could not be written to {path} ({error.strerror or error})."
        raise ResultWriteError(what, "Choose another folder for temporary files.") from error


def read_mapped_points(path: Path) -> FloatArray:
    """Read where transformix has put the points (``outputpoints.txt``).

    :returns: shape (n, 3), LPS millimetres.
    :raises TransformImportError: if the file is missing or damaged.
    """
    try:
        text = path.read_text(encoding="ascii", errors="replace")
        points = np.array([[float(number) for number in match.split()] for match in _OUTPUT_POINT.findall(text)])
        if points.ndim != 2 or points.shape[1] != 3 or not np.isfinite(points).all():
            raise ValueError("not three numbers for every point")
        return points
    except (OSError, ValueError) as error:
        raise TransformImportError(
            f"The mapped points in {path.name} cannot be read.", "Run the registration again and keep the run folder."
        ) from error
