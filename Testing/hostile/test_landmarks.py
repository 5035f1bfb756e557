"""Lists of landmarks of any length, with labels of any letters."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

from ElastixPlusLib.errors import LandmarkError
from ElastixPlusLib.guidance.landmark_pairing import LandmarkList, named, pair_landmarks

COUNT = 2000


class CountedLabel(str):
    """A label that counts how often it is compared with another one."""

    comparisons: ClassVar[int] = 0

    def __eq__(self, other: object) -> bool:
        CountedLabel.comparisons += 1
        return str.__eq__(self, other)  # type: ignore[arg-type]

    def __hash__(self) -> int:
        return str.__hash__(self)


def listed(*labels: str) -> LandmarkList:
    return LandmarkList(labels, np.arange(3.0 * len(labels)).reshape(-1, 3))


def counted(count: int) -> LandmarkList:
    return listed(*(CountedLabel(number) for number in range(count)))


def test_pairing_compares_no_label_with_all_others():
    """20,000 landmarks took half a minute once, and 100,000 hours: the time went with the square of their number."""
    CountedLabel.comparisons = 0
    pairs = pair_landmarks(counted(COUNT), counted(COUNT), [CountedLabel(number) for number in range(0, COUNT, 2)])
    assert pairs.drives.sum() == COUNT // 2
    assert CountedLabel.comparisons < 20 * COUNT


@pytest.mark.parametrize("letters", ["x" * 10_000, "\x1b[2J" * 3000, "<b>" * 5000])
def test_a_label_of_any_length_is_clipped_in_a_message(letters: str):
    for fixed, moving, checks in (
        (listed(letters, letters), listed(letters, "A"), ()),
        (listed("A", letters), listed("A", "B"), ()),
        (listed("A", "B"), listed("A", "B"), (letters,)),
    ):
        with pytest.raises(LandmarkError) as caught:
            pair_landmarks(fixed, moving, checks)
        assert len(str(caught.value)) < 600
    assert len(named([letters] * 100)) < 500


def test_a_label_of_usual_length_is_named_in_full():
    assert named(["left ventral occipital horn of the ventricle", "AC"]) == (
        "left ventral occipital horn of the ventricle, AC"
    )


def test_empty_labels_are_paired_by_order():
    assert pair_landmarks(listed("", ""), listed("", "")).labels == ("1", "2")
