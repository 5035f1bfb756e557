"""Single values: is it a number where elastix wants one, a switch spelt right, within what elastix takes?"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .chosen_components import is_used
from .lint_finding import LintFinding, Severity
from .parameter_catalogue import ParameterEntry, parameter_entry
from .parameter_file import ParameterFile

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_WHOLE = re.compile(r"([+-]?\d+)(?:\.0*)?")
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_WANTED = {
    "switch": '"true" or "false", in small letters',
    "count": "a whole number of 1 or more",
    "whole number": "a whole number of 0 or more",
    "integer": "a whole number",
    "number": "a number",
    "positive number": "a number above 0",
}
_WHOLE_KINDS = ("count", "whole number", "integer")
# Outside of their limits elastix ends with an error; others it passes over.
_REFUSED_OUTSIDE = re.compile(
    r".*BSplineInterpolationOrder|BSplineTransformSplineOrder|NumberOfResolutions|RequiredRatioOfValidSamples"
)


@dataclass(frozen=True)
class _Fault:
    """What is wrong with one value; ``meant`` is what should stand there, where that is plain."""

    what: str
    remedy: str
    meant: str | None = None
    severity: Severity = "error"


def value_findings(file: ParameterFile) -> Iterator[LintFinding]:
    """Values that elastix refuses, passes over, or reads as something else.

    Whole numbers may be written as 6.000000, as programs do. Of 2.5 and 1e3 elastix 5.0 reads only 2 and 1, and 5.3
    ends with an error (both tried).

    >>> next(value_findings(ParameterFile.parse("(MaximumNumberOfIterations 1e3)"))).replacement
    ('1000',)
    """
    for name in file.names:
        entry, values = parameter_entry(name), file.get(name) or ()
        if entry is None:
            continue
        faults = {value: fault for value in dict.fromkeys(values) if (fault := _fault(entry, value))}
        if not faults:
            continue
        first = next(iter(faults.values()))
        meant = [faults[value].meant if value in faults else value for value in values]
        replacement = tuple(value for value in meant if value is not None)
        yield LintFinding(
            first.severity if is_used(file, entry) else "note",
            first.what,
            first.remedy,
            name,
            file.line_number(name),
            replacement if len(replacement) == len(values) else None,
            kind="value",
        )


def _fault(entry: ParameterEntry, value: str) -> _Fault | None:
    if entry.kind == "switch":
        return _fault_of_switch(entry, value)
    if entry.kind == "word":
        return _fault_of_word(entry, value)
    if entry.kind in _WHOLE_KINDS:
        fault = _fault_of_whole_number(entry, value)
    elif entry.kind in ("number", "positive number"):
        fault = _fault_of_number(entry, value)
    else:
        return None
    return fault or _fault_of_limits(entry, float(value))


def _fault_of_switch(entry: ParameterEntry, value: str) -> _Fault | None:
    if value in ("true", "false"):
        return None
    word = value.lower()
    meant = "true" if word in _TRUE else "false" if word in _FALSE else None
    return _Fault(f"{entry.name} is {value}, which elastix does not take.", f"Give {_WANTED['switch']}.", meant)


def _fault_of_word(entry: ParameterEntry, value: str) -> _Fault | None:
    if not entry.choices or value in entry.choices:
        return None
    small = {choice.lower(): choice for choice in entry.choices}
    close = difflib.get_close_matches(value.lower(), small, n=1, cutoff=0.8)
    instead = f" and takes {entry.default} instead" if entry.default else ""
    return _Fault(
        f"elastix does not know the {entry.name} {value}{instead}, without saying so.",
        f"Give {' or '.join(entry.choices)}." if len(entry.choices) <= 6 else "Check its spelling.",
        small[close[0]] if close else None,
        "warning" if entry.is_main else "note",
    )


def _fault_of_whole_number(entry: ParameterEntry, value: str) -> _Fault | None:
    wanted = f"Give {_WANTED[entry.kind]}."
    found = _WHOLE.fullmatch(value)
    if found is None:
        number = float(value) if _NUMBER.fullmatch(value) else math.nan
        meant = str(int(number)) if math.isfinite(number) and number == int(number) else None
        begins = re.match(r"[+-]?\d+", value)
        reads = f"; elastix 5.0 reads {begins.group()} there, and newer ones end with an error" if begins else ""
        return _Fault(f"{entry.name} is {value}, which is no whole number{reads}.", wanted, meant)
    least = {"count": 1, "whole number": 0}.get(entry.kind)
    if least is not None and int(found.group(1)) < least:
        return _Fault(f"{entry.name} is {value}.", wanted)
    return None


def _fault_of_number(entry: ParameterEntry, value: str) -> _Fault | None:
    wanted = f"Give {_WANTED[entry.kind]}{f' of {entry.unit}' if entry.unit == 'mm' else ''}."
    if not _NUMBER.fullmatch(value):
        begins = _NUMBER.match(value)
        reads = f"; elastix 5.0 reads {begins.group()} there, and newer ones end with an error" if begins else ""
        return _Fault(f"{entry.name} is {value}, which is no number{reads}.", wanted, begins and begins.group())
    number = float(value)
    if not math.isfinite(number) or (entry.kind == "positive number" and number <= 0):
        return _Fault(f"{entry.name} is {value}.", wanted)
    return None


def _fault_of_limits(entry: ParameterEntry, number: float) -> _Fault | None:
    least = -math.inf if entry.least is None else entry.least
    most = math.inf if entry.most is None else entry.most
    if least <= number <= most:
        return None
    limits = f"at least {least:g}" if most == math.inf else f"from {least:g} to {most:g}"
    is_refused = _REFUSED_OUTSIDE.fullmatch(entry.name)
    return _Fault(
        f"{entry.name} is {number:g}{', which elastix does not take' if is_refused else ''}.",
        f"Give a number {limits}.",
        severity="error" if is_refused else "warning",
    )
