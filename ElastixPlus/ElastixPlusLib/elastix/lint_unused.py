"""Parameters that do nothing, as nothing that is chosen reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .chosen_components import chosen, is_used
from .components import COMPONENT_KINDS
from .lint_finding import LintFinding
from .parameter_catalogue import ParameterEntry, parameter_entry
from .parameter_file import ParameterFile
from .parameter_names import component_names

# Said better elsewhere.
_SAID_ELSEWHERE = ("UseRandomSampleRegion", "SampleRegionSize", "AutomaticTransformInitializationMethod")
_AUTOMATIC = ("SP_a", "SP_alpha", "SigmoidMax", "SigmoidMin", "SigmoidScale")
_ESTIMATING = "AdaptiveStochasticGradientDescent"


def unused_findings(file: ParameterFile) -> Iterator[LintFinding]:
    """Notes about parameters of components that are not chosen.

    >>> next(unused_findings(ParameterFile.parse('(Transform "EulerTransform")\\n(GridSpacingSchedule 4 2 1)'))).what
    'GridSpacingSchedule does nothing with the Transform EulerTransform.'
    """
    is_estimated = file.first("Optimizer", "") == _ESTIMATING and set(
        file.get("AutomaticParameterEstimation") or ("true",)
    ) == {"true"}
    for name in file.names:
        entry = parameter_entry(name)
        if entry is None or name in _SAID_ELSEWHERE or _is_default(entry, file.get(name) or ()):
            continue  # what elastix would take anyway does no harm
        if not is_used(file, entry):
            kind = _kind_of(entry)
            names = ", ".join(chosen(file, kind)) if kind else ""
            what = f"{name} does nothing{f' with the {kind} {names}' if names else ' here'}."
        elif is_estimated and name in _AUTOMATIC:
            what = f"{name} does nothing, as AutomaticParameterEstimation is on."
        else:
            continue
        yield LintFinding("note", what, "Remove the line.", name, file.line_number(name), kind="unused")


def _is_default(entry: ParameterEntry, values: Sequence[str]) -> bool:
    try:
        return {float(value) for value in values} == {float(entry.default)}
    except ValueError:
        return set(values) == {entry.default}


def _kind_of(entry: ParameterEntry) -> str | None:
    """Which component parameter would have to name another class for the parameter to be read."""
    kinds = [kind for kind in COMPONENT_KINDS if component_names()[kind] & set(entry.components)]
    return kinds[0] if len(kinds) == 1 else None
