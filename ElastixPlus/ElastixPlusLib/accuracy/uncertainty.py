"""How much a registration depends on chance: the spread of displacements over repeated runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..grid import Grid

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Spread:
    """Displacements of repeated runs on a grid.

    :param mean_ras: shape (slices, rows, columns, 3), mean displacement in RAS millimetres.
    :param sd_mm: shape (slices, rows, columns), standard deviation of the displacement: root of the summed variances
        of its three components (n - 1).
    """

    grid: Grid
    runs: int
    mean_ras: FloatArray
    sd_mm: FloatArray


@dataclass(frozen=True)
class UncertaintyStatistics:
    """The spread inside a region.

    :param names: what each run was, such as "seed 3" or "preset rigid".
    :param sd_p95_mm: 95th percentile, interpolated linearly.
    """

    names: tuple[str, ...]
    sd_mean_mm: float
    sd_p95_mm: float
    sd_max_mm: float


def spread(displacements_ras: Sequence[FloatArray], grid: Grid) -> Spread:
    """Mean and spread of displacement fields.

    :param displacements_ras: one per run, shape (slices, rows, columns, 3), RAS millimetres on ``grid``; not modified.
    :raises InputError: fewer than two runs.
    :raises ValueError: a field that is not on the grid.

    >>> fields = [np.zeros((1, 1, 2, 3)), np.full((1, 1, 2, 3), 2.0)]
    >>> spread(fields, Grid((2, 1, 1), np.eye(4))).sd_mm.round(3).tolist()
    [[[2.449, 2.449]]]
    """
    runs = len(displacements_ras)
    if runs < 2:
        raise InputError(
            f"There {'is 1 run' if runs == 1 else 'are no runs'}, which says nothing about the spread between runs.",
            "Repeat the registration at least twice.",
        )
    shape = (*grid.dimensions[::-1], 3)
    for field in displacements_ras:
        if field.shape != shape:
            raise ValueError(f"displacements of shape {field.shape} on a grid of shape {shape}")
    mean, sd = np.empty(shape), np.empty(shape[:3])
    for k in range(shape[0]):  # one slice of all runs at a time needs little memory
        slices = np.stack([np.asarray(field[k], dtype=np.float64) for field in displacements_ras])
        mean[k] = slices.mean(axis=0)
        slices -= mean[k]  # squares of what is left, not a difference of large squares
        sd[k] = np.sqrt((slices**2).sum(axis=(0, -1)) / (runs - 1))
    return Spread(grid, runs, mean, sd)


def uncertainty_statistics(
    spread: Spread, names: Sequence[str], region: npt.NDArray[np.bool_] | None = None
) -> UncertaintyStatistics:
    """Summarise a spread.

    :param names: of the runs, as many as there were.
    :param region: shape (slices, rows, columns), where it counts; None for everywhere.
    :raises InputError: the region has no voxel.
    :raises ValueError: there are more or fewer names than runs, or the region is not on the grid.

    >>> two_runs = spread([np.zeros((1, 1, 2, 3)), np.ones((1, 1, 2, 3))], Grid((2, 1, 1), np.eye(4)))
    >>> round(uncertainty_statistics(two_runs, ("seed 1", "seed 2")).sd_max_mm, 3)
    1.225
    """
    if len(names) != spread.runs:
        raise ValueError(f"{len(names)} names for {spread.runs} runs")
    if region is not None and region.shape != spread.sd_mm.shape:
        raise ValueError(f"a region of shape {region.shape} on a grid of shape {spread.sd_mm.shape}")
    sd_mm = spread.sd_mm.ravel() if region is None else spread.sd_mm[np.asarray(region, dtype=np.bool_)]
    if not sd_mm.size:
        raise InputError(
            "The region in which the spread between runs is to be measured has no voxel.",
            "Choose a mask that covers some of the fixed volume.",
        )
    return UncertaintyStatistics(tuple(names), float(sd_mm.mean()), float(np.percentile(sd_mm, 95)), float(sd_mm.max()))
