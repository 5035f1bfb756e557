"""The target registration error where all pairs drive: run again without some of them, and measure at those."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..accuracy import held_out
from ..accuracy.held_out import HeldOutError, HeldOutReport
from ..checking.preparation import check_steps
from ..errors import LandmarkError
from ..guidance.landmark_pairing import named
from ..registration import Trial
from ..request import RegistrationRequest
from .trials import TrialSteps, runs_that_fit, trial_request, trials_steps, waited_for, working


def cross_validate(request: RegistrationRequest, folds: int | None = None, at_once: int | None = None) -> HeldOutReport:
    """Measure every driving pair in a run that it did not drive, and wait for it; the scene stays as it is.

    :param request: as for a registration; pairs that only check do so in every run, and are not reported.
    :param folds: how many runs, each without a share of the pairs; None leaves one pair out at a time.
    :param at_once: how many runs at once; None takes as many as cores and memory allow.
    :raises ElastixPlusError: the request, or a run without some of its pairs, is not possible.

    Example, with volume and point list nodes of one scene::

        report = cross_validate(RegistrationRequest(
            fixed=fixed_volume, moving=moving_volume,
            fixed_landmarks=fixed_points, moving_landmarks=moving_points))
        print(report.after)
    """
    return waited_for(cross_validation_steps(request, folds, at_once))


def cross_validation_steps(
    request: RegistrationRequest, folds: int | None = None, at_once: int | None = None
) -> TrialSteps[HeldOutReport]:
    """:func:`cross_validate` in steps, as :func:`.trials.trials_steps` takes them.

    The request is checked as it is, once, and refused by what is found then, unless it says ``despite_findings``. What
    the check would find only because pairs are left out does not refuse a run.
    """
    checked = yield from working(check_steps(trial_request(request)))
    if checked.driving_pairs is None:
        raise LandmarkError(
            "No landmark pair drives the registration, so none can be left out.",
            "Give landmarks of both volumes, and let some of them drive.",
        )
    groups = held_out.folds(checked.driving_pairs.labels, folds)
    requests = [
        replace(request, check_labels=(*request.check_labels, *group), despite_findings=True) for group in groups
    ]
    names = [f"without landmark{'s' if len(group) > 1 else ''} {named(group)}" for group in groups]
    if at_once is None:
        at_once = runs_that_fit(checked, len(groups))
    del checked  # with its copy of the volumes
    trials = yield from trials_steps(requests, at_once, names=names)
    method = held_out.method_name(sum(map(len, groups)), folds)
    return HeldOutReport(method, _held_out(groups, trials))


def _held_out(groups: Sequence[Sequence[str]], trials: Sequence[Trial]) -> tuple[HeldOutError, ...]:
    """What is left at each pair in the run without it, in the order of the landmark list."""
    fold_of = {label: fold for fold, group in enumerate(groups) for label in group}
    left = {
        pair.label: HeldOutError(pair.label, fold, pair.before_mm, pair.after_mm)
        for fold, trial in enumerate(trials)
        for pair in trial.landmarks.pairs
        if fold_of.get(pair.label) == fold and pair.role == "check"
    }
    return tuple(left[pair.label] for pair in trials[0].landmarks.pairs if pair.label in left)
