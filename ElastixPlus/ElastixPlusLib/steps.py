"""Long work in small pieces, so that a panel can answer the mouse between them.

A piece of work is a generator: each ``next`` does a little of it, and what it returns is the answer. The panel takes a
step whenever it has time; where nobody is waiting, :func:`run_to_end` takes them all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeAlias, TypeVar

Answer = TypeVar("Answer")
Steps: TypeAlias = Generator[None, None, Answer]

PIECE_SECONDS = 0.03
_WAIT_SECONDS = 0.01
_FASTEST_GROWTH = 4.0


def run_to_end(steps: Generator[object, None, Answer]) -> Answer:
    """Do all of a piece of work and return its answer.

    >>> run_to_end(in_background(lambda: 6 * 7))
    42
    """
    while True:
        try:
            next(steps)
        except StopIteration as end:
            answer: Answer = end.value
            return answer


def in_background(work: Callable[[], Answer]) -> Steps[Answer]:
    """Do something in a thread of its own that gives others time: files, child processes, numpy; never VTK or a node.

    Ends together with the thread, also if it is abandoned.
    """
    with ThreadPoolExecutor(1) as pool:
        try:
            future = pool.submit(work)
        except RuntimeError:  # the system allows no further thread
            return work()
        while not future.done():
            wait((future,), _WAIT_SECONDS)
            yield
        return future.result()


def by_slabs(count: int, work: Callable[[int, int], None]) -> Steps[None]:
    """Call ``work(first, end)`` for ranges that make up 0 to ``count``, each sized to take about 30 ms.

    >>> done = []
    >>> run_to_end(by_slabs(5, lambda first, end: done.extend(range(first, end))))
    >>> done
    [0, 1, 2, 3, 4]
    """
    first, size = 0, 1.0
    while first < count:
        end = min(first + max(int(size), 1), count)
        began = time.perf_counter()
        work(first, end)
        seconds = max(time.perf_counter() - began, 1e-6)
        size = (end - first) * min(PIECE_SECONDS / seconds, _FASTEST_GROWTH)
        first = end
        yield
