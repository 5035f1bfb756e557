"""Whether two lists of landmarks show the same arrangement, and which mistake in pairing would explain that they do not.

Where more than a few pairs are wrong there is no majority that could accuse the others. Some mistakes are common, and
each can be tried out: if the lists agree far better once it is undone, it has most likely been made.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from .robust_rigid_fit import RigidFit, fit_of_majority

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
Mistake = Literal["mirrored", "one-late", "one-early", "reversed", "exchanged"]

FEWEST_PAIRS = 5
_FEWEST_SHIFTED = 6
_MOST_FOR_EXCHANGE = 12
_NO_DOUBT_MM = 5.0
_FAR_BETTER = 0.35
_SHARES = (0.5, 0.75)
_MOST_FOR_SIZE = 60


@dataclass(frozen=True)
class LikelyMistake:
    """A mistake that explains why two lists do not fit.

    :param kind: "mirrored": one side is the other's mirror image; "one-late": each fixed landmark belongs to the moving
        one before it in the list, "one-early": to the one behind; "reversed": the orders run against each other;
        "exchanged": two pairs have each other's partner.
    :param order: for each fixed landmark the position of the moving one that it belongs to; -1 where there is none.
    :param spread_mm: what the lists leave per direction as they are.
    :param undone_spread_mm: the same with the mistake undone.
    """

    kind: Mistake
    order: tuple[int, ...]
    spread_mm: float
    undone_spread_mm: float

    @property
    def exchanged(self) -> tuple[int, ...]:
        """The positions that got another partner."""
        return tuple(place for place, partner in enumerate(self.order) if partner != place)


def likely_mistake(fixed_ras: FloatArray, moving_ras: FloatArray) -> LikelyMistake | None:
    """The mistake in pairing that explains best why two lists do not fit.

    :param fixed_ras: shape (n, 3), world RAS millimetres; ``moving_ras`` likewise, as they are paired now.
    :returns: None if the lists fit, if nothing that is tried makes them fit far better, or for fewer than 5 pairs.

    >>> fixed = np.random.default_rng(1).uniform(-60, 60, (8, 3))
    >>> likely_mistake(fixed, fixed * [-1, 1, 1]).kind
    'mirrored'
    """
    if len(fixed_ras) < FEWEST_PAIRS:
        return None
    candidates = [
        LikelyMistake(kind, order, before, after)
        for share in _SHARES
        if (before := fit_of_majority(fixed_ras, moving_ras, share=share).spread_mm) > _NO_DOUBT_MM
        for kind, order, after in _undone(fixed_ras, moving_ras, share)
        if after < _FAR_BETTER * before
    ]
    return min(candidates, key=lambda one: one.undone_spread_mm / one.spread_mm, default=None)


def size_ratio(fixed_ras: FloatArray, moving_ras: FloatArray) -> float:
    """How many times as far apart the moving landmarks are as the fixed ones (median over all pairs of pairs).

    >>> size_ratio(np.eye(3), 10 * np.eye(3))
    10.0
    """
    step = -(-len(fixed_ras) // _MOST_FOR_SIZE)
    one, other = np.triu_indices(len(fixed_ras[::step]), 1)
    fixed, moving = (np.asarray(points)[::step] for points in (fixed_ras, moving_ras))
    apart = np.linalg.norm(fixed[one] - fixed[other], axis=1)
    ratios = np.linalg.norm(moving[one] - moving[other], axis=1)[apart > 0] / apart[apart > 0]
    return float(np.median(ratios)) if len(ratios) else 1.0


def _undone(fixed: FloatArray, moving: FloatArray, share: float) -> list[tuple[Mistake, tuple[int, ...], float]]:
    """Every mistake that is tried: its kind, the partners without it, and what the lists then leave."""
    count = len(fixed)
    as_is = tuple(range(count))
    tried: list[tuple[Mistake, tuple[int, ...], float]] = [
        ("mirrored", as_is, fit_of_majority(fixed, moving, mirrored=True, share=share).spread_mm)
    ]
    if count >= _FEWEST_SHIFTED:
        late = fit_of_majority(fixed[1:], moving[:-1], share=share)
        early = fit_of_majority(fixed[:-1], moving[1:], share=share)
        reverse = fit_of_majority(fixed, moving[::-1], share=share)
        tried += [
            ("one-late", (-1, *as_is[:-1]), late.spread_mm),
            ("one-early", (*as_is[1:], -1), early.spread_mm),
            ("reversed", as_is[::-1], reverse.spread_mm),
        ]
    if count <= _MOST_FOR_EXCHANGE:  # more pairs than that find it out by majority
        tried.append(_best_exchange(fixed, moving, share))
    return tried


def _best_exchange(fixed: FloatArray, moving: FloatArray, share: float) -> tuple[Mistake, tuple[int, ...], float]:
    best: tuple[float, tuple[int, ...]] = (np.inf, ())
    for one, other in itertools.combinations(range(len(fixed)), 2):
        order = list(range(len(fixed)))
        order[one], order[other] = other, one
        best = min(best, (fit_of_majority(fixed, moving[order], share=share).spread_mm, tuple(order)))
    return "exchanged", best[1], best[0]
