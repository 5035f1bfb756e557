"""Collect the probes and write down what they answer, in the words in which the real application was asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import slicer

Probe = Callable[[], Any]
probes: dict[str, Probe] = {}
MOST_CHARACTERS = 300  # what was kept of an answer of the real application


def probe(name: str) -> Callable[[Probe], Probe]:
    """Register a function that returns an answer."""

    def register(function: Probe) -> Probe:
        probes[name] = function
        return function

    return register


def answer_of(function: Probe) -> str:
    """Return the answer as text, an exception as ``!Type: message``."""
    try:
        return re.sub("0x[0-9a-fA-F]+", "0x", repr(function()))[:MOST_CHARACTERS]
    except Exception as error:
        return f"!{type(error).__name__}: {str(error)[:160]}"


def process_events(rounds: int = 3) -> None:
    """Let Qt deliver what is waiting."""
    for _ in range(rounds):
        slicer.app.processEvents()


class Recorder(list[Any]):
    """A slot that writes down what it is called with; an object is written down as the name of its class."""

    def __call__(self, *arguments: Any) -> None:
        is_object = [hasattr(given, "IsA") or hasattr(given, "className") for given in arguments]
        self.append(
            tuple(
                type(given).__name__ if as_name else given for given, as_name in zip(arguments, is_object, strict=True)
            )
        )
