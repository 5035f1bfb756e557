"""What elastix's erosion leaves of a mask at each resolution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.uint8]
BoolArray = npt.NDArray[np.bool_]
Schedule = Sequence[Sequence[int]]


def erosion_radii(factors: Sequence[int], role: Literal["fixed", "moving"]) -> tuple[int, ...]:
    """How many voxels elastix takes off a mask at one resolution, along i, j, k.

    With the factor f of the pyramid that is f + 1 for the fixed and 2 f + 1 for the moving mask, whatever the pyramid
    does with the factor (itkErodeMaskImageFilter.hxx of elastix; the same voxels in 5.0.1 and 5.3.1).

    >>> erosion_radii((8, 8, 2), "fixed"), erosion_radii((8, 8, 2), "moving")
    ((9, 9, 3), (17, 17, 5))
    """
    return tuple(factor + 1 if role == "fixed" else 2 * factor + 1 for factor in factors)


def eroded_fractions(mask: Mask, schedule: Schedule, role: Literal["fixed", "moving"]) -> tuple[float, ...]:
    """Which part of a mask's voxels is left at each resolution where erosion is on; the very voxels of elastix.

    :param mask: 0 and 1, shape (slices, rows, columns), on the grid that elastix gets it on.
    :param schedule: factors of the pyramid along i, j, k, one triple per resolution; see
        :func:`.pyramid_schedule.fixed_schedule`.
    :param role: elastix takes more off a moving mask than off a fixed one.
    :returns: one number from 0 to 1 per resolution; all 0 for a mask without a voxel.

    >>> cube = np.zeros((40, 40, 40), dtype=np.uint8)
    >>> cube[10:30, 10:30, 10:30] = 1
    >>> eroded_fractions(cube, [(8, 8, 8), (4, 4, 4)], "fixed")
    (0.001, 0.125)
    """
    radii = [erosion_radii(factors, role) for factors in schedule]
    fractions = [0.0] * len(radii)
    left = _boxed(np.asarray(mask) != 0)
    total, done = int(np.count_nonzero(left)), (0, 0, 0)
    if not total:
        return tuple(fractions)
    whole = left
    # A box taken off a mask and a larger one afterwards is the larger one: start from the finest resolution.
    for at in sorted(range(len(radii)), key=lambda index: radii[index]):
        more = tuple(wanted - before for wanted, before in zip(radii[at], done, strict=True))
        if min(more) < 0:
            left, more = whole, radii[at]
        left = box_eroded(left, more)
        done = (radii[at][0], radii[at][1], radii[at][2])
        fractions[at] = int(np.count_nonzero(left)) / total
    return tuple(fractions)


def box_eroded(inside: BoolArray, radii: Sequence[int]) -> BoolArray:
    """What is left of a mask whose every voxel needs the whole box around it; the volume's border takes nothing off.

    :param inside: shape (slices, rows, columns); not modified.
    :param radii: half the edge of the box along i, j, k, in voxels.
    :returns: a new array of the same shape.

    >>> box_eroded(np.array([[[True, True, True, True, False]]]), (1, 0, 0)).tolist()
    [[[True, True, True, False, False]]]
    """
    now, spare = np.array(inside, dtype=np.bool_), np.empty(inside.shape, dtype=np.bool_)
    for axis, radius in zip((2, 1, 0), radii, strict=True):
        # All that lie up to a radius ahead, then of those all that lie up to a radius behind; in steps that double.
        for ahead in (True, False):
            reach = 0
            while reach < radius:
                step = min(reach + 1, radius - reach)
                _both(now, spare, axis, step, ahead)
                now, spare = spare, now
                reach += step
    return now


def box_dilated(inside: BoolArray, radii: Sequence[int]) -> BoolArray:
    """A mask and the whole box around its every voxel; arguments as of :func:`box_eroded`.

    >>> box_dilated(np.array([[[True, False, False]]]), (1, 0, 0)).tolist()
    [[[True, True, False]]]
    """
    return ~box_eroded(~inside, radii)


def _both(inside: BoolArray, result: BoolArray, axis: int, step: int, ahead: bool) -> None:
    """Where a mask is set here and a step further on, counting everything beyond the border as set."""
    source, target = np.moveaxis(inside, axis, 0), np.moveaxis(result, axis, 0)
    step = min(step, len(source))
    if ahead:
        np.logical_and(source[: len(source) - step], source[step:], out=target[: len(source) - step])
        target[len(source) - step :] = source[len(source) - step :]
    else:
        np.logical_and(source[step:], source[: len(source) - step], out=target[step:])
        target[:step] = source[:step]


def _boxed(inside: BoolArray) -> BoolArray:
    """The part of a volume with all of a mask, and one layer more of what is not in it."""
    slices = []
    for axis in range(3):
        used = np.flatnonzero(inside.any(axis=tuple(other for other in range(3) if other != axis)))
        if len(used) == 0:
            return inside[:0, :0, :0]
        slices.append(slice(max(int(used[0]) - 1, 0), int(used[-1]) + 2))
    return inside[tuple(slices)]
