"""The work behind Evaluate: measure a transform and, if asked for, run the registration again to measure more."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ElastixPlusLib.errors import ElastixPlusError, InputError
from ElastixPlusLib.steps import PIECE_SECONDS, Answer, Steps, in_background

from .parameter_set import LeaveOut, ParameterSet

if TYPE_CHECKING:
    from ElastixPlusLib import RegistrationRequest
    from ElastixPlusLib.accuracy.tolerance import Statement
    from ElastixPlusLib.evaluation.evaluation import Evaluation
    from ElastixPlusLib.evaluation.evaluation_request import EvaluationRequest
    from ElastixPlusLib.evaluation.repeats import Repeats
    from ElastixPlusLib.evaluation.report_notes import ReportNotes
    from ElastixPlusLib.evaluation.trials import TrialProgress

LIBRARY = "ElastixPlusLib.evaluation"


@dataclass(frozen=True)
class MoreRuns:
    """What is measured by running the registration again.

    :param repeats: how often with another seed; fewer than 2 is not at all.
    """

    leave_out: LeaveOut = LeaveOut.NO
    both_ways: bool = False
    repeats: int = 1

    @classmethod
    def chosen(cls, parameters: ParameterSet) -> MoreRuns:
        """What is chosen in the panel."""
        return cls(parameters.leave_out, parameters.both_ways, parameters.repeats)

    @property
    def is_any(self) -> bool:
        """Whether the registration has to run again."""
        return self != MoreRuns()


@dataclass(frozen=True)
class WorkNews:
    """Where the work is.

    :param what: "measure", "leave out", "both ways", "repeat" or "report".
    :param progress: of the runs; None while nothing runs.
    """

    what: str
    progress: TrialProgress | None = None


@dataclass(frozen=True, eq=False)
class Measured:
    """What an evaluation has found.

    :param statements: the same in words.
    :param repeats: if the registration was repeated.
    """

    evaluation: Evaluation
    statements: tuple[Statement, ...] = ()
    repeats: Repeats | None = None


Work = Generator[WorkNews | None, None, Measured]

# What only an evaluation needs is loaded when the first one begins, in a thread.


def evaluation_work(request: EvaluationRequest, more: MoreRuns, registration: RegistrationRequest | None) -> Work:
    """Measure; the scene stays as it is.

    :param registration: what runs again; needed if ``more`` asks for anything.
    :raises ElastixPlusError: something that was chosen cannot be used, or a run failed.
    """
    yield WorkNews("measure")
    library = yield from in_background(lambda: import_module(f"{LIBRARY}.evaluation"))
    evaluation = yield from gathered(library.evaluation_steps(request))
    repeats = None
    if registration is not None and more.leave_out is not LeaveOut.NO:
        library = yield from in_background(lambda: import_module(f"{LIBRARY}.cross_validation"))
        held_out = yield from told(
            "leave out", library.cross_validation_steps(registration, folds=more.leave_out.folds)
        )
        evaluation = evaluation.with_evidence(held_out=held_out)
    if registration is not None and more.both_ways:
        library = yield from in_background(lambda: import_module(f"{LIBRARY}.reverse"))
        backward = yield from told("both ways", library.backward_steps(registration))
        library = yield from in_background(lambda: import_module(f"{LIBRARY}.further_evidence"))
        evaluation = yield from gathered(library.with_consistency_steps(evaluation, backward))
    if registration is not None and more.repeats > 1:
        library = yield from in_background(lambda: import_module(f"{LIBRARY}.repeats"))
        seeds = tuple(range(1, more.repeats + 1))
        repeats = yield from told("repeat", library.repeat_steps(registration, seeds=seeds))
        library = yield from in_background(lambda: import_module(f"{LIBRARY}.further_evidence"))
        evaluation = yield from library.with_uncertainty_steps(evaluation, repeats)
    library = yield from in_background(lambda: import_module("ElastixPlusLib.accuracy.tolerance"))
    statements = yield from in_background(lambda: library.statements(evaluation.evidence))
    return Measured(evaluation, statements, repeats)


def told(what: str, steps: Generator[TrialProgress | None, None, Any]) -> Generator[WorkNews | None, None, Any]:
    """Runs as part of the work, which tells what they are for.

    Runs yield progress also while they compute. All news that come at once are told at once, but now and then the
    application has to answer.
    """
    answered = time.perf_counter()
    try:
        while True:
            try:
                progress = next(steps)
            except StopIteration as end:
                return end.value
            if progress is not None:
                yield WorkNews(what, progress)
            if progress is None or time.perf_counter() - answered > PIECE_SECONDS:
                yield None
                answered = time.perf_counter()
    finally:
        steps.close()


def gathered(steps: Steps[Answer]) -> Steps[Answer]:
    """Short steps several at once: after each one the application would wait, as if there were nothing to do.

    >>> from ElastixPlusLib.steps import by_slabs
    >>> len(list(gathered(by_slabs(1000, lambda first, end: None))))
    0
    """
    try:
        while True:
            until = time.perf_counter() + PIECE_SECONDS / 2
            while time.perf_counter() < until:
                try:
                    next(steps)
                except StopIteration as end:
                    answer: Answer = end.value
                    return answer
            yield
    finally:
        steps.close()


@dataclass(frozen=True)
class WrittenReport:
    """What became of a report.

    :param to_open: the web page; the folder where there is none.
    :param error: why there is no web page beside the tables; None if there is.
    """

    folder: Path
    to_open: Path
    error: ElastixPlusError | None = None


def report_work(
    measured: Measured, folder: Path, notes: ReportNotes
) -> Generator[WorkNews | None, None, WrittenReport]:
    """Write the report of an evaluation.

    :param notes: how the result came about.
    :raises ResultWriteError: it could not be written.
    """
    yield WorkNews("report")
    library = yield from in_background(lambda: import_module(f"{LIBRARY}.report_of_evaluation"))
    packages = yield from in_background(lambda: import_module("ElastixPlusLib.report.report_packages"))
    try:
        files = yield from library.report_steps(measured.evaluation, folder, notes)
    except packages.ReportPackageError as error:  # 3D Slicer does not have what draws the page
        return WrittenReport(folder, folder, error)
    return WrittenReport(folder, files[-1])


def require_nodes(request: EvaluationRequest) -> None:
    """Make sure that what is evaluated is still there.

    :raises InputError: a node was removed from the scene.
    """
    nodes = {
        "fixed volume": request.fixed,
        "moving volume": request.moving,
        "transform": request.transform,
        "list of fixed landmarks": request.fixed_landmarks,
        "list of moving landmarks": request.moving_landmarks,
        "segmentation of the fixed volume": request.fixed_structures,
        "segmentation of the moving volume": request.moving_structures,
    }
    for name, node in nodes.items():
        if node is not None and node.GetScene() is None:
            raise InputError(
                f"The {name} was removed from the scene, so the evaluation was stopped.",
                "Load it again, or choose another one.",
            )
