"""Pair the landmarks of the fixed and the moving volume and give every pair its role."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..errors import Fix, LandmarkError

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

FEWEST_DRIVING_PAIRS = 2
NOTE_BY_ORDER = "The labels of fixed and moving landmarks differ, so they were paired by order."
NOTE_NOT_PLACED = "Left out, as they are not placed in both volumes"
SKIP_UNUSABLE = Fix("Leave out unusable landmarks", {"skip_unusable_landmarks": True}, "--skip-unusable-landmarks")
_NAMED_IN_MESSAGE = 5
_LONGEST_NAMED = 60


@dataclass(frozen=True)
class LandmarkList:
    """Landmarks of one volume.

    :param labels: one per landmark.
    :param points_ras: shape (n, 3), world RAS millimetres; NaN where a landmark is listed but not placed.
    """

    labels: tuple[str, ...]
    points_ras: FloatArray


@dataclass(frozen=True)
class LandmarkPairs:
    """Corresponding landmarks, in the order of the fixed list.

    :param fixed_ras: shape (n, 3), world RAS millimetres; ``moving_ras`` likewise.
    :param drives: shape (n,); True where the pair pulls the registration, False where it only checks it.
    :param notes: what was left out or decided while pairing, each one sentence for the user.
    """

    labels: tuple[str, ...]
    fixed_ras: FloatArray
    moving_ras: FloatArray
    drives: BoolArray
    notes: tuple[str, ...] = ()

    @property
    def driving(self) -> LandmarkPairs:
        """Only the pairs that pull the registration."""
        return self.chosen(self.drives)

    def chosen(self, which: BoolArray) -> LandmarkPairs:
        """Only the pairs where ``which``, shape (n,), is True."""
        labels = tuple(label for label, wanted in zip(self.labels, which, strict=True) if wanted)
        return replace(
            self,
            labels=labels,
            fixed_ras=self.fixed_ras[which],
            moving_ras=self.moving_ras[which],
            drives=self.drives[which],
        )


def pair_landmarks(
    fixed: LandmarkList, moving: LandmarkList, check_labels: Sequence[str] = (), skip_unusable: bool = False
) -> LandmarkPairs:
    """Pair two lists by label, or by order where the labels do not pair, and say so.

    :param check_labels: labels (of the fixed list) of the pairs that only check.
    :param skip_unusable: leave out landmarks without a partner instead of refusing them.
    :returns: the pairs; those that are not placed on both sides are left out with a note.
    :raises LandmarkError: a label occurs twice, the lists do not pair, or a check label does not exist.

    >>> fixed = LandmarkList(("AC", "PC"), np.array([[0.0, 0, 0], [0, -25, 0]]))
    >>> moving = LandmarkList(("PC", "AC"), np.array([[1.0, -26, 0], [1, 1, 0]]))
    >>> pair_landmarks(fixed, moving).moving_ras.tolist()
    [[1.0, 1.0, 0.0], [1.0, -26.0, 0.0]]
    """
    if not fixed.labels or not moving.labels:
        side = "fixed" if not fixed.labels else "moving"
        raise LandmarkError(
            f"The list of {side} landmarks is empty.", "Place landmarks in both volumes, or register without."
        )
    if is_by_order(fixed, moving):
        fixed_order, moving_order, notes = _matched_by_order(fixed, moving)
    else:
        fixed_order, moving_order, notes = _matched_by_label(fixed, moving, skip_unusable)
    pairs = LandmarkPairs(
        labels=tuple(fixed.labels[index] or str(index + 1) for index in fixed_order),
        fixed_ras=fixed.points_ras[fixed_order],
        moving_ras=moving.points_ras[moving_order],
        drives=np.ones(len(fixed_order), dtype=bool),
        notes=notes,
    )
    return _without_undefined(_with_roles(pairs, check_labels))


def is_by_order(fixed: LandmarkList, moving: LandmarkList) -> bool:
    """Whether :func:`pair_landmarks` pairs two lists by order, as no label is in both."""
    return not set(fixed.labels) & set(moving.labels) - {""}


def without_outside(
    pairs: LandmarkPairs, fixed_outside_mm: FloatArray, moving_outside_mm: FloatArray, skip_unusable: bool = False
) -> LandmarkPairs:
    """Refuse, or leave out with a note, pairs with a landmark outside its volume.

    :param fixed_outside_mm: shape (n,), distance to the fixed volume, 0 inside; ``moving_outside_mm`` likewise.
    :raises LandmarkError: a landmark lies outside and ``skip_unusable`` is False.
    """
    outside = (fixed_outside_mm > 0) | (moving_outside_mm > 0)
    if not outside.any():
        return pairs
    first = int(np.flatnonzero(outside)[0])
    side, distance = ("fixed", fixed_outside_mm) if fixed_outside_mm[first] > 0 else ("moving", moving_outside_mm)
    names = named([label for label, is_out in zip(pairs.labels, outside, strict=True) if is_out])
    if not skip_unusable:
        raise _with_fix(
            LandmarkError(
                f"Landmarks lie outside their volume: {names}; {pairs.labels[first]} is {distance[first]:.1f} mm "
                f"outside the {side} volume.",
                "Check that landmarks and volumes belong together, move these landmarks, or choose to skip unusable "
                "ones.",
            ),
            usable=int((~outside).sum()),
            unusable=int(outside.sum()),
        )
    note = f"Left out, as they lie outside their volume: {names}."
    return replace(pairs.chosen(~outside), notes=(*pairs.notes, note))


def require_driving_pairs(pairs: LandmarkPairs) -> None:
    """Refuse a single driving pair: an error in placing it could not be noticed.

    :raises LandmarkError: exactly one pair drives, or none is left at all.
    """
    count = int(pairs.drives.sum())
    if len(pairs.labels) == 0:
        raise LandmarkError("No landmark pair is left to use.", "Place landmarks at the same anatomy in both volumes.")
    if 0 < count < FEWEST_DRIVING_PAIRS:
        raise LandmarkError(
            "Only one landmark pair would drive the registration.",
            f"Place at least {FEWEST_DRIVING_PAIRS} driving pairs, or use this one to check only.",
        )


def _matched_by_label(
    fixed: LandmarkList, moving: LandmarkList, skip_unusable: bool
) -> tuple[list[int], list[int], tuple[str, ...]]:
    for side, labels in (("fixed", fixed.labels), ("moving", moving.labels)):
        counts = Counter(labels)
        repeated = sorted(label for label, count in counts.items() if count > 1)
        if repeated:
            raise LandmarkError(
                f"The label {_clipped(repeated[0])!r} occurs {counts[repeated[0]]} times among the {side} landmarks.",
                "Give every landmark of a list a label of its own, the same in both volumes.",
            )
    unpaired = sorted(set(fixed.labels) ^ set(moving.labels))
    placed = {
        label
        for side in (fixed, moving)
        for label, point in zip(side.labels, side.points_ras, strict=True)
        if np.isfinite(point).all()
    }
    if placed & set(unpaired) and not skip_unusable:
        raise _with_fix(
            LandmarkError(
                f"The lists have {len(fixed.labels)} fixed and {len(moving.labels)} moving landmarks, and these have "
                f"no partner of the same label: {named(sorted(placed & set(unpaired)))}.",
                "Place or rename the missing partners, delete these landmarks, or choose to skip unusable ones.",
            ),
            usable=len(set(fixed.labels) & set(moving.labels)),
            unusable=len(placed & set(unpaired)),
        )
    position = {label: index for index, label in enumerate(moving.labels)}
    fixed_order = [index for index, label in enumerate(fixed.labels) if label in position]
    notes = (f"Left out, as they have no partner: {named(unpaired)}.",) if unpaired else ()
    return fixed_order, [position[fixed.labels[index]] for index in fixed_order], notes


def _matched_by_order(fixed: LandmarkList, moving: LandmarkList) -> tuple[list[int], list[int], tuple[str, ...]]:
    if len(fixed.labels) != len(moving.labels):
        raise LandmarkError(
            f"There are {len(fixed.labels)} fixed and {len(moving.labels)} moving landmarks, and no label is in both.",
            "Give corresponding landmarks the same label, or place the same number in the same order.",
        )
    order = list(range(len(fixed.labels)))
    return order, order, (NOTE_BY_ORDER,)


def _with_fix(error: LandmarkError, usable: int, unusable: int) -> LandmarkError:
    """Offer to leave landmarks out, unless that would leave too few, or most of them are at fault."""
    if usable >= max(FEWEST_DRIVING_PAIRS, unusable):
        error.fix = SKIP_UNUSABLE
    return error


def _with_roles(pairs: LandmarkPairs, check_labels: Sequence[str]) -> LandmarkPairs:
    counts, checking = Counter(pairs.labels), frozenset(check_labels)
    repeated = [label for label in check_labels if counts[label] > 1]
    if repeated:
        raise LandmarkError(
            f"The label {_clipped(repeated[0])!r} of a pair to check with occurs {counts[repeated[0]]} times.",
            "Give every landmark of a list a label of its own, the same in both volumes.",
        )
    missing = [label for label in check_labels if label not in counts]
    if missing:
        raise LandmarkError(
            f"There is no landmark pair with the label {_clipped(missing[0])!r} to check with.",
            f"Choose from: {named(pairs.labels, at_most=40)}.",
        )
    return replace(pairs, drives=np.array([label not in checking for label in pairs.labels], dtype=bool))


def _without_undefined(pairs: LandmarkPairs) -> LandmarkPairs:
    placed: BoolArray = np.asarray(np.isfinite(pairs.fixed_ras + pairs.moving_ras).all(axis=1), dtype=np.bool_)
    if placed.all():
        return pairs
    names = named([label for label, is_placed in zip(pairs.labels, placed, strict=True) if not is_placed])
    note = f"{NOTE_NOT_PLACED}: {names}."
    return replace(pairs.chosen(placed), notes=(*pairs.notes, note))


def named(labels: Sequence[str], at_most: int = _NAMED_IN_MESSAGE) -> str:
    """Labels for a sentence, not too many of them.

    >>> named(["AC", "PC", "L1"], at_most=2)
    'AC, PC and 1 more'
    """
    shown = ", ".join(map(_clipped, labels[:at_most]))
    return shown if len(labels) <= at_most else f"{shown} and {len(labels) - at_most} more"


def _clipped(label: str) -> str:
    """A label as it fits into a sentence."""
    return label if len(label) <= _LONGEST_NAMED else f"{label[: _LONGEST_NAMED - 1]}…"
