"""Whether two runs have given the same, and what was different about them if not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .run_record import LandmarkUse, Point, RunRecord, words_of_role

# What sums in another order, or other compilers, leave; a thousandth of what any image resolves.
ROUNDING_MM = 1e-6


@dataclass(frozen=True)
class Comparison:
    """What two records say about two runs.

    :param is_identical: every number of both transforms is the same.
    :param largest_mm: how far apart the transforms take the same places at most; None where that is not known.
    :param differences: what was not the same about the runs, as sentences.
    """

    is_identical: bool
    largest_mm: float | None
    differences: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The outcome in one sentence."""
        if self.is_identical:
            return "The result is the same, number for number."
        if self.largest_mm is None:
            return "Whether the result is the same is not known: one of the runs left none."
        if self.largest_mm < ROUNDING_MM:
            return f"The result is the same but for rounding: places differ by at most {self.largest_mm:.0e} mm."
        return f"The result is not the same: places differ by up to {self.largest_mm:.3g} mm."


def compare(earlier: RunRecord, later: RunRecord) -> Comparison:
    """Hold the record of a run against that of one that repeats it."""
    first, second = earlier.result, later.result
    if first is None or second is None:
        return Comparison(False, None, tuple(_differences(earlier, later)))
    if first.sha256 == second.sha256:
        return Comparison(True, 0.0, tuple(_differences(earlier, later)))
    largest_mm = None
    if first.probes_ras and np.shape(first.mapped_ras) == np.shape(second.mapped_ras):
        apart = np.linalg.norm(np.array(first.mapped_ras) - np.array(second.mapped_ras), axis=1)
        largest_mm = float(apart.max())
    return Comparison(False, largest_mm, tuple(_differences(earlier, later)))


def input_differences(earlier: RunRecord, later: RunRecord) -> Iterator[str]:
    """What went into two runs and is not the same, as sentences; where files or nodes are called does not matter."""
    for role in dict.fromkeys(one.role for one in (*earlier.inputs, *later.inputs)):
        before, now = earlier.inputs_of(role), later.inputs_of(role)
        if [(one.sha256, one.geometry) for one in before] != [(one.sha256, one.geometry) for one in now]:
            yield f"The {words_of_role(role)} is not the one of then: it holds something else, or lies elsewhere."
    if [(one.role, one.sha256) for one in earlier.masks] != [(one.role, one.sha256) for one in later.masks]:
        yield "The masks are not the same."
    if list(map(_places, earlier.landmarks)) != list(map(_places, later.landmarks)):
        yield "The landmarks are not the same."


def _differences(earlier: RunRecord, later: RunRecord) -> Iterator[str]:
    """What could make two runs differ."""
    yield from input_differences(earlier, later)
    if earlier.start != later.start:
        yield "The start is not the same."
    if [one.text for one in earlier.parameter_files] != [one.text for one in later.parameter_files]:
        yield "The parameter files are not the same."
    yield from _differences_of_software(earlier, later)


def _differences_of_software(earlier: RunRecord, later: RunRecord) -> Iterator[str]:
    before, now = earlier.engine, later.engine
    if (before.name, before.elastix_version) != (now.name, now.elastix_version):
        yield (
            f"Then it was {before.name} {before.version}, now it is {now.name} {now.version}: another version of "
            "elastix may take another way."
        )
    elif before.sha256 != now.sha256:
        yield f"The engine is {now.name} {now.elastix_version} again, but not the same file."
    if _threads(earlier) != _threads(later):
        yield (
            f"Then elastix had {_threads(earlier)} threads, now {_threads(later)}: sums come out in another order, "
            "and a deformation may end elsewhere."
        )
    if earlier.software.platform != later.software.platform:
        yield f"Then it was {earlier.software.platform}, now it is {later.software.platform}."
    if earlier.software.elastixplus != later.software.elastixplus:
        yield f"Then it was ElastixPlus {earlier.software.elastixplus}, now {later.software.elastixplus}."


def _threads(record: RunRecord) -> int:
    return record.choices.threads or record.software.processors


def _places(one: LandmarkUse) -> tuple[str, str, Point, Point]:
    return one.label, one.role, one.fixed_ras, one.moving_ras
