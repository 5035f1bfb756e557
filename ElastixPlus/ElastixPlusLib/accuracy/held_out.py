"""Target registration error where all pairs drive: every pair is left out of one run and measured in that one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import LandmarkError
from .error_statistics import ErrorStatistics, error_statistics

FEWEST_LEFT = 2  # pairs that must still drive every run


@dataclass(frozen=True)
class HeldOutError:
    """What is left at a pair in the run that it did not drive.

    :param fold: number of the run, from 0.
    """

    label: str
    fold: int
    before_mm: float
    after_mm: float


@dataclass(frozen=True)
class HeldOutReport:
    """Errors of pairs that were left out, one run per fold.

    :param method: "leave-one-out" or, for instance, "5-fold".
    """

    method: str
    pairs: tuple[HeldOutError, ...]

    @property
    def before(self) -> ErrorStatistics | None:
        """Statistics as the volumes were loaded."""
        return error_statistics([pair.before_mm for pair in self.pairs])

    @property
    def after(self) -> ErrorStatistics | None:
        """The held-out target registration error."""
        return error_statistics([pair.after_mm for pair in self.pairs])

    @property
    def worst(self) -> HeldOutError | None:
        """The pair with the largest error after; the first of several."""
        return max(self.pairs, key=lambda pair: pair.after_mm, default=None)


def method_name(label_count: int, count: int | None) -> str:
    """What leaving pairs out in ``count`` folds is called.

    >>> method_name(20, None), method_name(20, 20), method_name(20, 5)
    ('leave-one-out', 'leave-one-out', '5-fold')
    """
    return "leave-one-out" if count in (None, label_count) else f"{count}-fold"


def folds(labels: Sequence[str], count: int | None, seed: int = 0) -> tuple[tuple[str, ...], ...]:
    """Divide driving pairs into folds whose pairs are left out together, by chance but the same ones in every run.

    :param labels: of the driving pairs, each its own.
    :param count: how many folds; None leaves one pair out at a time.
    :param seed: another one divides differently.
    :returns: every label exactly once; the sizes of the folds differ by at most 1.
    :raises LandmarkError: there are too few pairs for that many folds, or a label occurs twice.

    >>> folds(["AC", "PC", "L1"], None)
    (('AC',), ('PC',), ('L1',))
    >>> sorted(len(fold) for fold in folds("abcdefgh", 3))
    [2, 3, 3]
    """
    number = len(labels) if count is None else count
    _require_folds(labels, number)
    if number == len(labels):
        return tuple((label,) for label in labels)
    # Numbers of RandomState are the same in every version of numpy, as the figures of a paper have to be.
    order = np.random.RandomState(seed).permutation(len(labels))
    return tuple(tuple(labels[place] for place in sorted(order[first::number])) for first in range(number))


def _require_folds(labels: Sequence[str], number: int) -> None:
    """Refuse labels that cannot be divided into a number of folds."""
    total = len(labels)
    twice = next((label for place, label in enumerate(labels) if label in labels[:place]), None)
    if twice is not None:
        raise LandmarkError(f"Two driving pairs are called {twice}.", "Give every landmark a label of its own.")
    if total <= FEWEST_LEFT:
        raise LandmarkError(
            f"{total} driving {'pair is' if total == 1 else 'pairs are'} too few to leave one out, as at least "
            f"{FEWEST_LEFT} have to drive every run.",
            f"Let at least {FEWEST_LEFT + 1} pairs drive.",
        )
    if not 2 <= number <= total:
        raise LandmarkError(
            f"{total} driving pairs cannot be divided into {number} {'fold' if number == 1 else 'folds'}.",
            f"Choose 2 to {total} folds, or leave pairs out one at a time.",
        )
    left = total - -(-total // number)
    if left < FEWEST_LEFT:
        raise LandmarkError(
            f"With {total} driving pairs in {number} folds, only {left} would drive a run; at least {FEWEST_LEFT} "
            "have to.",
            "Choose more folds, or leave pairs out one at a time.",
        )
