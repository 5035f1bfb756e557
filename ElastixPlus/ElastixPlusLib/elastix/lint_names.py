"""Names in a parameter file: those that elastix does not know, and components that an engine lacks."""

from __future__ import annotations

from collections.abc import Iterator

from .components import COMPONENT_KINDS, REMOVED_COMPONENTS
from .lint_finding import Circumstances, LintFinding
from .parameter_file import ParameterFile
from .parameter_names import NameFinding, check_names, component_names

_IN_WORDS = {
    "Registration": "a registration",
    "Transform": "a transform",
    "Metric": "a metric",
    "ImageSampler": "a sampler",
    "Optimizer": "an optimiser",
    "Interpolator": "an interpolator",
    "ResampleInterpolator": "an interpolator of the result",
    "Resampler": "a resampler",
    "FixedImagePyramid": "a fixed pyramid",
    "MovingImagePyramid": "a moving pyramid",
}


def name_findings(file: ParameterFile, circumstances: Circumstances) -> Iterator[LintFinding]:
    """Names that elastix does not know, at least not at this place.

    >>> from .lint_finding import UNKNOWN
    >>> next(name_findings(ParameterFile.parse("(NumberOfResolution 3)"), UNKNOWN)).new_name
    'NumberOfResolutions'
    """
    for finding in check_names(file):
        if finding.name == finding.parameter:
            yield _of_parameter(finding)
        elif finding.name not in REMOVED_COMPONENTS:
            yield _of_component(file, finding)
    yield from _missing(file, circumstances)


def _of_parameter(finding: NameFinding) -> LintFinding:
    what = f"elastix knows no parameter {finding.name} and goes on without it."
    if finding.suggestion is None:
        remedy = "Check its spelling, or remove the line."
        return LintFinding("warning", what, remedy, finding.parameter, finding.line_number, kind="name")
    return LintFinding(
        "error",
        what,
        f"Did you mean {finding.suggestion}?",
        finding.parameter,
        finding.line_number,
        new_name=finding.suggestion,
        kind="name",
    )


def _of_component(file: ParameterFile, finding: NameFinding) -> LintFinding:
    values = file.get(finding.parameter) or ()
    place = finding.parameter, finding.line_number
    kind = next((kind for kind, names in component_names().items() if finding.name in names), None)
    if kind is not None:
        what = f"{finding.name} is {_IN_WORDS[kind]}, not {_IN_WORDS[finding.parameter]}."
        return LintFinding("error", what, f"Choose {_IN_WORDS[finding.parameter]}.", *place, kind="name")
    what = f"elastix knows no {finding.parameter} {finding.name}."
    if finding.suggestion is None:
        remedy = "Check its spelling; only an elastix that was built with it can run it."
        return LintFinding("warning", what, remedy, *place, kind="name")
    meant = tuple(finding.suggestion if value == finding.name else value for value in values)
    return LintFinding("error", what, f"Did you mean {finding.suggestion}?", *place, replacement=meant, kind="name")


def _missing(file: ParameterFile, circumstances: Circumstances) -> Iterator[LintFinding]:
    """Components that no elastix has any more, or that the engine at hand was built without."""
    available = circumstances.engine_components
    for kind in COMPONENT_KINDS:
        known = component_names()[kind]
        for name in dict.fromkeys(file.get(kind) or ()):
            place = kind, file.line_number(kind)
            if name in REMOVED_COMPONENTS:
                what = f"No elastix since version 5.0 has {name}."
                yield LintFinding("error", what, f"Choose another {kind}.", *place, kind="component")
            elif available is not None and name in known and name not in available:
                what = f"The engine at hand was built without {name}."
                remedy = "Choose another engine, or another preset."
                yield LintFinding("error", what, remedy, *place, kind="component")
