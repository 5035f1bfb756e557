"""Evidence that takes further runs of a registration, on the command line."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .evidence_arguments import LEAVE_ONE_OUT
from .progress_line import waited_for

if TYPE_CHECKING:
    import vtk

    from ..accuracy.held_out import HeldOutReport
    from ..evaluation.evaluation import Evaluation
    from ..evaluation.repeats import Repeats
    from ..request import RegistrationRequest

_FIRST_SEED = 1


@dataclass(frozen=True, eq=False)
class FurtherRuns:
    """What further runs have found; None where they were not asked for.

    :param backward: maps moving to fixed positions in world RAS.
    """

    held_out: HeldOutReport | None = None
    backward: vtk.vtkAbstractTransform | None = None
    repeats: Repeats | None = None


def further_runs(options: argparse.Namespace, request: RegistrationRequest) -> FurtherRuns:
    """Make the runs that the options ask for; nothing of them stays in the scene or on the disk.

    :raises ElastixPlusError: one of them is not possible or has failed.
    """
    from ..evaluation.cross_validation import cross_validation_steps
    from ..evaluation.repeats import repeat_steps
    from ..evaluation.reverse import backward_steps

    held_out = backward = repeats = None
    if options.cross_validate is not None:
        folds = None if options.cross_validate == LEAVE_ONE_OUT else options.cross_validate
        held_out = waited_for(cross_validation_steps(request, folds), "Cross-validation", options.quiet)
    if options.both_ways:
        backward = waited_for(backward_steps(request), "The other way round", options.quiet)
    if options.repeat is not None:
        presets = options.repeat if isinstance(options.repeat, tuple) else ()
        first = _FIRST_SEED if options.seed is None else options.seed
        seeds = () if presets else range(first, first + options.repeat)
        repeats = waited_for(repeat_steps(request, seeds, presets), "Repeating", options.quiet)
    return FurtherRuns(held_out, backward, repeats)


def with_further_runs(evaluation: Evaluation, runs: FurtherRuns) -> Evaluation:
    """The evaluation of a registration with what further runs have found."""
    from ..evaluation.further_evidence import with_consistency_steps, with_uncertainty_steps
    from ..steps import run_to_end

    if runs.held_out is not None:
        evaluation = evaluation.with_evidence(held_out=runs.held_out)
    if runs.backward is not None:
        evaluation = run_to_end(with_consistency_steps(evaluation, runs.backward))
    if runs.repeats is not None:
        evaluation = run_to_end(with_uncertainty_steps(evaluation, runs.repeats))
    return evaluation
