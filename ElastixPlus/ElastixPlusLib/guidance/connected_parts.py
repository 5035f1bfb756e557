"""Connected parts of a mask, found from its runs along the rows; numpy only, so that it may run in a thread.

A run is an unbroken row of voxels. There are far fewer runs than voxels, and which ones touch is found for all of them
at once by bisection.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Runs:
    """All runs of a mask in order, and which connected part each belongs to.

    :param shape: of the mask, (slices, rows, columns).
    :param first: position of the first voxel of each run, counted along rows of one column more than there are.
    :param end: position behind the last voxel.
    :param part: number of the part, from 0, with gaps.
    """

    shape: tuple[int, int, int]
    first: IntArray
    end: IntArray
    part: IntArray

    @property
    def part_sizes(self) -> IntArray:
        """Voxels of each part, by its number."""
        sizes: IntArray = np.bincount(self.part, self.end - self.first, len(self.part)).astype(np.int64)
        return sizes

    def voxels_of(self, chosen: BoolArray) -> BoolArray:
        """The voxels of the chosen runs as a mask."""
        slices, rows, columns = self.shape
        steps = np.zeros(slices * rows * (columns + 1), dtype=np.int8)
        steps[self.first[chosen]] = 1
        steps[self.end[chosen]] = -1
        np.cumsum(steps, dtype=np.int8, out=steps)
        voxels: BoolArray = steps.reshape(slices, rows, columns + 1)[:, :, :columns] != 0
        return voxels


def find_runs(inside: BoolArray, within_slices: bool = False) -> Runs:
    """The runs of a mask and the parts that they make; voxels belong together where they share a face.

    :param inside: shape (slices, rows, columns).
    :param within_slices: voxels of different slices do not belong together.
    """
    slices, rows, columns = inside.shape
    padded = np.zeros((slices * rows, columns + 2), dtype=np.int8)
    padded[:, 1:-1] = inside.reshape(slices * rows, columns)
    steps = np.diff(padded, axis=1).ravel()
    first, end = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    row_length = columns + 1
    in_last_row = (first // row_length) % rows == rows - 1
    touching = [_touching(first, end, row_length, ~in_last_row)]
    if not within_slices:
        touching.append(_touching(first, end, row_length * rows, np.ones(len(first), dtype=np.bool_)))
    one, other = (np.concatenate(ends) for ends in zip(*touching, strict=True))
    return Runs((slices, rows, columns), first, end, _parts(len(first), one, other))


def large_parts(inside: BoolArray, least_of_largest: float = 1.0) -> BoolArray:
    """The largest connected part of a mask, and those that have at least a given part of its voxels.

    >>> large_parts(np.array([[[True, True, False, True]]])).tolist()
    [[[True, True, False, False]]]
    """
    runs = find_runs(inside)
    sizes = runs.part_sizes
    if not len(sizes):
        return np.zeros(inside.shape, dtype=np.bool_)
    return runs.voxels_of(sizes[runs.part] >= least_of_largest * sizes.max())


def parts_at(inside: BoolArray, seeds: BoolArray) -> BoolArray:
    """The connected parts of a mask that hold at least one of the seeds.

    >>> parts_at(np.array([[[True, True, False, True]]]), np.array([[[False, True, True, False]]])).tolist()
    [[[True, True, False, False]]]
    """
    runs = find_runs(inside)
    columns = inside.shape[2]
    at = np.flatnonzero(seeds & inside)
    run_of = np.searchsorted(runs.first, at // columns * (columns + 1) + at % columns, side="right") - 1
    is_seeded = np.zeros(len(runs.first), dtype=np.bool_)
    is_seeded[runs.part[run_of]] = True
    return runs.voxels_of(is_seeded[runs.part])


def holes_filled(inside: BoolArray) -> BoolArray:
    """A mask and all that it encloses within a slice, looked at along each of the three axes in turn.

    >>> holes_filled(np.array([[[1, 1, 1], [1, 0, 1], [1, 1, 1]]], dtype=np.bool_)).all()
    np.True_
    """
    filled = inside.copy()
    for axis in range(3):
        outside = np.ascontiguousarray(np.moveaxis(~filled, axis, 0))
        runs = find_runs(outside, within_slices=True)
        _, rows, columns = outside.shape
        row = runs.first // (columns + 1) % rows
        at_border = (row == 0) | (row == rows - 1)
        at_border |= (runs.first % (columns + 1) == 0) | (runs.end % (columns + 1) == columns)
        is_open = np.zeros(len(row), dtype=np.bool_)
        is_open[runs.part[at_border]] = True
        filled |= np.moveaxis(runs.voxels_of(~is_open[runs.part]), 0, axis)
    return filled


def _touching(first: IntArray, end: IntArray, away: int, asked: BoolArray) -> tuple[IntArray, IntArray]:
    """Pairs of runs of which the second overlaps the first after a shift, as their indices."""
    run = np.flatnonzero(asked)
    lowest = np.searchsorted(end, first[run] + away, side="right")
    count = np.maximum(np.searchsorted(first, end[run] + away, side="left") - lowest, 0)
    before = np.cumsum(count) - count
    return np.repeat(run, count), np.arange(count.sum()) + np.repeat(lowest - before, count)


def _parts(count: int, one: IntArray, other: IntArray) -> IntArray:
    """Number the parts of a graph by the lowest index in each; hooking and shortcutting, as Shiloach and Vishkin do."""
    part = np.arange(count)
    while True:
        low, high = np.minimum(part[one], part[other]), np.maximum(part[one], part[other])
        apart = low != high
        if not apart.any():
            return part
        one, other, low, high = one[apart], other[apart], low[apart], high[apart]
        np.minimum.at(part, high, low)
        while not np.array_equal(part, part[part]):
            part = part[part]
