"""Several pairs of volumes in one run: which metric looks at which pair, and what elastix has to be given for it.

The first image metric of a stage compares the first pair, the second one the second pair, and so on; all pairs are
moved by the same transform. elastix 5.0.1 and 5.3.1 take one pair, or in every stage that combines metrics exactly one
pair, pyramid and interpolator per metric, also for metrics that look at no image. A stage of a single metric without
combination looks at the first pair, however many there are. The number of pairs is the same for all stages of a run, so
that stages with fewer metrics get further ones here that count for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import ParameterFileError
from .landmark_metric import COMPONENTS_PER_METRIC, MULTI_METRIC_REGISTRATION, looks_at_images
from .parameter_file import ParameterFile

# Where a transform cannot bend it is 0 at once, and it needs nothing besides; it is in every build.
_FILLER = "TransformBendingEnergyPenalty"
_REMEDY = "Give as many pairs as it compares, or choose a preset for the pairs that there are."


@dataclass(frozen=True)
class PairedFiles:
    """Parameter files that take several pairs.

    :param files: one per stage.
    :param count: how many ``-f``, ``-m`` and masks of each side elastix has to be given: the pairs in order, and the
        last one again where the count is larger.
    """

    files: tuple[ParameterFile, ...]
    count: int


def pairs_compared(parameter_file: ParameterFile) -> int:
    """How many pairs of volumes a stage can compare: one for each image metric in front, where it combines metrics.

    :param parameter_file: the parameters of one stage.

    >>> combined = '(Registration "MultiMetricMultiResolutionRegistration")\\n'
    >>> pairs_compared(ParameterFile.parse(combined + '(Metric "NormalizedMutualInformation" "AdvancedMeanSquares")'))
    2
    """
    if parameter_file.first("Registration", "") != MULTI_METRIC_REGISTRATION:
        return 1
    metrics = parameter_file.get("Metric") or ()
    behind = next((place for place, metric in enumerate(metrics) if not looks_at_images(metric)), len(metrics))
    return max(behind, 1)


def with_image_pairs(files: Sequence[ParameterFile], pairs: int) -> PairedFiles:
    """Fit the stages of a run to a number of pairs.

    :param files: one per stage, with the landmark metric where landmarks pull.
    :param pairs: how many pairs of volumes there are.
    :raises ParameterFileError: a pair would be left out, or an image metric would be left without its pair.

    >>> stage = '(Registration "MultiMetricMultiResolutionRegistration")\\n(Metric "AdvancedMeanSquares"'
    >>> rigid, spline = (ParameterFile.parse(f'{stage} "AdvancedMeanSquares"{more})') for more in ("", ' "XPenalty"'))
    >>> paired = with_image_pairs([rigid, spline], 2)
    >>> paired.count, paired.files[0].get("Metric2Use")
    (3, ('false',))
    """
    if pairs == 1:
        return PairedFiles(tuple(files), 1)
    for file in files:
        _require_pair_for_every_metric(file, pairs)
    if files and max(map(pairs_compared, files)) < pairs:
        raise ParameterFileError(
            f"There are {pairs} pairs of volumes, and every stage compares only one.",
            "Leave the further volumes out, or choose a preset for several pairs.",
            files[0].path,
            files[0].line_number("Metric"),
        )
    count = images_needed(files, pairs)
    return PairedFiles(tuple(_with_metrics(file, count) if _combines(file) else file for file in files), count)


def images_needed(files: Sequence[ParameterFile], pairs: int) -> int:
    """How many volumes of each side elastix is given for a number of pairs: one for each metric of a stage."""
    combined = [file for file in files if _combines(file)] if pairs > 1 else []
    return max((len(file.get("Metric") or ()) for file in combined), default=pairs)


def _combines(file: ParameterFile) -> bool:
    return file.first("Registration", "") == MULTI_METRIC_REGISTRATION


def _require_pair_for_every_metric(file: ParameterFile, pairs: int) -> None:
    metrics, compared = file.get("Metric") or (), pairs_compared(file)
    name = f" {file.path.name}" if file.path else ""
    what, remedy = "", _REMEDY
    if _combines(file) and any(looks_at_images(metric) for metric in metrics[compared:]):
        what = f"names a metric that compares images behind one that does not ({', '.join(metrics)})"
        remedy = "Name the metrics that compare images first."
    elif compared not in (1, pairs):
        what = f"compares {compared} pairs of volumes, and there are {pairs}"
    if what:
        line = file.line_number("Metric")
        raise ParameterFileError(f"The parameter file{name} {what}.", remedy, file.path, line)


def _with_metrics(file: ParameterFile, count: int) -> ParameterFile:
    """A stage with so many metrics, the added ones without any say, and one component of every kind for each."""
    metrics = file.get("Metric") or ()
    setting = "RelativeWeight" if file.first("UseRelativeWeights", "false") == "true" else "Weight"
    if len(metrics) < count:
        for index in range(count):
            if index >= len(metrics):
                file = file.with_values(f"Metric{index}Use", "false").with_values(f"Metric{index}{setting}", 0.0)
            elif not file.get(f"Metric{index}{setting}"):  # what elastix takes depends on how many there are
                file = file.with_values(f"Metric{index}{setting}", 1.0 / len(metrics))
        file = file.with_values("Metric", *metrics, *[_FILLER] * (count - len(metrics)))
    for kind in COMPONENTS_PER_METRIC:
        given = file.get(kind) or ()
        if given and len(given) < count:
            file = file.with_values(kind, *given, *given[-1:] * (count - len(given)))
    return file
