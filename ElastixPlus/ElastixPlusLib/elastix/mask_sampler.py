"""Choose samplers that find enough samples in a fixed mask, however small or hollow it is.

elastix's random samplers draw in the box around the fixed mask, at most ten times as often as they need samples, and
then give up. RandomSparseMask draws among the voxels of the mask instead, the same voxel more than once where the mask
has fewer voxels than samples are wanted; it is in elastix 5.0.1 and 5.3.1 and honours NewSamplesEveryIteration.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..errors import ParameterFileError
from .parameter_file import ParameterFile
from .pyramid_schedule import fixed_schedule, resolution_count, shrinks_fixed

Mask = npt.NDArray[np.uint8]

# elastix gives up below a tenth. With 50 samples or more the chance to get there from a quarter is below 1e-12.
SAFE_FILL = 0.25
# How full of its box a mask must be for a smaller box anywhere in it to be trusted without a look at the mask.
_NEARLY_WHOLE = 0.99

_SPARSE, _USUAL = "RandomSparseMask", "RandomCoordinate"
_WHOLE_VOLUME = "MultiInputRandomCoordinate"
_STARVING = ("Random", _USUAL, _WHOLE_VOLUME)
_REGION_SWITCH = re.compile(r"(ImageSampler\d+)?UseRandomSampleRegion")
_REGION_SIZE = re.compile(r"(ImageSampler\d+)?SampleRegionSize")
_FEWEST_MEASUREMENTS = 1000  # elastix's own number for a transform of few parameters
_MOST_GRID_POINTS = 1_000_000  # 40 MB in elastix


def with_sampler_for_mask(
    parameter_file: ParameterFile, fill_fraction: float, region_fill: float | None = None
) -> ParameterFile:
    """Replace the samplers of a stage that would not find enough samples in the fixed mask.

    Where the mask fills too little of its box, every random sampler becomes RandomSparseMask. The regular grid on which
    the step size is estimated lies in the same box and is made denser, so that as many of its points are in the mask
    as without one. Where only a random region in that box may be too empty, samples are drawn in the whole box again.
    MultiInputRandomCoordinate draws in the whole volume, not in the box, and becomes RandomCoordinate without region.

    :param fill_fraction: see :func:`fill_fraction`; below a quarter is too little.
    :param region_fill: see :func:`region_fill`; None expects an empty region in a mask that is not just a box.

    >>> with_sampler_for_mask(ParameterFile.parse('(ImageSampler "RandomCoordinate")'), 0.08).get("ImageSampler")
    ('RandomSparseMask',)
    """
    samplers = parameter_file.get("ImageSampler") or ()
    if not set(samplers) & set(_STARVING):
        return parameter_file
    if fill_fraction < SAFE_FILL:
        fed = [_SPARSE if sampler in _STARVING else sampler for sampler in samplers]
        return _with_denser_grids(_without_regions(parameter_file.with_values("ImageSampler", *fed)), fill_fraction)
    if _WHOLE_VOLUME in samplers and len(samplers) == 1:
        return _without_regions(parameter_file.with_values("ImageSampler", _USUAL))
    if region_fill is None:
        region_fill = 1.0 if fill_fraction >= _NEARLY_WHOLE else 0.0
    return parameter_file if region_fill >= SAFE_FILL else _without_regions(parameter_file)


def without_mask_sampler(parameter_file: ParameterFile) -> ParameterFile:
    """Replace samplers that elastix refuses to run without a fixed mask.

    >>> without_mask_sampler(ParameterFile.parse('(ImageSampler "RandomSparseMask")')).get("ImageSampler")
    ('RandomCoordinate',)
    """
    samplers = parameter_file.get("ImageSampler") or ()
    if _SPARSE not in samplers:
        return parameter_file
    usual = [_USUAL if sampler == _SPARSE else sampler for sampler in samplers]
    return parameter_file.with_values("ImageSampler", *usual)


def fill_fraction(mask: Mask, parameter_file: ParameterFile) -> float:
    """Which part of the box that elastix draws samples in the fixed mask fills, at the resolution where it is least.

    The box ends at voxels of the pyramid: one that shrinks may widen it by up to a coarse voxel to each side. Where
    the mask is eroded as well, what is left of it fills at least this times its part in
    :func:`.mask_erosion.eroded_fractions`.

    :param mask: 0 and 1, shape (slices, rows, columns), on the grid of the fixed volume that elastix gets.
    :returns: from 0, for a mask without a voxel, to 1.

    >>> cube = np.zeros((30, 30, 30), dtype=np.uint8)
    >>> cube[5:25, 5:25, 5:25] = 1
    >>> round(fill_fraction(cube, ParameterFile.parse('(FixedImagePyramid "FixedSmoothingImagePyramid")')), 2)
    0.86
    """
    ends = mask_ends(mask)
    if not ends:
        return 0.0
    count = int(np.count_nonzero(mask))
    schedule = fixed_schedule(parameter_file) if shrinks_fixed(parameter_file) else ((1, 1, 1),)
    edges = [
        [_drawn_edge(*end, factor, size) for end, factor, size in zip(ends, factors, mask.shape[::-1], strict=True)]
        for factors in schedule
    ]
    return min(min(1.0, count / math.prod(lengths)) for lengths in edges)


def region_fill(mask: Mask, spacing_mm: Sequence[float], parameter_file: ParameterFile) -> float:
    """Which part of a random sample region the fixed mask fills, at the place in the mask's box where it is least.

    :param mask: as of :func:`fill_fraction`.
    :param spacing_mm: distance of voxel centres along i, j, k.
    :returns: 1 for a stage that draws its samples in the whole box.
    :raises ParameterFileError: the size of the region is none that elastix could use.

    >>> stage = ParameterFile.parse('(UseRandomSampleRegion "true")')
    >>> region_fill(np.ones((9, 9, 9), dtype=np.uint8), (1.0, 1.0, 1.0), stage)
    1.0
    """
    switches = [name for name in parameter_file.names if _REGION_SWITCH.fullmatch(name)]
    ends = mask_ends(mask)
    if not ends or not any("true" in (parameter_file.get(name) or ()) for name in switches):
        return 1.0
    box = mask[tuple(slice(first, last + 1) for first, last in ends[::-1])] != 0
    least = 1.0
    for region_mm in _region_sizes_mm(parameter_file, mask.shape[::-1], spacing_mm):
        region = [max(1, round(size / spacing)) for size, spacing in zip(region_mm, spacing_mm, strict=True)]
        counts = box.astype(np.int32)
        for axis, length in zip((2, 1, 0), region, strict=True):
            counts = _moving_sums(counts, axis, length)
        least = min(least, int(counts.min()) / math.prod(region))
    return least


def mask_dimensions(mask: Mask) -> tuple[int, int, int]:
    """Voxels along i, j, k of the box around a mask; zeros for a mask without a voxel.

    Given to :func:`.pyramid_schedule.with_safe_schedules` for the dimensions of the fixed volume they keep a pyramid
    from shrinking a small mask to a voxel or two, with which elastix ends well and has moved nothing.

    >>> mask = np.zeros((5, 6, 7), dtype=np.uint8)
    >>> mask[1:4, 2, 3:5] = 1
    >>> mask_dimensions(mask)
    (2, 1, 3)
    """
    lengths = [last - first + 1 for first, last in mask_ends(mask)] or [0, 0, 0]
    return lengths[0], lengths[1], lengths[2]


def mask_ends(mask: Mask) -> list[tuple[int, int]]:
    """First and last voxel of a mask along i, j, k; nothing for a mask without a voxel.

    :param mask: 0 and 1, shape (slices, rows, columns).
    """
    ends = []
    for axis in (2, 1, 0):
        used = np.flatnonzero(mask.any(axis=tuple(other for other in range(3) if other != axis)))
        if len(used):
            ends.append((int(used[0]), int(used[-1])))
    return ends


def _drawn_edge(first: int, last: int, factor: int, size: int) -> int:
    """The length, in voxels, from one end to the other of where elastix draws coordinates along an axis."""
    to_first_center = (factor - 1) / 2
    low = max(math.floor((first - 0.5 - to_first_center) / factor), 0)
    high = min(math.ceil((last + 0.5 - to_first_center) / factor), max(size // factor, 1) - 1)
    return max(high - low, 1) * factor


def _region_sizes_mm(
    parameter_file: ParameterFile, dimensions: Sequence[int], spacing_mm: Sequence[float]
) -> list[list[float]]:
    """Edges of the sample region in every resolution, as elastix fills in what a file leaves out."""
    whole_mm = [(count - 1) * spacing for count, spacing in zip(dimensions, spacing_mm, strict=True)]
    sizes = []
    for name in parameter_file.names:
        if _REGION_SIZE.fullmatch(name):
            values = [_size_mm(parameter_file, name, text) for text in parameter_file.get(name) or ()]
            values += values[:1] * (3 * resolution_count(parameter_file) - len(values))
            sizes += [values[at : at + 3] for at in range(0, len(values) - 2, 3)]
    return sizes or [[min(max(whole_mm) / 3, edge) for edge in whole_mm]]


def _size_mm(parameter_file: ParameterFile, name: str, text: str) -> float:
    try:
        size_mm = float(text)
    except ValueError:
        size_mm = math.nan
    if not 0 < size_mm < math.inf:
        raise ParameterFileError(
            f"The size of the region that samples are drawn in is {text}.",
            "Give numbers of millimetres above 0.",
            parameter_file.path,
            parameter_file.line_number(name),
        )
    return size_mm


def _moving_sums(values: npt.NDArray[np.int32], axis: int, length: int) -> npt.NDArray[np.int32]:
    """Sums over so many neighbours along an axis, at every place where that many are."""
    length = min(length, values.shape[axis])
    sums = np.moveaxis(np.cumsum(values, axis=axis, dtype=np.int32), axis, 0)
    moving = sums[length - 1 :].copy()
    moving[1:] -= sums[:-length]
    return np.moveaxis(moving, 0, axis)


def _without_regions(parameter_file: ParameterFile) -> ParameterFile:
    for name in parameter_file.names:
        if _REGION_SWITCH.fullmatch(name):
            parameter_file = parameter_file.without(name)
    return parameter_file


def _with_denser_grids(parameter_file: ParameterFile, fill: float) -> ParameterFile:
    """As many points of the grid in the mask as a file asks for; by default elastix measures the transform at 1,000."""
    if "Stochastic" not in parameter_file.first("Optimizer", ""):
        return parameter_file
    defaults = {"NumberOfJacobianMeasurements": (str(_FEWEST_MEASUREMENTS),), "NumberOfSamplesForExactGradient": ()}
    for name, default in defaults.items():
        given = parameter_file.get(name) or default
        if given and all(text.isdecimal() for text in given):
            counts = [int(text) for text in given]
            denser = [max(count, min(math.ceil(count / max(fill, 1e-9)), _MOST_GRID_POINTS)) for count in counts]
            parameter_file = parameter_file.with_values(name, *denser)
    return parameter_file
