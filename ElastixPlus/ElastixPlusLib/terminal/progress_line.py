"""Progress of a run on the terminal: a bar with the time left, or one line per resolution where no bar can move."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from ..elastix.progress import ProgressEvent
from .streams import say

if TYPE_CHECKING:
    from ..evaluation.trials import TrialProgress, TrialSteps

    ProgressCallback = Callable[[ProgressEvent], None]

Answer = TypeVar("Answer")


@contextmanager
def shown_progress(is_quiet: bool) -> Iterator[ProgressCallback]:
    """Give a function that shows progress on standard error, where it does not disturb ``--json -``."""
    if is_quiet:
        yield lambda event: None
    elif _is_terminal() and has_rich():
        with _bar() as show:
            yield lambda event: show(event.fraction, describe(event), event.seconds_left)
    else:
        yield _PlainLines()


def waited_for(steps: TrialSteps[Answer], what: str, is_quiet: bool) -> Answer:
    """Take the steps of several runs to their end, showing how far they are.

    An interrupt stops them all, and nothing of them is left.

    :param what: what they are made for, such as "Cross-validation".
    """
    from ..evaluation import trials

    with _shown_trials(what, is_quiet) as show:
        return trials.waited_for(steps, show)


def describe(event: ProgressEvent) -> str:
    """Where a run is, in words."""
    place = f"stage {event.stage}/{event.stage_count}, resolution {event.resolution}/{event.resolution_count}"
    if event.landmark_distance_mm is not None:
        place += f", landmarks {event.landmark_distance_mm:.2f} mm"
    return place


def describe_trials(what: str, progress: TrialProgress) -> str:
    """How far several runs are, in words."""
    if not progress.count:
        return f"{what}: preparing"
    return f"{what}: {progress.finished} of {progress.count} run{'' if progress.count == 1 else 's'} done"


@contextmanager
def _shown_trials(what: str, is_quiet: bool) -> Iterator[Callable[[TrialProgress], None]]:
    if is_quiet:
        yield lambda progress: None
    elif _is_terminal() and has_rich():
        with _bar() as show:
            yield lambda progress: show(progress.fraction, describe_trials(what, progress), None)
    else:
        told: set[str] = set()

        def tell(progress: TrialProgress) -> None:
            text = describe_trials(what, progress)
            if text not in told:
                told.add(text)
                say(f"{progress.fraction:4.0%}  {text}")

        yield tell


class _PlainLines:
    """One line per resolution, for logs."""

    def __init__(self) -> None:
        self._last: tuple[int, int] | None = None

    def __call__(self, event: ProgressEvent) -> None:
        if event.resolution and (event.stage, event.resolution) != self._last:
            self._last = (event.stage, event.resolution)
            say(f"{event.fraction:4.0%}  {describe(event)}")


@contextmanager
def _bar() -> Iterator[Callable[[float, str, float | None], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[left]}"),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("starting", total=1.0, left="")

        def show(fraction: float, text: str, seconds_left: float | None) -> None:
            left = "" if seconds_left is None else f"{_clock(seconds_left)} left"
            progress.update(task, completed=fraction, description=text, left=left)

        yield show


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def has_rich() -> bool:
    """Whether something can be drawn."""
    from importlib.util import find_spec

    return find_spec("rich") is not None


def _is_terminal() -> bool:
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):  # there is no standard error, or it is closed
        return False
