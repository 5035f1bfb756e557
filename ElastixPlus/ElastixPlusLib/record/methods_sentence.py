"""What the text for a methods section is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..report.citations import Citation


@dataclass(frozen=True)
class Sentence:
    """One sentence, with its full stop.

    :param cites: what it rests on.
    """

    text: str
    cites: tuple[Citation, ...] = ()


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "parameter file"), counted(3, "pair of landmarks")
    ('1 parameter file', '3 pairs of landmarks')
    """
    head, of, rest = noun.partition(" of ")
    return f"{number} {head}{'' if number == 1 else 's'}{of}{rest}"


def listed(words: Sequence[str]) -> str:
    """Words with commas and a last "and".

    >>> listed(["1", "2", "4"]), listed(["1"])
    ('1, 2 and 4', '1')
    """
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
