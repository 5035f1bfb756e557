"""Write to the terminal's streams, which may be closed or broken: a lost reader must not cost the run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ..errors import ResultWriteError

_BROKEN = (OSError, ValueError, AttributeError)  # a broken pipe, a closed stream, no stream at all


def say(text: str) -> None:
    """Tell the user something on standard error, if anybody listens."""
    with suppress(*_BROKEN):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def put_out(text: str) -> None:
    """Write a result to standard output.

    :raises ResultWriteError: it is closed, broken or full.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except _BROKEN as error:
        _forget_output()
        raise ResultWriteError(
            "The account could not be written to standard output.", "Check where it leads, or name a file with --json."
        ) from error


@contextmanager
def silenced(is_wanted: bool) -> Iterator[None]:
    """Keep what C++ libraries print themselves off both streams; their errors are told in words by the caller."""
    copies: list[tuple[int, int]] = []
    if is_wanted:
        copies = [(number, os.dup(number)) for number in (1, 2) if _is_open(number)]
    try:
        if copies:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            for number, _ in copies:
                os.dup2(nowhere, number)
            os.close(nowhere)
        yield
    finally:
        for number, copy in copies:
            os.dup2(copy, number)
            os.close(copy)


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _forget_output() -> None:
    """Lead standard output to nowhere, or Python would fail at it once more when it ends."""
    with suppress(*_BROKEN):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
