"""Where a volume shows something: what is brighter than its background, on a coarse lattice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..grid import Grid

FloatArray = npt.NDArray[np.float64]

# 40 voxels a side of a cube are enough for a centre of gravity to a tenth of a voxel and for boxes to a lattice step.
_LATTICE_POINTS = 64_000
_MOST_POINTS = 4096
_BINS = 256
# Metal and other rare bright voxels must not decide where the background ends.
_DARKEST, _BRIGHTEST = 0.001, 0.995


@dataclass(frozen=True)
class Foreground:
    """The bright part of a volume.

    :param points_ras: places in it, evenly taken, at most 4096; shape (n, 3), world RAS millimetres; never empty.
    :param level: the grey value above which a voxel belongs to it; NaN where the volume has no contrast, in which case
        all of the volume counts.
    """

    points_ras: FloatArray
    level: float

    @property
    def center_ras(self) -> FloatArray:
        """Its centre of gravity, each voxel weighing the same; shape (3,)."""
        center: FloatArray = self.points_ras.mean(axis=0)
        return center


def foreground_of(
    voxels: npt.NDArray[np.generic], grid: Grid, mask: npt.NDArray[np.generic] | None = None
) -> Foreground:
    """Find the bright part of a volume; takes some milliseconds whatever the size of the volume.

    The background ends where Otsu's method splits the grey values (IEEE Trans Syst Man Cybern 9(1), 1979). Where the
    anatomy fills the volume, the brighter part of the anatomy stands for all of it.

    :param voxels: shape (slices, rows, columns), finite.
    :param mask: of the same shape; only where it is not 0 counts. None for everywhere.

    >>> voxels = np.zeros((20, 20, 20))
    >>> voxels[5:15, 5:15, 5:15] = 100
    >>> foreground_of(voxels, Grid((20, 20, 20), np.eye(4))).center_ras.tolist()
    [9.5, 9.5, 9.5]
    """
    strides = lattice_strides(voxels.shape, grid.spacing_mm[::-1], _LATTICE_POINTS)
    first = np.minimum(np.array(strides) // 2, np.array(voxels.shape) - 1)
    lattice = tuple(slice(int(start), None, step) for start, step in zip(first, strides, strict=True))
    values = voxels[lattice].astype(np.float64)
    counts = np.ones(values.shape, dtype=np.bool_) if mask is None else mask[lattice] != 0
    if not counts.any():  # thinner than the lattice, or empty
        counts = np.ones(values.shape, dtype=np.bool_)
    low, high = (float(value) for value in np.quantile(values[counts], (_DARKEST, _BRIGHTEST)))
    level = otsu_level(values[counts], low, high) if low < high else float("nan")
    bright = counts & (values > level) if low < high else counts
    if not bright.any():
        bright = counts
    chosen = np.flatnonzero(bright)
    chosen = chosen[np.linspace(0, len(chosen) - 1, min(len(chosen), _MOST_POINTS)).astype(int)]
    at = np.stack(np.unravel_index(chosen, values.shape), axis=1) * np.array(strides) + first
    return Foreground(grid.positions_ras(at[:, ::-1].astype(np.float64)), level)


def lattice_strides(
    sizes: Sequence[int], spacing_mm: Sequence[float] | FloatArray, most_points: int
) -> tuple[int, ...]:
    """Steps along each axis that leave at most so many voxels, about as far apart along every axis in millimetres.

    >>> lattice_strides((40, 400, 400), (5.0, 0.5, 0.5), 64_000)
    (1, 10, 10)
    """
    spacing = np.asarray(spacing_mm, dtype=np.float64)
    counts = np.asarray(sizes, dtype=np.float64)
    step_mm = float((np.prod(counts * spacing) / most_points) ** (1 / 3))
    strides = np.ones(3, dtype=int)
    while np.prod(np.ceil(counts / strides)) > most_points:
        strides = np.maximum(strides, np.round(step_mm / spacing).astype(int))
        step_mm *= 1.05
    return tuple(int(stride) for stride in strides)


def otsu_level(values: FloatArray, low: float, high: float) -> float:
    """The grey value that splits values into the two classes whose means are furthest apart for their sizes.

    :param low: values below are taken for this one, those above ``high`` for that one.

    >>> 0 < otsu_level(np.array([0.0, 0, 1, 9, 10, 10]), 0, 10) < 9
    True
    """
    counts, edges = np.histogram(np.clip(values, low, high), bins=_BINS, range=(low, high))
    centers = (edges[:-1] + edges[1:]) / 2
    below, sums = np.cumsum(counts)[:-1].astype(np.float64), np.cumsum(counts * centers)
    above = counts.sum() - below
    apart = (sums[-1] - sums[:-1]) / np.maximum(above, 1) - sums[:-1] / np.maximum(below, 1)
    return float(edges[1 + int(np.argmax(below * above * apart**2))])
