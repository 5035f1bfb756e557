"""Keep shrinking image pyramids from shrinking a thin volume to nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..errors import ParameterFileError
from .parameter_file import ParameterFile

FEWEST_VOXELS = 16

_SHRINKING = (
    "FixedRecursiveImagePyramid",
    "FixedShrinkingImagePyramid",
    "MovingRecursiveImagePyramid",
    "MovingShrinkingImagePyramid",
)
_GIVEN = ("ImagePyramidSchedule", "{side}ImagePyramidSchedule", "ImagePyramidRescaleSchedule")
_DEFAULT_RESOLUTIONS = 3
_MOST_RESOLUTIONS = 30


def with_safe_schedules(
    parameter_file: ParameterFile, fixed_dimensions: Sequence[int], moving_dimensions: Sequence[int]
) -> ParameterFile:
    """Limit elastix's default shrinking by 2 per resolution where a volume has too few voxels for it.

    A pyramid that shrinks halves every axis from resolution to resolution: 20 slices end as two. An axis is only
    shrunk as long as 16 voxels remain; a schedule that the file gives, and a pyramid that only smooths, stay as they
    are.

    :param fixed_dimensions: voxels along i, j, k of the fixed volume; ``moving_dimensions`` likewise.
    :raises ParameterFileError: the number of resolutions is no number that elastix could use.

    >>> file = ParameterFile.parse('(FixedImagePyramid "FixedRecursiveImagePyramid")\\n(NumberOfResolutions 3)')
    >>> with_safe_schedules(file, (200, 200, 40), (200, 200, 200)).get("FixedImagePyramidSchedule")
    ('4', '4', '2', '2', '2', '2', '1', '1', '1')
    """
    resolutions = resolution_count(parameter_file)
    for side, dimensions in (("Fixed", fixed_dimensions), ("Moving", moving_dimensions)):
        pyramids = parameter_file.get(f"{side}ImagePyramid") or (f"{side}RecursiveImagePyramid",)
        is_given = any(name.format(side=side) in parameter_file for name in _GIVEN)
        if is_given or len(set(pyramids)) != 1 or pyramids[0] not in _SHRINKING:
            continue
        schedule = _schedule(dimensions, resolutions)
        if schedule != _schedule((2**resolutions * FEWEST_VOXELS,) * 3, resolutions):
            parameter_file = parameter_file.with_values(f"{side}ImagePyramidSchedule", *schedule)
    return parameter_file


def resolution_count(parameter_file: ParameterFile) -> int:
    """How many resolutions a parameter file asks for; 3 if it says nothing.

    :raises ParameterFileError: the number is none, or so large that something else was meant.

    >>> resolution_count(ParameterFile.parse("(NumberOfResolutions 4)"))
    4
    """
    text = parameter_file.first("NumberOfResolutions", str(_DEFAULT_RESOLUTIONS))
    if not re.fullmatch(r"\d+(\.0*)?", text) or not 1 <= int(text.split(".")[0]) <= _MOST_RESOLUTIONS:
        raise ParameterFileError(
            f"The number of resolutions is {text}.",
            f"Give a whole number from 1 to {_MOST_RESOLUTIONS}, usually 3 or 4.",
            parameter_file.path,
            parameter_file.line_number("NumberOfResolutions"),
        )
    return int(text.split(".")[0])


def _schedule(dimensions: Sequence[int], resolutions: int) -> list[int]:
    factors = [2**level for level in reversed(range(resolutions))]
    return [min(factor, _largest_factor(count)) for factor in factors for count in dimensions]


def _largest_factor(count: int) -> int:
    factor = 1
    while count // (factor * 2) >= FEWEST_VOXELS:
        factor *= 2
    return factor
