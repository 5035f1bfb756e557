"""Progress of a run on the terminal: a bar with the time left, or one line per resolution where no bar can move."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..elastix.progress import ProgressEvent
from .streams import say

if TYPE_CHECKING:
    from collections.abc import Callable

    ProgressCallback = Callable[[ProgressEvent], None]


@contextmanager
def shown_progress(is_quiet: bool) -> Iterator[ProgressCallback]:
    """Give a function that shows progress on standard error, where it does not disturb ``--json -``."""
    if is_quiet:
        yield lambda event: None
    elif _is_terminal() and _has_rich():
        with _bar() as show:
            yield show
    else:
        yield _PlainLines()


def describe(event: ProgressEvent) -> str:
    """Where a run is, in words."""
    place = f"stage {event.stage}/{event.stage_count}, resolution {event.resolution}/{event.resolution_count}"
    if event.landmark_distance_mm is not None:
        place += f", landmarks {event.landmark_distance_mm:.2f} mm"
    return place


class _PlainLines:
    """One line per resolution, for logs."""

    def __init__(self) -> None:
        self._last: tuple[int, int] | None = None

    def __call__(self, event: ProgressEvent) -> None:
        if event.resolution and (event.stage, event.resolution) != self._last:
            self._last = (event.stage, event.resolution)
            say(f"{event.fraction:4.0%}  {describe(event)}")


@contextmanager
def _bar() -> Iterator[ProgressCallback]:
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

        def show(event: ProgressEvent) -> None:
            left = "" if event.seconds_left is None else f"{_clock(event.seconds_left)} left"
            progress.update(task, completed=event.fraction, description=describe(event), left=left)

        yield show


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _has_rich() -> bool:
    from importlib.util import find_spec

    return find_spec("rich") is not None


def _is_terminal() -> bool:
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):  # there is no standard error, or it is closed
        return False
