"""Which mistake in pairing would explain that two lists of landmarks do not show the same arrangement.

Where more than a few pairs are wrong there is no majority that could accuse the others. Some mistakes are common, and
each can be tried out: if the lists agree far better once it is undone, it has most likely been made.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from .robust_rigid_fit import fit_of_majority, spreads_of_orders

FloatArray = npt.NDArray[np.float64]
Mistake = Literal["mirrored", "one-late", "one-early", "reversed", "exchanged"]

FEWEST_PAIRS = 5
_FEWEST_SHIFTED = 6
_MOST_FOR_EXCHANGE = 8
_NO_DOUBT_MM = 5.0
_FAR_BETTER = 0.35
_FITS_MM = 8.0
_MOST = 0.75
_HALF = 0.5
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
    def moved(self) -> tuple[int, ...]:
        """The positions that get another partner."""
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
    tried = [*_exchanges(fixed_ras, moving_ras)]
    for share in (_MOST, _HALF):
        before = fit_of_majority(fixed_ras, moving_ras, share=share).spread_mm
        if before <= _NO_DOUBT_MM:
            break
        tried += _of_the_whole_list(fixed_ras, moving_ras, share, before)
    explaining = [one for one in tried if one.undone_spread_mm < min(_FITS_MM, _FAR_BETTER * one.spread_mm)]
    return min(explaining, key=lambda one: one.undone_spread_mm / one.spread_mm, default=None)


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


def _of_the_whole_list(fixed: FloatArray, moving: FloatArray, share: float, before: float) -> Iterator[LikelyMistake]:
    as_is = tuple(range(len(fixed)))
    mirror = fit_of_majority(fixed, moving, mirrored=True, share=share)
    yield LikelyMistake("mirrored", as_is, before, mirror.spread_mm)
    if len(fixed) < _FEWEST_SHIFTED:
        return
    late = fit_of_majority(fixed[1:], moving[:-1], share=share)
    yield LikelyMistake("one-late", (-1, *as_is[:-1]), before, late.spread_mm)
    early = fit_of_majority(fixed[:-1], moving[1:], share=share)
    yield LikelyMistake("one-early", (*as_is[1:], -1), before, early.spread_mm)
    backwards = fit_of_majority(fixed, moving[::-1], share=share)
    yield LikelyMistake("reversed", as_is[::-1], before, backwards.spread_mm)


def _exchanges(fixed: FloatArray, moving: FloatArray) -> Iterator[LikelyMistake]:
    """Each exchange of two partners, where there are too few pairs for the others to outvote two."""
    count = len(fixed)
    if count > _MOST_FOR_EXCHANGE:
        return
    pairs = np.array(list(itertools.combinations(range(count), 2)))
    orders = np.tile(np.arange(count), (len(pairs) + 1, 1))
    orders[np.arange(len(pairs)), pairs[:, 0]], orders[np.arange(len(pairs)), pairs[:, 1]] = pairs[:, 1], pairs[:, 0]
    spreads = spreads_of_orders(fixed, moving, orders)
    if spreads[-1] > _NO_DOUBT_MM:
        best = int(np.argmin(spreads[:-1]))
        yield LikelyMistake("exchanged", tuple(orders[best].tolist()), float(spreads[-1]), float(spreads[best]))
