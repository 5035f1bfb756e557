"""How many values a parameter has against resolutions and axes, and what elastix makes of it.

Tried with elastix 5.0.1: where values for resolutions or axes are missing, nearly every parameter takes its *first* one
again; SampleGridSpacing takes its default, an incomplete pyramid schedule is dropped as a whole, and a
GridSpacingSchedule of the wrong length ends the run. Values that are too many are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import ParameterFileError
from .lint_finding import LintFinding, Severity
from .parameter_catalogue import ParameterEntry, parameter_entry
from .parameter_file import ParameterFile
from .pyramid_schedule import resolution_count

_AXES = 3
_ONLY_ONE = ("Transform", "Optimizer", "Registration")
_AXIS_NAMES = "ijk"


def count_findings(file: ParameterFile) -> Iterator[LintFinding]:
    """Parameters with more or fewer values than elastix has a use for, and schedules that grow.

    >>> file = ParameterFile.parse("(NumberOfResolutions 3)\\n(MaximumNumberOfIterations 250 500)")
    >>> next(count_findings(file)).what
    'MaximumNumberOfIterations has 2 values for 3 resolutions, and elastix takes the first one, 250, for resolution 3.'
    """
    try:
        resolutions = resolution_count(file)
    except ParameterFileError:
        return  # what is wrong with it is found among the values
    for name in file.names:
        entry, values = parameter_entry(name), file.get(name) or ()
        if entry is None:
            continue
        found = _of_count(entry, values, resolutions)
        if found is None and entry.per == "resolution*axis":
            found = _of_growth(entry, values, resolutions)
        if found is not None:
            severity, what, remedy, replacement = found
            yield LintFinding(severity, what, remedy, name, file.line_number(name), replacement, kind="count")


_Found = tuple[Severity, str, str, tuple[str, ...] | None]


def _of_count(entry: ParameterEntry, values: Sequence[str], resolutions: int) -> _Found | None:
    count = len(values)
    if count == 0 and entry.kind not in ("text", "file"):
        instead = f" and takes {entry.default}" if entry.default else ""
        return (
            "warning",
            f"{entry.name} has no value; elastix passes it over{instead}.",
            "Give one, or remove it.",
            None,
        )
    if entry.per == "one" and count > 1:
        return _of_too_many_for_one(entry, values)
    if entry.per == "resolution":
        return _of_resolutions(entry, values, resolutions)
    if entry.per == "axis":
        return _of_axes(entry, values)
    if entry.per == "resolution*axis":
        return _of_schedule(entry, values, resolutions)
    return None


def _of_too_many_for_one(entry: ParameterEntry, values: Sequence[str]) -> _Found | None:
    if entry.kind == "text":
        return None
    if entry.name in _ONLY_ONE:
        what = f"{entry.name} names {len(values)} components, and a stage has one."
        return "error", what, "Give each its own stage.", None
    what = f"{entry.name} takes one value; elastix passes over all but the first one."
    return "note", what, "Leave the first value.", (values[0],)


def _of_resolutions(entry: ParameterEntry, values: Sequence[str], resolutions: int) -> _Found | None:
    count = len(values)
    if count > max(resolutions, 1):
        of = "one resolution" if resolutions == 1 else f"{resolutions} resolutions"
        what = f"{entry.name} has {count} values for {of}, and elastix passes over the last {count - resolutions}."
        return "note", what, "Leave one value for each resolution.", tuple(values[:resolutions])
    if count in (1, resolutions) or len(set(values)) == 1:
        return None
    without = "resolution" + ("" if resolutions - count == 1 else "s")
    without += f" {resolutions}" if resolutions - count == 1 else f" {count + 1} to {resolutions}"
    what = (
        f"{entry.name} has {count} values for {resolutions} resolutions, and elastix takes the first one, {values[0]}, "
        f"for {without}."
    )
    repeated = (*values, *[values[-1]] * (resolutions - count))
    return "warning", what, f"Give one value, or {resolutions}, such as {' '.join(repeated)}.", repeated


def _of_axes(entry: ParameterEntry, values: Sequence[str]) -> _Found | None:
    count = len(values)
    if count > _AXES:
        what = f"{entry.name} has {count} values for 3 axes, and elastix passes over the rest."
        return "note", what, "Leave three values.", tuple(values[:_AXES])
    if count in (1, _AXES) or len(set(values)) == 1:
        return None
    what = f"{entry.name} has {count} values for 3 axes, and elastix takes the first one, {values[0]}, for axis k."
    return "warning", what, "Give one value, or three.", None


def _of_schedule(entry: ParameterEntry, values: Sequence[str], resolutions: int) -> _Found | None:
    count, wanted = len(values), _AXES * resolutions
    if entry.missing == "refused":
        if count in (resolutions, wanted):
            return None
        what = f"{entry.name} has {count} values for {_in_words(resolutions)}, and elastix refuses that."
        return "error", what, f"Give {resolutions} values, or {wanted}: three for each resolution.", None
    if count == wanted or (count == 1 and entry.missing == "first"):
        return None
    remedy = f"Give {wanted} values: three for each resolution."
    if count > wanted:
        what = f"{entry.name} has {count} values for {_in_words(resolutions)}, and elastix passes over the rest."
        return "warning", what, remedy, None
    if entry.missing == "first":
        if len(set(values)) == 1:
            return None
        instead = f"takes the first one, {values[0]}, for the rest"
    elif entry.name == "SampleGridSpacing" or "Exact" in entry.name:
        instead = f"takes {entry.default} for the rest"
    else:
        instead = f"passes over all of them and {entry.default}"
    tripled = tuple(value for value in values for _ in range(_AXES)) if count == resolutions else None
    what = f"{entry.name} has {count} value{'s' * (count > 1)} for {_in_words(resolutions)}, and elastix {instead}."
    return "warning", what, remedy, tripled


def _of_growth(entry: ParameterEntry, values: Sequence[str], resolutions: int) -> _Found | None:
    """A schedule goes from coarse to fine; one that grows again works on a finer picture first."""
    try:
        factors = [float(value) for value in values]
    except ValueError:
        return None
    if "Schedule" not in entry.name or len(factors) not in (resolutions, _AXES * resolutions):
        return None
    axes = len(factors) // resolutions
    for at in range(axes, len(factors)):
        if factors[at] > factors[at - axes]:
            along = "" if axes == 1 else f" along axis {_AXIS_NAMES[at % axes]}"
            before, after = values[at - axes], values[at]
            level = at // axes + 1
            what = f"{entry.name} grows{along} from {before} to {after} at resolution {level}, from fine to coarse."
            return (
                "warning",
                what,
                "Let the numbers become smaller, or stay the same, from resolution to resolution.",
                None,
            )
    return None


def _in_words(resolutions: int) -> str:
    return "one resolution and 3 axes" if resolutions == 1 else f"{resolutions} resolutions and 3 axes"
