"""Masks found in a volume itself: the body without the air around it, and the scanner's field of view.

numpy only, so that it may run in a thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..elastix.mask_erosion import box_dilated, box_eroded
from ..errors import MaskError
from .connected_parts import holes_filled, large_parts, parts_at

Voxels = npt.NDArray[Any]
Mask = npt.NDArray[np.uint8]
BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float32]

_LATTICE_MM = 3.5
_FEWEST_ALONG_AXIS = 32  # blocks; keeps the lattice fine for small animals, and where the unit is wrong
_THIN = (1, 1, 1)  # voxels or blocks to each side
_LEAST_MEASURED = 0.25  # of a block's voxels

_LEVEL = 0.1  # of the way from air to body: far from a coil, skin is hardly brighter than air
_LEVEL_CT = 0.4  # mattresses and blankets reach up to 0.3
_SOFT_TISSUE_HU, _DARK_HU = (-200.0, 300.0), (-1200.0, -500.0)
_BRIGHTEST_AIR_HU = -900.0  # what is brighter is lung
_NOISE = 5.0  # standard deviations of the air
_HIGHEST_LEVEL = 0.6
_CLEAR = 6.0  # standard deviations of the air from it to the body; where there is none, the darker half has 2 to 4
_LEAST_AIR = 0.01
_PARTS_OF_BODY = 0.2  # of the largest, such as the other leg

_LEAST_PADDING = 0.005
_PARTS_OF_VIEW = 0.1
_ROUNDING = 1.0  # grey value by which resampling may move a constant
_ROUNDING_OF_RANGE = 2e-3  # the same where grey values are fractions
_FEW_GREY_VALUES = 20.0


def body_mask(voxels: Voxels, spacing_mm: Sequence[float]) -> Mask:
    """Everything but the air around the body; air inside it, such as lungs and bowel gas, belongs to the body.

    Air and body are told apart in blocks of about 3.5 mm, by a level between the darker of two classes (Otsu, IEEE
    Trans SMC 1979;9:62), as far as it reaches the border, and the brighter one. A constant value around what was
    measured is no body, however bright. What is thinner than three blocks, such as the shell of a table, goes, large
    parts stay, and what they enclose in a slice along any axis is filled.

    :param voxels: grey values of any kind, shape (slices, rows, columns); not modified.
    :param spacing_mm: distance of voxel centres along i, j, k.
    :returns: 0 and 1 of the same shape.
    :raises MaskError: no air can be told from a body, for example because the anatomy fills the volume.

    >>> volume = np.zeros((48, 48, 48))
    >>> volume[12:36, 12:36, 12:36] = 100.0
    >>> int(body_mask(volume, (3.5, 3.5, 3.5)).sum()) == 24**3
    True
    """
    factors = _lattice_factors(voxels.shape, spacing_mm)
    lattice, is_measured = _measured_means(voxels, factors)
    # Filled first: the scalp is thin, and dark bone parts it from the rest of the head.
    is_body = holes_filled(_brighter_than_air(lattice, is_measured))
    core = large_parts(box_eroded(is_body, _THIN), _PARTS_OF_BODY)
    if not core.any():
        raise _no_body("Nothing thicker than air was found in the volume.")
    # Back to the surface: once for what the erosion took, once more for what is thin, such as ears.
    for _ in range(2):
        core = box_dilated(core, _THIN) & is_body
    return _full_size(holes_filled(core), factors, voxels.shape)


def field_of_view_mask(voxels: Voxels, spacing_mm: Sequence[float]) -> Mask:
    """Where the scanner has measured: everything but the constant value around it that was filled in.

    That value is looked for in the corners. It may differ by one grey value from rounding. Outside is what holds
    together with an edge of the volume and is at least three voxels thick, or two at the border; the same value within
    counts as measured. Small islands in it, such as burnt-in text, do not.

    :param voxels: grey values of any kind, shape (slices, rows, columns); not modified.
    :param spacing_mm: distance of voxel centres along i, j, k; makes no difference.
    :returns: 0 and 1 of the same shape.
    :raises MaskError: there is no such value, so that the field of view fills the volume.

    >>> volume = np.random.default_rng(1).normal(100, 10, (20, 20, 20))
    >>> volume[:, :, :5] = -1000
    >>> int(field_of_view_mask(volume, (1.0, 1.0, 1.0)).sum()) == 20 * 20 * 15
    True
    """
    padding = _padding(voxels)
    share = np.count_nonzero(padding) / padding.size
    if share > 1 - _LEAST_PADDING:
        raise _no_body("Nothing was measured: nearly all of the volume holds one constant value.")
    if share < _LEAST_PADDING:
        raise MaskError(
            "The scanner's field of view fills the volume: no constant value surrounds it.",
            "Leave out the mask, which is not needed.",
        )
    return large_parts(~padding, _PARTS_OF_VIEW).astype(np.uint8)


def _lattice_factors(shape: Sequence[int], spacing_mm: Sequence[float]) -> tuple[int, ...]:
    """Voxels per block along slices, rows, columns."""
    return tuple(
        max(1, min(round(_LATTICE_MM / spacing), count // _FEWEST_ALONG_AXIS))
        for count, spacing in zip(shape, tuple(spacing_mm)[::-1], strict=True)
    )


def _measured_means(voxels: Voxels, factors: Sequence[int]) -> tuple[FloatArray, BoolArray]:
    """Means over the voxels of each block that were measured, and which blocks have enough of them."""
    constants = _corner_constants(voxels)
    measured = ~_within(voxels, constants)
    counts = _block_sums(measured, factors)
    sums = _block_sums(np.where(measured, voxels, voxels.dtype.type(0)) if constants else voxels, factors)
    sizes = [
        np.minimum(factor, count - factor * np.arange(-(-count // factor)))
        for factor, count in zip(factors, voxels.shape, strict=True)
    ]
    enough: BoolArray = counts >= _LEAST_MEASURED * (sizes[0][:, None, None] * sizes[1][:, None] * sizes[2])
    means: FloatArray = np.divide(sums, counts, out=sums, where=counts > 0)
    return means, enough


def _block_sums(voxels: Voxels, factors: Sequence[int]) -> FloatArray:
    """Sums over blocks; those at the far ends may be of fewer voxels."""
    sums: npt.NDArray[Any] = voxels
    for axis, factor in enumerate(factors):
        source = np.moveaxis(sums, axis, 0)
        summed = source[::factor].astype(np.float32)
        for shift in range(1, factor):
            more = source[shift::factor]
            summed[: len(more)] += more
        sums = np.moveaxis(summed, 0, axis)
    return np.ascontiguousarray(sums, dtype=np.float32)


def _full_size(lattice: BoolArray, factors: Sequence[int], shape: Sequence[int]) -> Mask:
    """Every voxel as its block."""
    full = lattice.view(np.uint8)
    for axis in (2, 1, 0):
        full = np.repeat(full, factors[axis], axis=axis)
        full = np.moveaxis(np.moveaxis(full, axis, 0)[: shape[axis]], 0, axis)
    return np.ascontiguousarray(full)


def _brighter_than_air(lattice: FloatArray, is_measured: BoolArray) -> BoolArray:
    """Blocks of the body, and whatever else is as bright."""
    if np.count_nonzero(is_measured) < _LEAST_AIR * is_measured.size:
        raise _no_body("Nothing was measured: nearly all of the volume holds one constant value.")
    split = _otsu(lattice[is_measured])
    border = ~is_measured
    for axis in range(3):
        np.moveaxis(border, axis, 0)[[0, -1]] = True
    is_air = parts_at((lattice <= split) & is_measured, box_dilated(border, _THIN))
    level = _body_level(lattice[is_air], lattice[is_measured & (lattice > split)], is_air.size)
    if level is not None:
        return is_measured & (lattice > level)
    if np.count_nonzero(~is_measured) < _LEAST_AIR * is_air.size:
        raise MaskError(
            "No air can be told from the body: nothing at the border is as dark and even, as where the anatomy fills "
            "the volume.",
            "Leave out the mask, which is not needed where there is no air.",
        )
    return is_measured  # the air has been replaced by a constant


def _body_level(air_values: FloatArray, body_values: FloatArray, block_count: int) -> float | None:
    """The grey value above which a block is body; None if what is darkest at the border is no air."""
    if len(air_values) < _LEAST_AIR * block_count or not len(body_values):
        return None
    air, body = float(np.median(air_values)), float(np.median(body_values))
    noise = 1.4826 * float(np.median(np.abs(air_values - air)))
    in_hounsfield_units = _SOFT_TISSUE_HU[0] < body < _SOFT_TISSUE_HU[1] and _DARK_HU[0] < air < _DARK_HU[1]
    if body - air < _CLEAR * noise or (in_hounsfield_units and air > _BRIGHTEST_AIR_HU):
        return None
    level = _LEVEL_CT if in_hounsfield_units else _LEVEL
    return air + min(max(level * (body - air), _NOISE * noise), _HIGHEST_LEVEL * (body - air))


def _otsu(values: FloatArray) -> float:
    """The grey value that splits a histogram into the two classes whose means are furthest apart for their sizes."""
    low, high = (float(value) for value in np.quantile(values, (0.001, 0.995)))
    if not low < high:
        return high
    counts, edges = np.histogram(np.clip(values, low, high), bins=256, range=(low, high))
    sums = np.cumsum(counts * (edges[:-1] + edges[1:]) / 2)
    below = np.cumsum(counts)[:-1].astype(np.float64)
    above = counts.sum() - below
    apart = (sums[-1] - sums[:-1]) / np.maximum(above, 1) - sums[:-1] / np.maximum(below, 1)
    return float(edges[1 + int(np.argmax(below * above * apart**2))])


def _no_body(what: str) -> MaskError:
    return MaskError(what, "Leave out the mask, or choose one that was drawn by hand.")


def _padding(voxels: Voxels) -> BoolArray:
    """The constant value around what was measured, as far as it holds together with an edge of the volume."""
    constants = _corner_constants(voxels)
    if not constants:
        return np.zeros(voxels.shape, dtype=np.bool_)
    matching = _within(voxels, constants)
    edges = np.zeros(voxels.shape, dtype=np.bool_)
    ends = [slice(None, None, max(1, int(count) - 1)) for count in voxels.shape]
    for axis in range(3):
        edges[tuple(slice(None) if other == axis else ends[other] for other in range(3))] = True
    # Noise that happens to have the value is never solid, so that nothing leaks through it.
    outside = parts_at(box_eroded(matching, _THIN), edges)
    return box_dilated(outside, _THIN) & matching


def _within(voxels: Voxels, ranges: Sequence[tuple[float, float]]) -> BoolArray:
    matching = np.zeros(voxels.shape, dtype=np.bool_)
    for low, high in ranges:
        matching |= (voxels >= low) & (voxels <= high)
    return matching


def _corner_constants(voxels: Voxels) -> list[tuple[float, float]]:
    """Ranges of the values, no wider than rounding makes them, that fill a corner of the volume each."""
    sample = voxels[tuple(slice(None, None, max(1, count // 32)) for count in voxels.shape)]
    darkest, brightest = (float(value) for value in np.quantile(sample, (0.005, 0.995)))
    rounding = min(_ROUNDING, _ROUNDING_OF_RANGE * (brightest - darkest))
    if np.issubdtype(voxels.dtype, np.integer) and brightest - darkest > _FEW_GREY_VALUES:
        rounding = _ROUNDING
    sizes = [min(max(2, count // 40), 5, count) for count in voxels.shape]
    ranges = set()
    for at_end in np.ndindex(2, 2, 2):
        place = tuple(slice(-size, None) if last else slice(size) for last, size in zip(at_end, sizes, strict=True))
        corner = voxels[place].astype(np.float64)
        middle = float(np.median(corner))
        if np.abs(corner - middle).max() <= rounding:
            ranges.add((middle - rounding, middle + rounding))
    return sorted(ranges)
