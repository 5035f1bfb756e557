"""Lists of one value per resolution, and what becomes of them when the number of resolutions changes.

Where a list is shorter than the number of resolutions, elastix takes its first value for those that are missing, and
where it is longer it ignores the rest: both in silence, and at the finest resolution, which decides the result. So a
list is changed together with the number:

* fewer resolutions keep the last values of every list, those of the finest resolutions;
* more resolutions begin with the first value once more, as what is added is coarser than all others;
* a schedule of factors goes on as it began instead: before 8 4 2 1 comes 16.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..elastix.parameter_catalogue import parameter_entry
from ..elastix.parameter_file import ParameterFile
from ..elastix.pyramid_schedule import resolution_count

AXES = 3

_GRID_SCHEDULE = "GridSpacingSchedule"


def is_per_resolution(name: str) -> bool:
    """Whether elastix reads the values of a parameter as one for each resolution; of unknown ones this is likely.

    >>> is_per_resolution("MaximumNumberOfIterations"), is_per_resolution("FinalGridSpacingInPhysicalUnits")
    (True, False)
    """
    entry = parameter_entry(name)
    return entry is None or entry.per == "resolution" or name == _GRID_SCHEDULE


def is_per_resolution_and_axis(name: str) -> bool:
    """Whether elastix reads three values for each resolution, one along each axis.

    >>> is_per_resolution_and_axis("ImagePyramidSchedule"), is_per_resolution_and_axis("NumberOfSpatialSamples")
    (True, False)
    """
    entry = parameter_entry(name)
    return entry is not None and entry.per == "resolution*axis"


def is_factor_schedule(name: str) -> bool:
    """Whether the values are factors by which a pyramid or a grid of control points is coarser than at its end."""
    return is_per_resolution_and_axis(name) and name.endswith("Schedule")


def with_resolutions(file: ParameterFile, count: int) -> tuple[ParameterFile, tuple[str, ...]]:
    """A stage with another number of resolutions, and with every list of one value per resolution fitted to it.

    :param file: the parameters of one stage.
    :param count: how many resolutions.
    :returns: the stage, and the names of the lists that were fitted.
    :raises ParameterFileError: the number it has now is none.

    >>> file = ParameterFile.parse("(NumberOfResolutions 3)\\n(GridSpacingSchedule 4 2 1)\\n(SP_a 9 8 7)\\n")
    >>> print(with_resolutions(file, 2)[0].text, end="")
    (NumberOfResolutions 2)
    (GridSpacingSchedule 2 1)
    (SP_a 8 7)
    >>> with_resolutions(file, 4)[0].get("GridSpacingSchedule"), with_resolutions(file, 4)[0].get("SP_a")
    (('8', '4', '2', '1'), ('9', '9', '8', '7'))
    """
    before = resolution_count(file)
    fitted = []
    for name in file.names if before != count else ():
        values = file.get(name) or ()
        size = _values_per_resolution(name, len(values), before)
        # A single value counts for all resolutions, but for a schedule, which has to be complete.
        if size and (before > 1 or size > 1 or is_factor_schedule(name)):
            new = resized(values, size, count, is_factor_schedule(name))
            file = file.with_values(name, *map(number_or_word, new))
            fitted.append(name)
    return file.with_values("NumberOfResolutions", count), tuple(fitted)


def resized(values: Sequence[str], size: int, count: int, are_factors: bool = False) -> tuple[str, ...]:
    """A list of groups of values, one group per resolution, for another number of resolutions.

    :param values: the groups, one behind the other.
    :param size: how many values make a group.
    :param count: how many groups are wanted.
    :param are_factors: whether further groups go on as the list began, at most by doubling, or repeat the first one.

    >>> resized(("4", "4", "1", "2", "2", "1"), 3, 3, are_factors=True)
    ('8', '8', '1', '4', '4', '1', '2', '2', '1')
    """
    groups = [tuple(values[at : at + size]) for at in range(0, len(values), size)]
    while len(groups) < count:
        groups.insert(0, _coarser(groups) if are_factors else groups[0])
    return tuple(value for group in groups[len(groups) - count :] for value in group)


def number_or_word(text: str) -> str | int | float:
    """A value as a number if it is one, so that it is written without quotes.

    >>> number_or_word("8"), number_or_word("0.5"), number_or_word("1e3"), number_or_word("true")
    (8, 0.5, 1000, 'true')
    """
    if re.fullmatch(r"[+-]?\d{1,15}", text):
        return int(text)
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", text):
        return text
    number = float(text)
    # elastix reads 1000 as a whole number, but not 1e3
    return int(number) if "e" in text.lower() and number.is_integer() and abs(number) < 1e15 else number


def _values_per_resolution(name: str, count: int, resolutions: int) -> int:
    """How many values of a list belong to one resolution; 0 where it is no such list."""
    if is_per_resolution_and_axis(name) and count == AXES * resolutions:
        return AXES
    return 1 if is_per_resolution(name) and count == resolutions else 0


def _coarser(groups: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """What comes before the first group: the factor between the first two once more, from 1 to 2."""
    first = groups[0]
    if len(groups) == 1:
        return tuple(_number_text(float(value) * 2) if _is_number(value) else value for value in first)
    coarser = []
    for value, following in zip(first, groups[1], strict=True):
        if _is_number(value) and _is_number(following) and float(following) > 0:
            larger = float(value) * min(max(float(value) / float(following), 1.0), 2.0)
            value = _number_text(round(larger) if value.isdigit() else larger)  # factors of pyramids are whole
        coarser.append(value)
    return tuple(coarser)


def _number_text(number: float) -> str:
    return f"{number:.6g}"


def _is_number(text: str) -> bool:
    return isinstance(number_or_word(text), int | float)
