"""Grow or shrink a mask by a distance in millimetres; numpy only, so that it may run in a thread."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ..errors import MaskError

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_ROUNDING = 1e-5  # relative, of squared distances in float32: a voxel just at the margin belongs to the mask
_FAR = np.float32(np.inf)


def with_margin(mask: npt.NDArray[np.uint8], spacing_mm: FloatArray, margin_mm: float) -> npt.NDArray[np.uint8]:
    """Grow a mask by a positive margin, or shrink it by a negative one.

    Distances are Euclidean, between voxel centres. A voxel belongs to the grown mask if the nearest voxel of the mask
    is at most the margin away, and to the shrunken mask if every voxel that is not in the mask is more than the margin
    away. Nothing is assumed beyond the volume's border: it does not eat a mask that touches it.

    The squared distance to the nearest voxel is found one axis after the other, each time as the minimum of the
    parabolas around the neighbours within the margin (Felzenszwalb and Huttenlocher, Theory of Computing 2012;8:415),
    and only in the box around the mask and its margin.

    :param mask: 0 and 1, shape (slices, rows, columns); not modified.
    :param spacing_mm: distance of voxel centres along i, j, k; shape (3,).
    :param margin_mm: 0 gives the mask as it is.
    :returns: a new mask of the same shape.
    :raises MaskError: the margin is not a finite number.

    >>> row = np.array([[[0, 0, 1, 0, 0, 0]]], dtype=np.uint8)
    >>> with_margin(row, np.array([2.0, 2.0, 2.0]), 2.5).tolist()
    [[[0, 1, 1, 1, 0, 0]]]
    """
    if not math.isfinite(margin_mm):
        raise MaskError(f"The margin of the mask is {margin_mm} mm.", "Give a finite number of millimetres.")
    changed = mask.copy()
    if margin_mm == 0 or not mask.any():
        return changed
    spacing_kji = np.asarray(spacing_mm, dtype=np.float64)[::-1]
    # Of what is not in the mask, nothing is nearer to it than the layer of voxels around the mask's box.
    reach = _reach(spacing_kji, margin_mm) if margin_mm > 0 else np.ones(3, dtype=int)
    box = _box(mask, reach)
    inside = mask[box] != 0
    near = _near(inside, spacing_kji, margin_mm) if margin_mm > 0 else ~_near(~inside, spacing_kji, -margin_mm)
    changed[box] = near
    return changed


def _reach(spacing_kji: FloatArray, radius_mm: float) -> npt.NDArray[np.int_]:
    """How many voxels along k, j, i lie within a radius."""
    return np.floor(radius_mm / spacing_kji * (1.0 + _ROUNDING)).astype(int)


def _box(mask: npt.NDArray[np.uint8], reach: npt.NDArray[np.int_]) -> tuple[slice, ...]:
    """The box around the mask and so many voxels more, within the volume."""
    slices = []
    for axis, more in enumerate(reach):
        others = tuple(other for other in range(3) if other != axis)
        used = np.flatnonzero(mask.any(axis=others))
        slices.append(slice(max(int(used[0] - more), 0), int(used[-1] + more) + 1))
    return tuple(slices)


def _near(inside: BoolArray, spacing_kji: FloatArray, radius_mm: float) -> BoolArray:
    """Where the nearest voxel inside is at most a radius away.

    Rows and columns are done slice by slice, in the processor's cache. Along the last axis the distance itself is not
    needed, only whether a neighbouring slice is near enough.
    """
    reach_kji = _reach(spacing_kji, radius_mm)
    limit = radius_mm**2 * (1.0 + _ROUNDING)
    slices = len(inside)
    near = np.zeros(inside.shape, dtype=np.bool_)
    for at in range(slices):
        if not inside[at].any():
            continue
        squared = np.where(inside[at], np.float32(0.0), _FAR)
        for axis in (1, 0):
            squared = _lowest_parabolas(squared, axis, float(spacing_kji[axis + 1]), int(reach_kji[axis + 1]))
        for away in range(min(int(reach_kji[0]), slices - 1) + 1):
            covered = squared <= np.float32(limit - (away * spacing_kji[0]) ** 2)
            if at >= away:
                near[at - away] |= covered
            if at + away < slices:
                near[at + away] |= covered
    return near


def _lowest_parabolas(
    squared: npt.NDArray[np.float32], axis: int, spacing_mm: float, reach: int
) -> npt.NDArray[np.float32]:
    """The smallest sum of a neighbour's value and its squared distance, along one axis of a slice."""
    lowest = squared.copy()
    values, result = np.moveaxis(squared, axis, 0), np.moveaxis(lowest, axis, 0)
    for away in range(1, min(reach, len(values) - 1) + 1):
        raised = values + np.float32((away * spacing_mm) ** 2)
        np.minimum(result[:-away], raised[away:], out=result[:-away])
        np.minimum(result[away:], raised[:-away], out=result[away:])
    return lowest
