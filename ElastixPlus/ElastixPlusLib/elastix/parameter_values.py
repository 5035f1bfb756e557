"""Refuse values that elastix would run on for ever, or refuse only after the volumes have been exported."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..errors import ParameterFileError
from .parameter_file import ParameterFile

_REQUIRED = ("Transform",)
_COUNTS = (
    "NumberOfResolutions",
    "MaximumNumberOfIterations",
    "NumberOfSpatialSamples",
    "NumberOfHistogramBins",
    "NumberOfSamplesForExactGradient",
)
_POSITIVE = ("FinalGridSpacingInPhysicalUnits", "FinalGridSpacingInVoxels", "GridSpacingSchedule")
_SWITCHES = (
    "AutomaticParameterEstimation",
    "AutomaticScalesEstimation",
    "AutomaticTransformInitialization",
    "ErodeMask",
    "NewSamplesEveryIteration",
    "UseDirectionCosines",
    "UseRandomSampleRegion",
)


def require_sound_values(parameter_file: ParameterFile) -> None:
    """Check the parameters whose values matter most.

    :raises ParameterFileError: one is missing, is no number where one belongs, or a switch is neither true nor false.

    >>> require_sound_values(ParameterFile.parse('(Transform "EulerTransform")\\n(MaximumNumberOfIterations 100)'))
    """
    for name in _REQUIRED:
        if not parameter_file.get(name):
            raise ParameterFileError(
                f"The parameter file{_named(parameter_file)} does not say which {name} to use.",
                f'Add a line such as ({name} "EulerTransform").',
                parameter_file.path,
            )
    _check(parameter_file, _COUNTS, _is_count, "a whole number of 1 or more")
    _check(parameter_file, _POSITIVE, _is_positive, "a number above 0")
    _check(parameter_file, _SWITCHES, ("true", "false").__contains__, '"true" or "false", in small letters')


def _check(
    parameter_file: ParameterFile, names: tuple[str, ...], is_sound: Callable[[str], bool], expected: str
) -> None:
    for name in names:
        for value in parameter_file.get(name) or ():
            if not is_sound(value):
                line = parameter_file.line_number(name)
                raise ParameterFileError(
                    f"In line {line} of the parameter file{_named(parameter_file)}, {name} is {value}.",
                    f"Give {expected}.",
                    parameter_file.path,
                    line,
                )


def _is_count(value: str) -> bool:
    number = _number(value)
    return number >= 1 and number == int(number)


def _is_positive(value: str) -> bool:
    return _number(value) > 0


def _number(value: str) -> float:
    """The number that a text stands for; 0, which is never sound here, for anything else."""
    try:
        number = float(value)
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0


def _named(parameter_file: ParameterFile) -> str:
    return f" {parameter_file.path.name}" if parameter_file.path else ""
