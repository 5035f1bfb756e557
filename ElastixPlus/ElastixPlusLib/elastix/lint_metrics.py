"""Metrics and what has to be there as often as they are.

Every rule was tried with elastix 5.0.1, all combinations of one, two and three of each component with two and three
metrics: fixed pyramids, moving pyramids and interpolators number 1 or as many as metrics; moving pyramids are not more
than interpolators; and several fixed pyramids need at least as many samplers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .chosen_components import chosen
from .landmark_metric import LANDMARK_METRIC, MULTI_METRIC_REGISTRATION, looks_at_images
from .lint_finding import LintFinding
from .parameter_file import ParameterFile

_SINGLE = "MultiResolutionRegistration"
_COUNTED = ("FixedImagePyramid", "MovingImagePyramid", "Interpolator")
_OF_METRIC = re.compile(r"Metric([0-9]+)([A-Z]\w*)")
_OPTIMIZER = "AdaptiveStochasticGradientDescent"


def metric_findings(file: ParameterFile) -> Iterator[LintFinding]:
    """Metrics that do not fit the registration, or each other, or the other components.

    >>> file = ParameterFile.parse('(Metric "AdvancedMeanSquares" "NormalizedMutualInformation")')
    >>> [finding.replacement for finding in metric_findings(file) if finding.parameter == "Registration"]
    [('MultiMetricMultiResolutionRegistration',)]
    """
    metrics = file.get("Metric") or ()
    registration = chosen(file, "Registration")[0]
    yield from _missing(file)
    yield from _of_landmarks(file)
    if registration == _SINGLE and len(metrics) > 1:
        yield _of_single_metric_registration(file)
    if registration == MULTI_METRIC_REGISTRATION and metrics:
        yield from _of_counts(file)
    yield from _of_settings(file)


def _missing(file: ParameterFile) -> Iterator[LintFinding]:
    proposals = {"Metric": "AdvancedMattesMutualInformation", "Optimizer": _OPTIMIZER}
    if any(looks_at_images(metric) for metric in file.get("Metric") or ()):
        proposals["ImageSampler"] = "RandomCoordinate"
    for kind, proposal in {"Transform": "EulerTransform", **proposals}.items():
        if not file.get(kind):
            what = f"The file does not say which {kind} to use, and elastix has none of its own choice."
            remedy = f'Add a line such as ({kind} "{proposal}").'
            yield LintFinding("error", what, remedy, kind, file.line_number(kind), (proposal,), kind="need")


def _of_landmarks(file: ParameterFile) -> Iterator[LintFinding]:
    metrics, place = file.get("Metric") or (), ("Metric", file.line_number("Metric"))
    if set(metrics) == {LANDMARK_METRIC}:
        what = "The only metric is that of the landmarks, and elastix does not register by landmarks alone."
        yield LintFinding("error", what, "Add an image metric in front; its weight may be 0.", *place, kind="count")
    elif metrics.count(LANDMARK_METRIC) > 1:
        what = "The metric of the landmarks is there twice, and there is one set of landmarks."
        yield LintFinding("error", what, f"Name {LANDMARK_METRIC} once.", *place, kind="count")
    elif metrics[:1] == (LANDMARK_METRIC,):
        what = "The metric of the landmarks comes first; elastix alone refuses that, here it is moved to the end."
        yield LintFinding("note", what, "Name an image metric first.", *place, kind="count")


def _of_single_metric_registration(file: ParameterFile) -> LintFinding:
    metrics = file.get("Metric") or ()
    rest = [metric for metric in metrics if metric != LANDMARK_METRIC]
    what = f"There are {len(metrics)} metrics, and {_SINGLE} takes one."
    if len(rest) == 1:  # where landmarks pull, the registration is changed for the run
        what = f"{what[:-1]}; where landmarks pull, ElastixPlus combines them."
    return LintFinding(
        "error" if len(rest) > 1 else "note",
        what,
        f'Use (Registration "{MULTI_METRIC_REGISTRATION}").',
        "Registration",
        file.line_number("Registration") or file.line_number("Metric"),
        (MULTI_METRIC_REGISTRATION,),
        kind="count",
    )


def _of_counts(file: ParameterFile) -> Iterator[LintFinding]:
    metrics = len(file.get("Metric") or ())
    counts = {kind: max(len(file.get(kind) or ()), 1) for kind in (*_COUNTED, "ImageSampler")}
    for kind in _COUNTED:
        if counts[kind] not in (1, metrics):
            what = (
                f"There are {counts[kind]} of {kind} for {metrics} metric{'s' * (metrics > 1)}, which elastix refuses."
            )
            yield _count_finding(file, kind, what, f"Name one, or {metrics}." if metrics > 1 else "Name one.", None)
    if counts["MovingImagePyramid"] > counts["Interpolator"]:
        what = (
            f"There are {counts['MovingImagePyramid']} moving pyramids and {counts['Interpolator']} interpolators, "
            "and elastix wants an interpolator for each moving pyramid."
        )
        yield _count_finding(file, "Interpolator", what, f"Name {metrics} interpolators.", metrics)
    if counts["FixedImagePyramid"] > max(counts["ImageSampler"], 1):
        what = (
            f"There are {counts['FixedImagePyramid']} fixed pyramids and {counts['ImageSampler']} samplers, "
            "and elastix wants a sampler for each fixed pyramid."
        )
        yield _count_finding(file, "ImageSampler", what, f"Name {metrics} samplers.", metrics)


def _count_finding(file: ParameterFile, kind: str, what: str, remedy: str, wanted: int | None) -> LintFinding:
    values = file.get(kind) or ()
    replacement = values * wanted if wanted and len(values) == 1 else None
    return LintFinding("error", what, remedy, kind, file.line_number(kind), replacement, kind="count")


def _of_settings(file: ParameterFile) -> Iterator[LintFinding]:
    """Weights and settings for a metric that is not there."""
    metrics = len(file.get("Metric") or ())
    for name in file.names:
        of_metric = _OF_METRIC.fullmatch(name)
        if of_metric and metrics and int(of_metric.group(1)) >= metrics:
            what = f"{name} is for metric {of_metric.group(1)}, and the metrics are numbered 0 to {metrics - 1}."
            if metrics == 1:
                what = f"{name} is for metric {of_metric.group(1)}, and there is only metric 0."
            remedy = "Correct its number, or remove the line."
            yield LintFinding("warning", what, remedy, name, file.line_number(name), kind="count")
