"""The overlay that lets landmarks pull in any elastix parameter file.

The landmark metric of elastix is the mean distance, in mm, between the fixed landmarks carried by the transform and
their moving partners (``CorrespondingPointsEuclideanDistanceMetric``, with the points given as ``-fp`` and ``-mp``).
It only works beside an image metric, behind it, and with the registration that combines several metrics. This module
rewrites a parameter file accordingly and leaves everything else as it was.

How strong the pull is
    The landmark metric is a length, so its force has the same size far and near: ``weight / number of landmarks``
    per landmark. Mutual information and normalised correlation have forces of the same order, so one scale suits
    both. Measured on two brains with 15 driving and 15 check pairs of experts (mean mm left there, generic preset):
    no landmarks 2.5 / 2.3; soft, 0.002, leaves about the error of placing a landmark, 0.9 / 2.2; balanced, 0.005,
    0.2 / 2.1; firm, 0.1, 0.1 / 2.0. Mean squares grow with the square of the grey values; there the weight is
    multiplied by the variance of the grey values, for differences of tissue in parts of the step from air to tissue.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..errors import LandmarkError, ParameterFileError
from .parameter_file import ParameterFile
from .pyramid_schedule import resolution_count

LANDMARK_METRIC = "CorrespondingPointsEuclideanDistanceMetric"
MULTI_METRIC_REGISTRATION = "MultiMetricMultiResolutionRegistration"
LANDMARK_WEIGHTS = {"soft": 0.002, "balanced": 0.005, "firm": 0.1}

# With (UseRelativeWeights "true") a weight is a share of the first metric's gradient: firm, 0.1, is an equal share.
_RELATIVE_WEIGHT_PER_WEIGHT = 10.0

_SINGLE_METRIC_REGISTRATION = "MultiResolutionRegistration"
# Mean squares, and mean squares of the part of tissue; the same weights times this factor gave the same transforms.
_SQUARES, _TISSUE_SQUARES = "AdvancedMeanSquares", "SumSquaredTissueVolumeDifference"
# Ends without a word in 5.0.1 and 5.3.1; it takes two image metrics.
_CRASH_WITH_LANDMARKS = ("PreconditionedStochasticGradientDescent",)
_OTHER_PRESET = "Choose another preset, or give the landmarks the weight 0, so that they only start and measure."

COMPONENTS_PER_METRIC = ("FixedImagePyramid", "MovingImagePyramid", "Interpolator", "ImageSampler")
_NUMBERED_METRIC_SETTINGS = ("Weight", "RelativeWeight", "Use")


def landmark_weight(choice: str | float) -> float:
    """The weight of the landmark metric for a word or a number.

    :param choice: "soft", "balanced", "firm", or a finite number from 0 on, as a number or as text.
    :returns: 0.002, 0.005, 0.1, or the number.
    :raises LandmarkError: for anything else.

    >>> landmark_weight("firm"), landmark_weight("0.5")
    (0.1, 0.5)
    """
    if isinstance(choice, str) and choice.strip().lower() in LANDMARK_WEIGHTS:
        return LANDMARK_WEIGHTS[choice.strip().lower()]
    try:
        weight = float(choice)
    except (TypeError, ValueError) as error:
        raise _unusable_weight(choice) from error
    if not math.isfinite(weight) or weight < 0:
        raise _unusable_weight(choice)
    return weight


def metric_count(parameter_file: ParameterFile) -> int:
    """How many metrics a parameter file names, image metrics, penalties and the landmark metric alike.

    :param parameter_file: the parameters of one stage.
    """
    return len(parameter_file.get("Metric") or ())


def landmark_metric_index(parameter_file: ParameterFile) -> int | None:
    """The place of the landmark metric among the metrics, from 0 on, or None if the file does not use it.

    :param parameter_file: the parameters of one stage.
    """
    metrics = parameter_file.get("Metric") or ()
    return metrics.index(LANDMARK_METRIC) if LANDMARK_METRIC in metrics else None


def landmark_metric_column(parameter_file: ParameterFile) -> str | None:
    """The heading under which elastix prints the mean landmark distance in mm, or None without landmark metric.

    The number has as many digits as the count of metrics: "2:Metric1" of 2 metrics, "2:Metric09" of 10.

    :param parameter_file: the parameters of one stage.
    """
    index = landmark_metric_index(parameter_file)
    if index is None:
        return None
    return f"2:Metric{index:0{len(str(metric_count(parameter_file)))}d}"


def looks_at_images(metric: str) -> bool:
    """Whether a metric compares images; penalties and the landmark metric do not.

    >>> looks_at_images("AdvancedNormalizedCorrelation"), looks_at_images("TransformBendingEnergyPenalty")
    (True, False)
    """
    return metric != LANDMARK_METRIC and not metric.endswith("Penalty")


def own_landmark_weights(parameter_file: ParameterFile) -> tuple[float, ...]:
    """The weights that a file gives its own landmark metric, one per resolution; elastix's 1/n where it says nothing.

    :param parameter_file: the parameters of one stage.
    :returns: nothing if the file does not use landmarks, or only has them measured.

    >>> text = (
    ...     f'(Registration "{MULTI_METRIC_REGISTRATION}")\\n(Metric "AdvancedMeanSquares" "{LANDMARK_METRIC}")\\n'
    ...     "(Metric1Weight 0.05 0.005)\\n(NumberOfResolutions 2)"
    ... )
    >>> own_landmark_weights(ParameterFile.parse(text))
    (0.05, 0.005)
    """
    index, resolutions = landmark_metric_index(parameter_file), resolution_count(parameter_file)
    if index is None or parameter_file.first("Registration", "") != MULTI_METRIC_REGISTRATION:
        return ()
    setting = "RelativeWeight" if _uses_relative_weights(parameter_file) else "Weight"
    given = parameter_file.get(f"Metric{index}{setting}") or (str(1.0 / metric_count(parameter_file)),)
    used = parameter_file.get(f"Metric{index}Use") or ("true",)
    texts = [given[level] if level < len(given) else given[0] for level in range(resolutions)]
    is_used = [(used[level] if level < len(used) else used[0]) == "true" for level in range(resolutions)]
    weights = tuple(landmark_weight(text) if use else 0.0 for text, use in zip(texts, is_used, strict=True))
    return weights if any(weights) else ()


def why_landmarks_cannot_pull(parameter_file: ParameterFile) -> tuple[str, str] | None:
    """What is in the way of landmarks that pull, and what to do; None if nothing is.

    :param parameter_file: the parameters of one stage.
    :returns: how the sentence "The parameter file ..." goes on, and the remedy.

    >>> why_landmarks_cannot_pull(ParameterFile.parse('(Transform "EulerTransform")'))[0]
    'names no metric'
    """
    metrics = parameter_file.get("Metric") or ()
    if not metrics:
        return "names no metric", 'Add one, for example (Metric "AdvancedMattesMutualInformation").'
    if set(metrics) == {LANDMARK_METRIC}:
        what = "has no image metric, and elastix does not register by landmarks alone"
        return what, "Add an image metric in front of the landmark metric; its weight may be 0."
    if metrics.count(LANDMARK_METRIC) > 1:
        what = "names the landmark metric more than once, but there is only one set of landmarks"
        return what, f"Name {LANDMARK_METRIC} once."
    if not any(looks_at_images(metric) for metric in metrics):
        return "compares no images, so that nothing would hold against the landmarks", _OTHER_PRESET
    registration = parameter_file.first("Registration", _SINGLE_METRIC_REGISTRATION)
    if registration not in (_SINGLE_METRIC_REGISTRATION, MULTI_METRIC_REGISTRATION):
        what = f"uses {registration}, which cannot be combined with landmarks"
        return what, f"{_OTHER_PRESET[:-1]}, with {_SINGLE_METRIC_REGISTRATION} or {MULTI_METRIC_REGISTRATION}."
    optimizer = parameter_file.first("Optimizer", "")
    if optimizer in _CRASH_WITH_LANDMARKS:
        what = f"uses the optimizer {optimizer}, which crashes where landmarks pull"
        return what, "Choose another preset, or the optimizer AdaptiveStochasticGradientDescent."
    return None


def add_landmark_metric(
    parameter_file: ParameterFile, weight: float | Sequence[float], image_variance: float | None = None
) -> ParameterFile:
    """The same parameter file, with landmarks that pull at the given weight.

    The image metrics keep the weight that they had: 1 for a single metric, what the file says or elastix's default
    1/n for several. In a file with (UseRelativeWeights "true") elastix rescales the metrics in every iteration so that
    each pulls with a fixed share of the first metric's gradient; there 0.1 (firm) becomes an equal share, 0.005
    (balanced) a twentieth of it, and the share stays even when the landmarks already match.

    A file that already uses landmarks keeps its metrics and how its own weights fall from resolution to resolution:
    they are multiplied by the weight over 0.005, so that balanced runs the file as it was published.

    :param parameter_file: the parameters of one stage.
    :param weight: see :func:`landmark_weight`; one number, or one per resolution.
    :param image_variance: variance of the fixed volume's grey values where it shows something; required if the first
        metric is one of squared differences (see :func:`needs_grey_values`), whose size grows with it, and unused
        otherwise. 1.0 takes the weight as it is.
    :raises LandmarkError: if the weight is not usable.
    :raises ParameterFileError: if elastix cannot combine the file's metrics with landmarks.

    >>> rigid = ParameterFile.parse('(Metric "AdvancedMattesMutualInformation")')
    >>> add_landmark_metric(rigid, landmark_weight("firm")).get("Metric1Weight")
    ('0.1',)
    """
    _require_combinable_metrics(parameter_file)
    weights = _weights_per_resolution(parameter_file, weight)
    own = own_landmark_weights(parameter_file)
    result = _with_several_metrics(parameter_file)
    result = _with_landmark_metric_behind_images(result)
    index = landmark_metric_index(result)
    setting = "RelativeWeight" if _uses_relative_weights(result) else "Weight"
    if own:
        weights = weights * len(own) if len(weights) == 1 else weights
        weights = tuple(
            value / LANDMARK_WEIGHTS["balanced"] * of_file for value, of_file in zip(weights, own, strict=True)
        )
    elif setting == "RelativeWeight":
        weights = tuple(_RELATIVE_WEIGHT_PER_WEIGHT * value for value in weights)
    else:
        scale = _grey_value_scale(result, image_variance)
        weights = tuple(scale * value for value in weights)
    result = result.without(f"Metric{index}Use")
    return result.with_values(f"Metric{index}{setting}", *(weights[:1] if len(set(weights)) == 1 else weights))


def needs_grey_values(parameter_file: ParameterFile) -> bool:
    """Whether the pull of landmarks has to be fitted to how large the grey values are.

    >>> needs_grey_values(ParameterFile.parse('(Metric "AdvancedMeanSquares")'))
    True
    """
    first = (parameter_file.get("Metric") or ("",))[0]
    is_normalised = first == _SQUARES and parameter_file.first("UseNormalization", "false") == "true"
    return first in (_SQUARES, _TISSUE_SQUARES) and not is_normalised


def _require_combinable_metrics(parameter_file: ParameterFile) -> None:
    reason = why_landmarks_cannot_pull(parameter_file)
    if reason is not None:
        what, remedy = reason
        line = parameter_file.line_number("Optimizer" if "optimizer" in what else "Metric")
        raise ParameterFileError(
            f"The parameter file{_named(parameter_file)} {what}.", remedy, parameter_file.path, line
        )


def _weights_per_resolution(parameter_file: ParameterFile, weight: float | Sequence[float]) -> tuple[float, ...]:
    given = (weight,) if isinstance(weight, (str, int, float)) else tuple(weight)
    weights = tuple(landmark_weight(value) for value in given)
    resolutions = resolution_count(parameter_file)
    if len(weights) not in (1, resolutions):
        # elastix would take the first number for the resolutions that have none
        raise LandmarkError(
            f"There are {len(weights)} landmark weights for {resolutions} resolutions"
            f"{' in' + _named(parameter_file) if parameter_file.path else ''}.",
            "Give one weight, or one for each resolution.",
        )
    return weights


def _with_several_metrics(parameter_file: ParameterFile) -> ParameterFile:
    """Make elastix combine metrics, and write down the weights that it used by default so far."""
    metrics = parameter_file.get("Metric") or ()
    single = parameter_file.first("Registration", _SINGLE_METRIC_REGISTRATION) == _SINGLE_METRIC_REGISTRATION
    result = parameter_file.with_values("Registration", MULTI_METRIC_REGISTRATION)
    if single:
        # What a single-metric registration ignored must not begin to count.
        result = result.without("UseRelativeWeights")
        for index in range(len(metrics)):
            for setting in _NUMBERED_METRIC_SETTINGS:
                if len(metrics) == 1 or setting == "RelativeWeight":
                    result = result.without(f"Metric{index}{setting}")
    if LANDMARK_METRIC in metrics and len(metrics) > 1:
        return result
    setting = "RelativeWeight" if _uses_relative_weights(result) else "Weight"
    for index in range(len(metrics)):
        if not result.get(f"Metric{index}{setting}"):
            result = result.with_values(f"Metric{index}{setting}", 1.0 / len(metrics))
    return result


def _with_landmark_metric_behind_images(parameter_file: ParameterFile) -> ParameterFile:
    metrics = parameter_file.get("Metric") or ()
    if LANDMARK_METRIC not in metrics:
        return _with_landmark_metric_appended(parameter_file)
    if metrics[0] == LANDMARK_METRIC:
        return _with_first_metric_moved_behind(parameter_file)
    return parameter_file


def _with_landmark_metric_appended(parameter_file: ParameterFile) -> ParameterFile:
    metrics = parameter_file.get("Metric") or ()
    result = parameter_file.with_values("Metric", *metrics, LANDMARK_METRIC)
    for setting in _NUMBERED_METRIC_SETTINGS:
        result = result.without(f"Metric{len(metrics)}{setting}")
    for kind in COMPONENTS_PER_METRIC:
        components = result.get(kind) or ()
        if len(metrics) > 1 and len(components) == len(metrics):
            result = result.with_values(kind, *components, components[-1])
    return result


def _with_first_metric_moved_behind(parameter_file: ParameterFile) -> ParameterFile:
    """Put the first metric last, with everything that elastix counts per metric."""
    metrics = parameter_file.get("Metric") or ()
    result = parameter_file.with_values("Metric", *metrics[1:], metrics[0])
    for kind in COMPONENTS_PER_METRIC:
        components = result.get(kind) or ()
        if len(components) == len(metrics):
            result = result.with_values(kind, *components[1:], components[0])
    for setting in _NUMBERED_METRIC_SETTINGS:
        names = [f"Metric{index}{setting}" for index in range(len(metrics))]
        values = [parameter_file.get(name) for name in names]
        for name, value in zip(names, values[1:] + values[:1], strict=True):
            result = result.with_values(name, *map(_number_or_word, value)) if value else result.without(name)
    return result


def _number_or_word(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value


def _uses_relative_weights(parameter_file: ParameterFile) -> bool:
    return parameter_file.first("UseRelativeWeights", "false") == "true"


def _grey_value_scale(parameter_file: ParameterFile, image_variance: float | None) -> float:
    """How large squared differences get; those of tissue are of parts of it, from 0 at that of air to 1."""
    if not needs_grey_values(parameter_file):
        return 1.0
    if image_variance is None or not math.isfinite(image_variance) or image_variance <= 0:
        raise LandmarkError(
            f"The parameter file{_named(parameter_file)} compares squared grey values, and their size is not known, "
            "so the landmarks would pull too weakly to be noticed.",
            "Give the variance of the grey values, or use a parameter file with correlation or mutual information.",
        )
    if parameter_file.first("Metric", "") == _SQUARES:
        return image_variance
    air, tissue = (
        _number(parameter_file.first(name, ""), default) for name, default in (("AirValue", -1000), ("TissueValue", 55))
    )
    return image_variance / (tissue - air) ** 2 if tissue != air else 1.0


def _number(text: str, default: float) -> float:
    try:
        return float(text)
    except ValueError:
        return default


def _unusable_weight(choice: object) -> LandmarkError:
    return LandmarkError(
        f"The landmark weight {choice!r} is not usable.",
        f"Give {', '.join(LANDMARK_WEIGHTS)} or a number from 0 on.",
    )


def _named(parameter_file: ParameterFile) -> str:
    return f" {parameter_file.path.name}" if parameter_file.path else ""
