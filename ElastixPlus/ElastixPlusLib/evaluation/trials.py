"""Run a registration several times, some at once within the cores at hand, without a trace in the scene."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import TypeAlias

from ..checking.checked_request import CheckedRequest
from ..checking.preparation import check_steps
from ..elastix.progress import ProgressEvent
from ..elastix.thread_variables import asked_threads
from ..errors import ElastixPlusError, InputError, RegistrationCancelled
from ..guidance.memory import available_memory_bytes
from ..guidance.run_size import memory_needed_bytes
from ..mrml.transforms import is_result_between
from ..registration import RegistrationJob, Trial
from ..request import RegistrationRequest
from ..steps import Answer

_POLL_SECONDS = 0.02
_MEMORY_MARGIN = 4 / 3  # the estimate of what elastix needs is right within a third


@dataclass(frozen=True)
class TrialProgress:
    """How far several runs are.

    :param finished: runs that are done, of ``count``; before their number is known both are 0.
    :param fraction: of all runs together, 0 to 1.
    """

    finished: int = 0
    count: int = 0
    fraction: float = 0.0


TrialSteps: TypeAlias = Generator[TrialProgress | None, None, Answer]


def trials_steps(
    requests: Sequence[RegistrationRequest],
    at_once: int | None = None,
    on_done: Callable[[int, int], None] | None = None,
    names: Sequence[str] = (),
) -> TrialSteps[tuple[Trial, ...]]:
    """Run registrations, several at once, in steps of about 30 ms that are all taken in the calling thread.

    Yields how far they are, and None where all of them wait for elastix, so that it is worth to wait some
    milliseconds. Closing the generator stops every elastix and removes every run folder. An error in one run stops the
    others, and says which run it was; only the folder of a run in which elastix failed is kept, as its place is in the
    error. A result depends on the threads and the seed of its request, not on how many run at once.

    :param requests: what to run. Output nodes are left alone; see :func:`trial_request`.
    :param at_once: how many at most; None takes as many as cores and memory allow (:func:`runs_that_fit`). Requests
        that leave the threads open share the cores equally.
    :param on_done: is called after each run with how many are done, of how many.
    :param names: one per request, for errors, such as "seed 3".
    :returns: one per request, in their order.
    :raises ElastixPlusError: a run failed.
    """
    if at_once is not None and at_once < 1:
        raise InputError(f"{at_once} runs at once would never end.", "Give a number of 1 or more.")
    if not requests:
        return ()
    if at_once is None:
        checked = yield from working(check_steps(trial_request(requests[0])))
        at_once = runs_that_fit(checked, len(requests))
        del checked  # with its copy of the volumes
    threads = max(1, cores_at_hand() // min(at_once, len(requests)))
    titles = _titles(len(requests), names)
    runs = [_Run(title, trial_request(request, threads)) for title, request in zip(titles, requests, strict=True)]
    with ExitStack() as left_over:  # stops what still runs, whatever happens
        for run in runs:
            left_over.callback(run.steps.close)
        yield from _side_by_side(runs, at_once, on_done)
    return tuple(run.trial for run in runs if run.trial is not None)


def trial_request(request: RegistrationRequest, threads: int | None = None) -> RegistrationRequest:
    """The request of a run that only measures: no output, and the transform as elastix found it.

    An output transform that holds an earlier result of these volumes stays in the request, as what lies under it is
    taken as if it did not; no trial changes it. Every other one would only be refused or ignored.

    :param threads: for a request that leaves them open.
    """
    node = request.output_transform
    is_earlier_result = node is not None and is_result_between(node, (request.fixed, request.moving))
    return replace(
        request,
        output_transform=node if is_earlier_result else None,
        output_volume=None,
        transform_kind="exact",
        threads=threads if request.threads is None else request.threads,
        keep_workspace=False,
    )


def runs_that_fit(checked: CheckedRequest, count: int) -> int:
    """How many runs of a request to make at once: as many as cores, and memory for elastix, allow; at least 1.

    elastix makes poor use of many threads, so that runs side by side with few threads each take less time in all.

    :param count: how many are to be made.
    """
    runs = min(count, cores_at_hand() // (checked.request.threads or 1))
    available = available_memory_bytes()
    if checked.engine is not None and available is not None:
        grids = checked.fixed_part.grid, checked.moving_part.grid
        needed = memory_needed_bytes(checked.parameter_files, *grids, checked.engine.name, checked.further_grids)
        runs = min(runs, int(available / (_MEMORY_MARGIN * max(needed, 1))))
    return max(1, runs)


def cores_at_hand() -> int:
    """How many cores this process may use: those that the system allows, of which a queue may ask for fewer.

    >>> cores_at_hand() >= 1
    True
    """
    cores = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):  # not on Windows and macOS
        cores = len(os.sched_getaffinity(0))
    return min(cores, asked_threads(os.environ) or cores)


def working(steps: Generator[object, None, Answer], progress: TrialProgress = TrialProgress()) -> TrialSteps[Answer]:
    """Steps that never wait for elastix as part of those that do: each of them yields progress instead of None.

    >>> from ElastixPlusLib.steps import by_slabs
    >>> next(working(by_slabs(3, lambda first, end: None)))
    TrialProgress(finished=0, count=0, fraction=0.0)
    """
    with closing(steps):
        while True:
            try:
                next(steps)
            except StopIteration as end:
                answer: Answer = end.value
                return answer
            yield progress


def waited_for(steps: TrialSteps[Answer], on_progress: Callable[[TrialProgress], None] | None = None) -> Answer:
    """Take all steps and return their answer, without keeping elastix from a core while it works.

    :param on_progress: is told how far they are.
    :raises RegistrationCancelled: the keyboard interrupted; nothing runs any more then.
    """
    with closing(steps):
        try:
            while True:
                progress = next(steps)
                if progress is None:
                    time.sleep(_POLL_SECONDS)
                elif on_progress is not None:
                    on_progress(progress)
        except StopIteration as end:
            answer: Answer = end.value
            return answer
        except KeyboardInterrupt as interrupt:
            raise RegistrationCancelled from interrupt


class _Run:
    """One registration among others; nothing of it begins before its first step.

    :param title: what errors call it; empty for nothing.
    """

    def __init__(self, title: str, request: RegistrationRequest) -> None:
        self.fraction = 0.0
        self.trial: Trial | None = None
        self._title = title
        self._job = RegistrationJob(request)
        self.steps: Generator[ProgressEvent | None, None, Trial] = self._job.trial_steps()

    def advances(self) -> bool:
        """Take a step; False if it only found that elastix goes on and has nothing to tell.

        :raises ElastixPlusError: what it says begins with the title.
        """
        was_waiting = self._job.is_running
        try:
            event = next(self.steps)
        except StopIteration as end:
            self.trial, self.fraction = end.value, 1.0
            return True
        except ElastixPlusError as error:
            if self._title:
                error.what = f"{self._title}: {error.what}"
                error.args = (f"{error.what} {error.remedy}",)
            raise
        if event is not None:
            self.fraction = event.fraction
        return event is not None or not (was_waiting and self._job.is_running)


def _side_by_side(runs: Sequence[_Run], at_once: int, on_done: Callable[[int, int], None] | None) -> TrialSteps[None]:
    """Take steps of the runs in turn; whenever one has ended, the next one begins."""
    waiting, running = deque(runs), list[_Run]()
    while waiting or running:
        while waiting and len(running) < at_once:
            running.append(waiting.popleft())
        has_worked = False
        for run in tuple(running):
            if not run.advances():
                continue
            has_worked = True
            progress = _progress(runs)
            if run.trial is not None:
                running.remove(run)
                if on_done is not None:
                    on_done(progress.finished, progress.count)
            yield progress
        if not has_worked:
            yield None


def _progress(runs: Sequence[_Run]) -> TrialProgress:
    finished = sum(run.trial is not None for run in runs)
    return TrialProgress(finished, len(runs), sum(run.fraction for run in runs) / len(runs))


def _titles(count: int, names: Sequence[str]) -> list[str]:
    """What errors call the runs.

    >>> _titles(2, ["seed 3", "seed 4"])
    ['Run 1 of 2, seed 3', 'Run 2 of 2, seed 4']
    >>> _titles(1, ["the other way round"]), _titles(1, [])
    (['the other way round'], [''])
    """
    numbers = [f"Run {number + 1} of {count}" for number in range(count)] if count > 1 else [""]
    return [", ".join(filter(None, parts)) for parts in zip(numbers, names or [""] * count, strict=True)]
