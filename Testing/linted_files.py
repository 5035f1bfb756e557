"""Sound parameter files, to be made unsound one parameter at a time."""

from __future__ import annotations

from ElastixPlusLib.elastix.lint_finding import UNKNOWN, Circumstances, LintFinding
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.parameter_lint import lint

RIGID = {
    "Registration": '"MultiResolutionRegistration"',
    "Transform": '"EulerTransform"',
    "Metric": '"AdvancedMattesMutualInformation"',
    "ImageSampler": '"RandomCoordinate"',
    "Optimizer": '"AdaptiveStochasticGradientDescent"',
    "AutomaticScalesEstimation": '"true"',
    "NewSamplesEveryIteration": '"true"',
    "NumberOfResolutions": "3",
}
SPLINE = RIGID | {"Transform": '"BSplineTransform"'}
SPLINE.pop("AutomaticScalesEstimation")
TWO = '"AdvancedMattesMutualInformation" "AdvancedMeanSquares"'
POINTS = '"CorrespondingPointsEuclideanDistanceMetric"'
COMBINED = RIGID | {"Registration": '"MultiMetricMultiResolutionRegistration"', "Metric": TWO}


def text_of(base: dict[str, str] = RIGID, **changes: str | None) -> str:
    """A parameter file: a sound stage with some parameters changed, or left out where None is given."""
    return "".join(f"({name} {values})\n" for name, values in (base | changes).items() if values is not None)


def found(
    circumstances: Circumstances = UNKNOWN, base: dict[str, str] = RIGID, **changes: str | None
) -> tuple[LintFinding, ...]:
    """What the lint says of a stage with some parameters changed, or left out where None is given."""
    return lint(ParameterFile.parse(text_of(base, **changes)), circumstances)


def the(findings: tuple[LintFinding, ...]) -> LintFinding:
    """The only finding."""
    assert len(findings) == 1, findings
    return findings[0]
