"""What two lists of landmarks look like side by side, also while they are still being placed.

:mod:`.landmark_pairing` refuses what cannot be registered; here everything is shown, with what is wrong with it.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..errors import LandmarkError
from .initial_alignment import rigid_alignment
from .landmark_pairing import LandmarkList

FloatArray = npt.NDArray[np.float64]


class Trouble(enum.Enum):
    """Why a pair cannot be used as it is."""

    NO_FIXED = "there is no fixed landmark of this label"
    NO_MOVING = "there is no moving landmark of this label"
    FIXED_NOT_PLACED = "the fixed landmark is not placed"
    MOVING_NOT_PLACED = "the moving landmark is not placed"
    LABEL_TWICE = "the label occurs twice in a list"
    FIXED_OUTSIDE = "the fixed landmark lies outside the fixed volume"
    MOVING_OUTSIDE = "the moving landmark lies outside the moving volume"


@dataclass(frozen=True)
class PairRow:
    """One landmark pair as a table shows it.

    :param fixed_index: place in the fixed list; None if the list has no such landmark. ``moving_index`` likewise.
    :param fixed_ras: shape (3,), world RAS millimetres; None if it is not placed. ``moving_ras`` likewise.
    :param checks: the pair only measures the result.
    :param before_mm: distance of the two landmarks; None if one is not placed.
    :param after_mm: distance of the mapped fixed landmark to the moving one; None without a result.
    """

    label: str
    fixed_index: int | None
    moving_index: int | None
    fixed_ras: FloatArray | None = field(compare=False)
    moving_ras: FloatArray | None = field(compare=False)
    checks: bool
    before_mm: float | None
    after_mm: float | None
    troubles: tuple[Trouble, ...]

    @property
    def is_usable(self) -> bool:
        """Whether a registration can use the pair."""
        return not self.troubles


OutsideTest = Callable[[FloatArray], FloatArray]
Mapping = Callable[[FloatArray], FloatArray]


def pair_rows(
    fixed: LandmarkList,
    moving: LandmarkList,
    check_labels: Collection[str] = (),
    mapping: Mapping | None = None,
    fixed_outside_mm: OutsideTest | None = None,
    moving_outside_mm: OutsideTest | None = None,
) -> tuple[PairRow, ...]:
    """Lay two lists side by side: by label, or by order where no label is in both.

    :param check_labels: labels of the pairs that only check.
    :param mapping: the result, from fixed to moving positions of shape (n, 3) in world RAS; None without a result.
    :param fixed_outside_mm: how far positions lie outside the fixed volume; None if there is no volume yet.
    :returns: first the landmarks of the fixed list in their order, then those that only the moving list has.

    >>> fixed = LandmarkList(("AC", "PC"), np.array([[0.0, 0, 0], [0, -25, 0]]))
    >>> moving = LandmarkList(("AC",), np.array([[3.0, 4, 0]]))
    >>> [(row.label, row.before_mm, row.is_usable) for row in pair_rows(fixed, moving)]
    [('AC', 5.0, True), ('PC', None, False)]
    """
    repeated = {label for side in (fixed, moving) for label, count in Counter(side.labels).items() if count > 1}
    rows = []
    for fixed_index, moving_index in _partners(fixed, moving):
        here, there = _placed(fixed, fixed_index), _placed(moving, moving_index)
        label = fixed.labels[fixed_index] if fixed_index is not None else moving.labels[moving_index or 0]
        troubles = [
            *_place_troubles(fixed_index, here, fixed_outside_mm, _FIXED),
            *_place_troubles(moving_index, there, moving_outside_mm, _MOVING),
        ]
        if label in repeated and label:
            troubles.append(Trouble.LABEL_TWICE)
        before = after = None
        if here is not None and there is not None:
            before = float(np.linalg.norm(here - there))
            after = float(np.linalg.norm(mapping(here[np.newaxis])[0] - there)) if mapping is not None else None
        shown = label or str((fixed_index if fixed_index is not None else moving_index or 0) + 1)
        rows.append(
            PairRow(
                shown, fixed_index, moving_index, here, there, shown in check_labels, before, after, tuple(troubles)
            )
        )
    return tuple(rows)


def expected_partner(rows: Collection[PairRow], row: PairRow) -> FloatArray | None:
    """Where the missing landmark of a pair is to be expected, from a rigid fit of the pairs that are complete.

    :returns: shape (3,), world RAS millimetres, the landmark that is there if the fit is not determined; None if
        neither landmark is placed.
    """
    known = row.fixed_ras if row.fixed_ras is not None else row.moving_ras
    complete = [one for one in rows if one.fixed_ras is not None and one.moving_ras is not None]
    if known is None or not complete:
        return known
    fixed = np.array([one.fixed_ras for one in complete])
    moving = np.array([one.moving_ras for one in complete])
    if row.fixed_ras is None:
        fixed, moving = moving, fixed
    try:
        matrix = rigid_alignment(fixed, moving)
    except LandmarkError:
        return known
    expected: FloatArray = matrix[:3, :3] @ known + matrix[:3, 3]
    return expected


_FIXED = (Trouble.NO_FIXED, Trouble.FIXED_NOT_PLACED, Trouble.FIXED_OUTSIDE)
_MOVING = (Trouble.NO_MOVING, Trouble.MOVING_NOT_PLACED, Trouble.MOVING_OUTSIDE)


def _partners(fixed: LandmarkList, moving: LandmarkList) -> list[tuple[int | None, int | None]]:
    if not set(fixed.labels) & set(moving.labels) - {""} and len(fixed.labels) == len(moving.labels):
        return [(index, index) for index in range(len(fixed.labels))]
    free = {index: label for index, label in enumerate(moving.labels)}
    pairs: list[tuple[int | None, int | None]] = []
    for fixed_index, label in enumerate(fixed.labels):
        found = next((index for index, other in free.items() if label and other == label), None)
        if found is not None:
            del free[found]
        pairs.append((fixed_index, found))
    return [*pairs, *((None, index) for index in free)]


def _placed(landmarks: LandmarkList, index: int | None) -> FloatArray | None:
    point = landmarks.points_ras[index] if index is not None else None
    return point if point is not None and np.isfinite(point).all() else None


def _place_troubles(
    index: int | None,
    point: FloatArray | None,
    outside_mm: OutsideTest | None,
    kinds: tuple[Trouble, Trouble, Trouble],
) -> list[Trouble]:
    missing, not_placed, outside = kinds
    if index is None:
        return [missing]
    if point is None:
        return [not_placed]
    return [outside] if outside_mm is not None and outside_mm(point[np.newaxis])[0] > 0 else []
