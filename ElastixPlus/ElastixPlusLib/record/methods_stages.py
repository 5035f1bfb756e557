"""Sentences of a methods section: what elastix did in which stages, how the landmarks pulled, seed and threads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..elastix.landmark_metric import LANDMARK_METRIC, own_landmark_weights
from ..elastix.parameter_file import ParameterFile
from ..elastix.pyramid_schedule import resolution_count
from ..presets.stage_words import (
    added_metrics_in_words,
    grid_in_words,
    image_metrics_in_words,
    transform_in_words,
    values_of_resolutions,
)
from ..report.number_words import number
from ..report.shown_text import one_line
from .methods_sentence import Sentence, counted, listed
from .run_record import RunRecord

_NO_COUNT = {"Full": "all voxels", "Grid": "samples on a grid"}


def stage_sentences(record: RunRecord, files: Sequence[ParameterFile]) -> Iterator[Sentence]:
    """What elastix did; nothing for a fit of the landmarks alone.

    :param files: the parameter files of the record.
    :raises ParameterFileError: a number in a file is none.
    :raises LandmarkError: likewise of a weight.
    """
    if files:
        described = [stage_words(file) for file in files]
        if len(files) == 1:
            yield Sentence(f"There was one stage: {described[0]}.")
        else:
            numbered = "; ".join(f"({index}) {words}" for index, words in enumerate(described, 1))
            yield Sentence(f"There were {len(files)} stages, each from where the one before ended: {numbered}.")
        yield from _pull(record, files)
        yield _chance(record)
    if record.seconds is not None:
        yield Sentence(f"The run took {seconds_words(record.seconds.total)}.")


def stage_words(file: ParameterFile) -> str:
    """One stage in words.

    :raises ParameterFileError: its number of resolutions is none.

    >>> stage_words(ParameterFile.parse(
    ...     '(Transform "EulerTransform")\\n(Metric "AdvancedMeanSquares")\\n(NumberOfResolutions 2)\\n'
    ...     '(MaximumNumberOfIterations 100 50)\\n(NumberOfSpatialSamples 2048)'))
    'rigid, by squared differences, 2 resolutions with 100 and 50 iterations, 2048 samples in each iteration'
    """
    grid = grid_in_words(file)
    images, added = image_metrics_in_words(file), added_metrics_in_words(file, without=LANDMARK_METRIC)
    count = resolution_count(file)
    parts = [
        transform_in_words(file) + (f" with control points {grid} apart in the end" if grid else ""),
        f"by {images}" + (f" with {added}" if added else "") if images else "",
        counted(count, "resolution") + _with_iterations(file, count),
        _samples(file),
    ]
    return one_line(", ".join(part for part in parts if part))


def _with_iterations(file: ParameterFile, count: int) -> str:
    iterations = values_of_resolutions(file, "MaximumNumberOfIterations")
    if not iterations:
        return ""
    each = " each" if len(iterations) == 1 and count > 1 else ""
    return f" with {listed(iterations)} iterations{each}"


def _samples(file: ParameterFile) -> str:
    sampler = file.first("ImageSampler", "")
    if sampler in _NO_COUNT:
        return _NO_COUNT[sampler]
    samples = values_of_resolutions(file, "NumberOfSpatialSamples")
    return f"{listed(samples)} samples in each iteration" if samples else ""


def _pull(record: RunRecord, files: Sequence[ParameterFile]) -> Iterator[Sentence]:
    """How the landmarks pulled."""
    driving = sum(one.role == "drive" for one in record.landmarks)
    if not driving:
        return
    weights = {index: own_landmark_weights(file) for index, file in enumerate(files, 1)}
    pulling = {index: values for index, values in weights.items() if values}
    pairs = counted(driving, "pair of landmarks")
    if not pulling:
        yield Sentence(f"{pairs} had no weight, so that {'it' if driving == 1 else 'they'} did not pull.")
        return
    where = f" in stage{'s' if len(pulling) > 1 else ''} {listed([str(one) for one in pulling])}"
    found = sorted({weight for values in pulling.values() for weight in values})
    weight = f"weight {found[0]:.4g}" if len(found) == 1 else f"weights from {found[0]:.4g} to {found[-1]:.4g}"
    strength = record.choices.landmark_weight
    named = f', strength "{one_line(strength)}"' if isinstance(strength, str) else ""
    yield Sentence(
        f"{pairs} drove the registration together with the images{where if len(pulling) < len(files) else ''}: the "
        f"mean distance of all these pairs was minimised as a further metric ({LANDMARK_METRIC} of elastix, "
        f"{weight}{named})."
    )


def _chance(record: RunRecord) -> Sentence:
    """Seed and threads, which decide whether a repeated run gives the same numbers."""
    seeds = list(dict.fromkeys(one_line(seed) for seed in record.seeds if seed))
    drawn = f"The seed of the random samples was {listed(seeds)}" if len(seeds) == 1 else ""
    if len(seeds) > 1:
        drawn = f"The seeds of the random samples were {listed(seeds)}"
    threads = record.choices.threads
    had = (
        f"elastix had {counted(threads, 'thread')}"
        if threads
        else f"elastix had a thread for each of {counted(record.software.processors, 'processor')}"
    )
    return Sentence(f"{drawn or 'No seed was set, so that the random samples were those of elastix itself'}; {had}.")


def seconds_words(seconds: float) -> str:
    """A time in seconds.

    >>> seconds_words(8.414)
    '8.4 s'
    """
    return f"{number(seconds, 1, keep_zeros=True)} s"
