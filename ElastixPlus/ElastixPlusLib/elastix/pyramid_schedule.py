"""How image pyramids shrink and smooth; keep those that shrink from shrinking a thin volume to nothing."""

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
_RESCALE_ONLY = ("ImagePyramidRescaleSchedule", "{side}ImagePyramidRescaleSchedule")
_GENERIC = ("{side}GenericImagePyramid", "OpenCL{side}GenericImagePyramid")
_SMOOTHING = "{side}SmoothingImagePyramid"
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
    if not re.fullmatch(r"[0-9]{1,9}(\.0*)?", text) or not 1 <= int(text.split(".")[0]) <= _MOST_RESOLUTIONS:
        raise ParameterFileError(
            f"The number of resolutions is {text}.",
            f"Give a whole number from 1 to {_MOST_RESOLUTIONS}, usually 3 or 4.",
            parameter_file.path,
            parameter_file.line_number("NumberOfResolutions"),
        )
    return int(text.split(".")[0])


def fixed_schedule(parameter_file: ParameterFile) -> tuple[tuple[int, int, int], ...]:
    """The factors that elastix shrinks or smooths the fixed volume by, and erodes its mask by.

    A schedule that is given counts if it has a number for every axis of every resolution; otherwise elastix halves the
    factor from resolution to resolution down to 1. Where metrics have pyramids of their own, the largest factors.

    :returns: the factors along i, j, k, one triple per resolution, the coarsest first.
    :raises ParameterFileError: a number of resolutions or a factor is none that elastix could use.

    >>> fixed_schedule(ParameterFile.parse("(NumberOfResolutions 2)"))
    ((2, 2, 2), (1, 1, 1))
    """
    return _side_schedule(parameter_file, "Fixed")


def moving_schedule(parameter_file: ParameterFile) -> tuple[tuple[int, int, int], ...]:
    """The same as :func:`fixed_schedule` for the moving volume.

    >>> moving_schedule(ParameterFile.parse("(NumberOfResolutions 1)\\n(MovingImagePyramidSchedule 4 4 1)"))
    ((4, 4, 1),)
    """
    return _side_schedule(parameter_file, "Moving")


def shrinks_fixed(parameter_file: ParameterFile) -> bool:
    """Whether the fixed pyramid leaves fewer voxels at coarse resolutions; the others only smooth.

    >>> shrinks_fixed(ParameterFile.parse('(FixedImagePyramid "FixedSmoothingImagePyramid")'))
    False
    """
    pyramids = parameter_file.get("FixedImagePyramid") or ("FixedRecursiveImagePyramid",)
    return any(pyramid != _SMOOTHING.format(side="Fixed") for pyramid in pyramids)


def _side_schedule(parameter_file: ParameterFile, side: str) -> tuple[tuple[int, int, int], ...]:
    resolutions = resolution_count(parameter_file)
    pyramids = parameter_file.get(f"{side}ImagePyramid") or (f"{side}RecursiveImagePyramid",)
    factors = [_pyramid_factors(parameter_file, side, index, kind, resolutions) for index, kind in enumerate(pyramids)]
    largest = [max(of_all) for of_all in zip(*factors, strict=True)]
    return tuple((largest[at], largest[at + 1], largest[at + 2]) for at in range(0, 3 * resolutions, 3))


def _pyramid_factors(parameter_file: ParameterFile, side: str, index: int, kind: str, resolutions: int) -> list[int]:
    """The factors of one pyramid, axis by axis and resolution by resolution; later names win over earlier ones."""
    common, own = "ImagePyramidSchedule", f"{side}ImagePyramidSchedule"
    names = [common, own, f"{side}ImagePyramid{index}Schedule"]
    if kind in [name.format(side=side) for name in _GENERIC]:
        rescale, own_rescale = (name.format(side=side) for name in _RESCALE_ONLY)
        names = [rescale, common, own_rescale, own]
    given: dict[int, int] = {}
    for name in names:
        for at, text in enumerate((parameter_file.get(name) or ())[: 3 * resolutions]):
            given[at] = _factor(parameter_file, name, text)
    if len(given) < 3 * resolutions:
        return [2**level for level in reversed(range(resolutions)) for _ in range(3)]
    factors = [given[at] for at in range(3 * resolutions)]
    if kind != _SMOOTHING.format(side=side):  # the others never grow again, and do not take 0
        for at in range(len(factors)):
            factors[at] = max(1, min(factors[at], factors[at - 3] if at >= 3 else factors[at]))
    return factors


def _factor(parameter_file: ParameterFile, name: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}(\.0*)?", text):
        raise ParameterFileError(
            f"A factor of the image pyramid is {text}.",
            "Give whole numbers, such as 4, 2 and 1.",
            parameter_file.path,
            parameter_file.line_number(name),
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
