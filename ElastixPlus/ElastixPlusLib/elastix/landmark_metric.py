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
    multiplied by the variance of the grey values.
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
_COMPONENTS_PER_METRIC = ("FixedImagePyramid", "MovingImagePyramid", "Interpolator", "ImageSampler")
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


def image_pair_count(parameter_file: ParameterFile, given_pairs: int) -> int:
    """How many ``-f`` and ``-m`` pairs elastix has to be given for a number of image pairs.

    Elastix takes one pair for all metrics or one pair per metric; metrics that look at no image, as the landmark
    metric, need a pair all the same, so the caller repeats the last pair.

    :param parameter_file: the parameters of one stage, after :func:`add_landmark_metric`.
    :param given_pairs: the number of image pairs that are there.
    :returns: 1, or the number of metrics.
    :raises ParameterFileError: if an image metric would be left without its pair, or a pair without metric or
        without its own pyramids and interpolator.
    """
    metrics = parameter_file.get("Metric") or ()
    if given_pairs == 1:
        return 1
    # the counts that elastix 5.0.1 insists on; a sampler may serve all metrics
    component_counts = {len(parameter_file.get(kind) or ()) for kind in _COMPONENTS_PER_METRIC[:3]}
    if (
        given_pairs > len(metrics)
        or any(not _looks_at_no_image(metric) for metric in metrics[given_pairs:])
        or component_counts != {len(metrics)}
    ):
        raise ParameterFileError(
            f"The parameter file{_named(parameter_file)} has {len(metrics)} metrics "
            f"({', '.join(metrics)}), which {given_pairs} image pairs do not fit.",
            "Give one image pair, or one pair, pyramid of each kind and interpolator for each metric.",
            parameter_file.path,
            parameter_file.line_number("Metric"),
        )
    return len(metrics)


def add_landmark_metric(
    parameter_file: ParameterFile, weight: float | Sequence[float], image_variance: float | None = None
) -> ParameterFile:
    """The same parameter file, with landmarks that pull at the given weight.

    The image metrics keep the weight that they had: 1 for a single metric, what the file says or elastix's default
    1/n for several. A file that already uses landmarks keeps its metrics and gets the weight. In a file with
    (UseRelativeWeights "true") elastix rescales the metrics in every iteration so that each pulls with a fixed share
    of the first metric's gradient; there 0.1 (firm) becomes an equal share, 0.005 (balanced) a twentieth of it, and
    the share stays even when the landmarks already match.

    :param parameter_file: the parameters of one stage.
    :param weight: see :func:`landmark_weight`; one number, or one per resolution.
    :param image_variance: variance of the fixed volume's grey values where it shows something; required if the first
        metric is AdvancedMeanSquares, whose size grows with it, and unused otherwise. 1.0 takes the weight as it is.
    :raises LandmarkError: if the weight is not usable.
    :raises ParameterFileError: if elastix cannot combine the file's metrics with landmarks.

    >>> rigid = ParameterFile.parse('(Metric "AdvancedMattesMutualInformation")')
    >>> add_landmark_metric(rigid, landmark_weight("firm")).get("Metric1Weight")
    ('0.1',)
    """
    _require_combinable_metrics(parameter_file)
    weights = _weights_per_resolution(parameter_file, weight)
    result = _with_several_metrics(parameter_file)
    result = _with_landmark_metric_behind_images(result)
    index = landmark_metric_index(result)
    if _uses_relative_weights(result):
        setting, scale = "RelativeWeight", _RELATIVE_WEIGHT_PER_WEIGHT
    else:
        setting, scale = "Weight", _grey_value_scale(result, image_variance)
    result = result.without(f"Metric{index}Use")
    return result.with_values(f"Metric{index}{setting}", *(value * scale for value in weights))


def _require_combinable_metrics(parameter_file: ParameterFile) -> None:
    metrics = parameter_file.get("Metric") or ()
    what, remedy = "", ""
    if not metrics:
        what, remedy = "names no metric", 'Add one, for example (Metric "AdvancedMattesMutualInformation").'
    elif set(metrics) == {LANDMARK_METRIC}:
        what = "has no image metric, and elastix does not register by landmarks alone"
        remedy = "Add an image metric in front of the landmark metric; its weight may be 0."
    elif metrics.count(LANDMARK_METRIC) > 1:
        what = "names the landmark metric more than once, but there is only one set of landmarks"
        remedy = f"Name {LANDMARK_METRIC} once."
    registration = parameter_file.first("Registration", _SINGLE_METRIC_REGISTRATION)
    if not what and registration not in (_SINGLE_METRIC_REGISTRATION, MULTI_METRIC_REGISTRATION):
        what = f"uses {registration}, which cannot be combined with landmarks"
        remedy = f"Use a parameter file with {_SINGLE_METRIC_REGISTRATION} or {MULTI_METRIC_REGISTRATION}."
    if what:
        line = parameter_file.line_number("Metric")
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
    for kind in _COMPONENTS_PER_METRIC:
        components = result.get(kind) or ()
        if len(metrics) > 1 and len(components) == len(metrics):
            result = result.with_values(kind, *components, components[-1])
    return result


def _with_first_metric_moved_behind(parameter_file: ParameterFile) -> ParameterFile:
    """Put the first metric last, with everything that elastix counts per metric."""
    metrics = parameter_file.get("Metric") or ()
    result = parameter_file.with_values("Metric", *metrics[1:], metrics[0])
    for kind in _COMPONENTS_PER_METRIC:
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
    metrics = parameter_file.get("Metric") or ()
    normalised = parameter_file.first("UseNormalization", "false") == "true"
    if metrics[0] != "AdvancedMeanSquares" or normalised:
        return 1.0
    if image_variance is None or not math.isfinite(image_variance) or image_variance <= 0:
        raise LandmarkError(
            f"The parameter file{_named(parameter_file)} compares squared grey values, and their size is not known, "
            "so the landmarks would pull too weakly to be noticed.",
            "Give the variance of the grey values, or use a parameter file with correlation or mutual information.",
        )
    return image_variance


def _looks_at_no_image(metric: str) -> bool:
    return metric == LANDMARK_METRIC or metric.endswith("Penalty")


def _unusable_weight(choice: object) -> LandmarkError:
    return LandmarkError(
        f"The landmark weight {choice!r} is not usable.",
        f"Give {', '.join(LANDMARK_WEIGHTS)} or a number from 0 on.",
    )


def _named(parameter_file: ParameterFile) -> str:
    return f" {parameter_file.path.name}" if parameter_file.path else ""
