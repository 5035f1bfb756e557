"""Landmark lists side by side, as the table of the panel shows them."""

from __future__ import annotations

import numpy as np
import pytest

from ElastixPlusLib.guidance.landmark_pairing import LandmarkList
from ElastixPlusLib.guidance.pair_rows import Trouble, expected_partner, pair_rows

NOT_PLACED = [np.nan] * 3
SQUARE = [[0.0, 0, 0], [10, 0, 0], [0, 10, 0], [0, 0, 10]]


def landmarks(labels: str, points: list[list[float]]) -> LandmarkList:
    return LandmarkList(tuple(labels.split()), np.array(points, dtype=float).reshape(-1, 3))


def test_pairs_are_found_by_label_whatever_their_order() -> None:
    rows = pair_rows(landmarks("a b", [[0, 0, 0], [1, 0, 0]]), landmarks("b a", [[1, 0, 3], [0, 4, 0]]))
    assert [(row.label, row.fixed_index, row.moving_index, row.before_mm) for row in rows] == [
        ("a", 0, 1, 4.0),
        ("b", 1, 0, 3.0),
    ]
    assert all(row.is_usable for row in rows)


def test_lists_of_one_length_without_a_common_label_are_paired_by_order() -> None:
    rows = pair_rows(landmarks("F-1 F-2", SQUARE[:2]), landmarks("M-1 M-2", SQUARE[:2]))
    assert [(row.label, row.fixed_index, row.moving_index) for row in rows] == [("F-1", 0, 0), ("F-2", 1, 1)]


def test_a_landmark_without_partner_has_a_row_of_its_own() -> None:
    rows = pair_rows(landmarks("a b", SQUARE[:2]), landmarks("a c", SQUARE[:2]))
    assert [(row.label, row.troubles) for row in rows] == [
        ("a", ()),
        ("b", (Trouble.NO_MOVING,)),
        ("c", (Trouble.NO_FIXED,)),
    ]
    assert [row.before_mm for row in rows] == [0.0, None, None]


def test_a_landmark_that_is_listed_but_not_placed_is_told_from_a_missing_one() -> None:
    rows = pair_rows(landmarks("a b", [NOT_PLACED, [0, 0, 0]]), landmarks("a b", [[0, 0, 0], NOT_PLACED]))
    assert [row.troubles for row in rows] == [(Trouble.FIXED_NOT_PLACED,), (Trouble.MOVING_NOT_PLACED,)]


def test_a_label_that_occurs_twice_is_marked_in_every_row_of_it() -> None:
    rows = pair_rows(landmarks("a a", SQUARE[:2]), landmarks("a b", SQUARE[:2]))
    assert [Trouble.LABEL_TWICE in row.troubles for row in rows] == [True, True, False]


def test_landmarks_outside_their_volume_are_marked_on_the_right_side() -> None:
    def beyond_5(points: np.ndarray) -> np.ndarray:
        return np.maximum(points[:, 0] - 5, 0)

    lists = landmarks("a b", SQUARE[:2]), landmarks("a b", SQUARE[:2])
    assert [row.troubles for row in pair_rows(*lists, fixed_outside_mm=beyond_5)] == [(), (Trouble.FIXED_OUTSIDE,)]
    assert [row.troubles for row in pair_rows(*lists, moving_outside_mm=beyond_5)] == [(), (Trouble.MOVING_OUTSIDE,)]


def test_the_distance_after_is_measured_through_the_result() -> None:
    lists = landmarks("a b", SQUARE[:2]), landmarks("a b", SQUARE[:2])
    rows = pair_rows(*lists, ["b"], mapping=lambda points: points + np.array([0, 0, 2]))
    assert [(row.before_mm, row.after_mm, row.checks) for row in rows] == [(0.0, 2.0, False), (0.0, 2.0, True)]


def test_a_pair_without_labels_is_named_by_its_place() -> None:
    nameless = LandmarkList(("", ""), np.array(SQUARE[:2]))
    assert [row.label for row in pair_rows(nameless, nameless)] == ["1", "2"]


@pytest.mark.parametrize("missing_side", ["fixed", "moving"])
def test_the_missing_partner_is_expected_where_a_rigid_fit_of_the_others_puts_it(missing_side: str) -> None:
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    fixed = np.array([*SQUARE, [3, 4, 5]])
    moving = fixed @ turn.T + [7, 8, 9]
    missing = fixed if missing_side == "fixed" else moving
    truth = missing[-1].copy()
    missing[-1] = np.nan
    rows = pair_rows(LandmarkList(tuple("abcde"), fixed), LandmarkList(tuple("abcde"), moving))
    assert expected_partner(rows, rows[-1]) == pytest.approx(truth)


def test_with_fewer_than_three_pairs_the_partner_is_expected_at_the_same_place() -> None:
    rows = pair_rows(landmarks("a b", SQUARE[:2]), landmarks("a", SQUARE[:1]))
    assert expected_partner(rows, rows[1]) == pytest.approx(SQUARE[1])
