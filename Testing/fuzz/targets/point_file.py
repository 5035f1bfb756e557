"""Where transformix has put points."""

from __future__ import annotations

import numpy as np

from ElastixPlusLib.elastix.point_file import read_mapped_points

from ..checks import FindingError, confined_to, fresh_folder

TOKENS = (b"Point\t0\t; ", b"; OutputPoint = [ ", b" ]\t; ", b"OutputPoint = [1 2 3]", b"]", b"[")


def seeds() -> list[bytes]:
    """Lines as transformix writes them."""
    line = (
        "Point\t{0}\t; InputIndex = [ 1 2 3 ]\t; InputPoint = [ 1.0 2.0 3.0 ]\t; OutputIndexFixed = [ 1 2 3 ]\t; "
        "OutputPoint = [ 1.5 -2.5 {0}.000001 ]\t; Deformation = [ 0.5 -4.5 0.0 ]\t; OutputIndexMoving = [ 1 2 3 ]\n"
    )
    return [line.format(0).encode(), "".join(map(line.format, range(4))).encode()]


def one_input(data: bytes) -> None:
    """Read the points; they are finite, and no more than the file has room for."""
    folder = fresh_folder("points")
    path = folder / "outputpoints.txt"
    path.write_bytes(data)
    with confined_to(folder):
        points = read_mapped_points(path)
    if points.ndim != 2 or points.shape[1] != 3 or not np.isfinite(points).all() or points.size > len(data):
        raise FindingError(f"points of the shape {points.shape}")
