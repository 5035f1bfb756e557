"""Ctrl-C, a closed terminal and a request to end count as a cancel, at a moment when all can be cleaned up."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # a system has some of them


class Interrupts:
    """Turns the first signal into a ``KeyboardInterrupt``; ignores those that follow, while the run is cleaned up."""

    def __init__(self) -> None:
        self._is_deferred = False
        self._has_come = False

    def install(self) -> None:
        """Listen from now on."""
        for number in _signals():
            signal.signal(number, self._take)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Wait with the interrupt until the block ends: a library that is interrupted while it loads is broken."""
        self._is_deferred = True
        try:
            yield
        finally:
            self._is_deferred = False
        if self._has_come:
            raise KeyboardInterrupt

    @contextmanager
    def too_late(self) -> Iterator[None]:
        """Let nothing interrupt the block: what is finished is written as a whole, and a cancel comes too late."""
        before = {number: signal.signal(number, signal.SIG_IGN) for number in _signals()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _take(self, number: int, frame: FrameType | None) -> None:
        self._has_come = True
        for other in _signals():
            signal.signal(other, signal.SIG_IGN)
        if not self._is_deferred:
            raise KeyboardInterrupt


def _signals() -> list[signal.Signals]:
    return [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
