"""One parameter of a stage set to other values, with what has to follow it."""

from __future__ import annotations

from ..elastix.landmark_metric import MULTI_METRIC_REGISTRATION
from ..elastix.parameter_file import ParameterFile
from ..elastix.pyramid_schedule import resolution_count
from ..errors import ParameterFileError
from .resolution_lists import with_resolutions

NUMBER_OF_RESOLUTIONS = "NumberOfResolutions"
_SINGLE_METRIC_REGISTRATION = "MultiResolutionRegistration"


def with_parameter(file: ParameterFile, name: str, *values: str | bool | int | float) -> ParameterFile:
    r"""The same stage with other values of one parameter.

    Another number of resolutions takes along the lists that have a value for each; a second metric takes along the
    kind of registration, as elastix refuses several metrics otherwise.

    :raises ParameterFileError: elastix could not read a value back, or the number of resolutions is none.

    >>> file = ParameterFile.parse("(NumberOfResolutions 2)\n(MaximumNumberOfIterations 500 100)\n")
    >>> with_parameter(file, "NumberOfResolutions", 1).get("MaximumNumberOfIterations")
    ('100',)
    """
    if name == NUMBER_OF_RESOLUTIONS and len(values) == 1:
        changed = file.with_values(name, *values)
        return with_resolutions(file, resolution_count(changed))[0] if _has_resolutions(file) else changed
    changed = file.with_values(name, *values)
    single = changed.first("Registration", _SINGLE_METRIC_REGISTRATION) == _SINGLE_METRIC_REGISTRATION
    if name == "Metric" and len(values) > 1 and single:
        return changed.with_values("Registration", MULTI_METRIC_REGISTRATION)
    return changed


def _has_resolutions(file: ParameterFile) -> bool:
    try:
        resolution_count(file)
    except ParameterFileError:
        return False
    return True
