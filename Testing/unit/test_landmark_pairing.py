"""Landmarks are paired by label or by order, get their role, and whatever is left out is said."""

from __future__ import annotations

import numpy as np
import pytest

from ElastixPlusLib.errors import LandmarkError
from ElastixPlusLib.guidance.landmark_pairing import (
    SKIP_UNUSABLE,
    LandmarkList,
    LandmarkPairs,
    is_by_order,
    pair_landmarks,
    require_driving_pairs,
    without_outside,
)


def landmarks(*labels: str, offset: float = 0.0, unplaced: tuple[int, ...] = ()) -> LandmarkList:
    """A point for every label, told apart by its first coordinate."""
    points = np.array([[index + offset, 0.0, 0.0] for index in range(len(labels))]).reshape(-1, 3)
    points[list(unplaced)] = np.nan
    return LandmarkList(tuple(labels), points)


def partners(pairs: LandmarkPairs) -> list[tuple[str, float, float]]:
    return [
        (label, float(fixed[0]), float(moving[0]))
        for label, fixed, moving in zip(pairs.labels, pairs.fixed_ras, pairs.moving_ras, strict=True)
    ]


def test_equal_labels_are_partners_whatever_their_order():
    pairs = pair_landmarks(landmarks("a", "b", "c"), landmarks("c", "a", "b", offset=100))
    assert partners(pairs) == [("a", 0, 101), ("b", 1, 102), ("c", 2, 100)]
    assert pairs.drives.all()
    assert pairs.notes == ()


def test_without_a_common_label_the_order_decides_and_that_is_said():
    pairs = pair_landmarks(landmarks("F-1", "F-2"), landmarks("M-1", "M-2", offset=100))
    assert partners(pairs) == [("F-1", 0, 100), ("F-2", 1, 101)]
    (note,) = pairs.notes
    assert "paired by order" in note


def test_landmarks_without_labels_are_paired_by_order_and_numbered():
    pairs = pair_landmarks(landmarks("", ""), landmarks("", "", offset=100))
    assert partners(pairs) == [("1", 0, 100), ("2", 1, 101)]


def test_one_common_label_is_enough_to_pair_by_label():
    with pytest.raises(LandmarkError, match="no partner of the same label: b, c"):
        pair_landmarks(landmarks("a", "b"), landmarks("a", "c"))


def test_unequal_numbers_without_common_labels_are_refused():
    with pytest.raises(LandmarkError, match="3 fixed and 2 moving landmarks"):
        pair_landmarks(landmarks("a", "b", "c"), landmarks("x", "y"))


@pytest.mark.parametrize(
    ("fixed", "moving", "side"), [((), ("a",), "fixed"), (("a",), (), "moving"), ((), (), "fixed")]
)
def test_an_empty_list_is_refused_by_its_side(fixed, moving, side):
    with pytest.raises(LandmarkError, match=f"list of {side} landmarks is empty"):
        pair_landmarks(landmarks(*fixed), landmarks(*moving))


@pytest.mark.parametrize(("fixed", "moving", "side"), [("aba", "ab", "fixed"), ("ab", "abb", "moving")])
def test_a_repeated_label_is_refused_by_its_side(fixed, moving, side):
    with pytest.raises(LandmarkError, match=f"occurs 2 times among the {side} landmarks"):
        pair_landmarks(landmarks(*fixed), landmarks(*moving))


def test_landmarks_without_a_partner_are_refused_with_both_numbers_and_their_names():
    with pytest.raises(LandmarkError, match=r"3 fixed and 2 moving landmarks.*: c\.") as caught:
        pair_landmarks(landmarks("a", "b", "c"), landmarks("a", "b"))
    assert "skip" in caught.value.remedy


def test_landmarks_without_a_partner_can_be_skipped_with_a_note():
    pairs = pair_landmarks(landmarks("a", "b", "c"), landmarks("d", "b", "a", offset=100), skip_unusable=True)
    assert partners(pairs) == [("a", 0, 102), ("b", 1, 101)]
    assert pairs.notes == ("Left out, as they have no partner: c, d.",)


def test_a_landmark_that_is_listed_but_not_placed_needs_no_partner():
    pairs = pair_landmarks(landmarks("a", "b", "c", unplaced=(2,)), landmarks("a", "b", offset=100))
    assert partners(pairs) == [("a", 0, 100), ("b", 1, 101)]
    assert pairs.notes == ("Left out, as they have no partner: c.",)


def test_only_placed_landmarks_without_a_partner_are_named_in_the_refusal():
    with pytest.raises(LandmarkError, match=r"same label: b\."):
        pair_landmarks(landmarks("a", "b", "c", unplaced=(2,)), landmarks("a"))


@pytest.mark.parametrize("side", ["fixed", "moving"])
@pytest.mark.parametrize("labels", ["abc", "xyz"])
def test_a_pair_that_is_not_placed_on_both_sides_is_left_out_with_a_note(labels, side):
    lists = {"fixed": landmarks(*"abc"), "moving": landmarks(*labels, offset=100)}
    lists[side].points_ras[1] = np.nan
    pairs = pair_landmarks(**lists)
    assert partners(pairs) == [("a", 0, 100), ("c", 2, 102)]
    assert pairs.notes[-1] == "Left out, as they are not placed in both volumes: b."


def test_a_position_of_which_one_coordinate_is_missing_is_no_position():
    fixed = landmarks("a", "b")
    fixed.points_ras[0, 2] = np.inf
    assert pair_landmarks(fixed, landmarks("a", "b")).labels == ("b",)


def test_chosen_pairs_only_check():
    pairs = pair_landmarks(landmarks(*"abcd"), landmarks(*"abcd"), check_labels=("b", "d"))
    assert pairs.drives.tolist() == [True, False, True, False]
    assert pairs.driving.labels == ("a", "c")
    assert pairs.driving.fixed_ras[:, 0].tolist() == [0, 2]
    assert pairs.driving.moving_ras[:, 0].tolist() == [0, 2]


def test_in_pairs_by_order_the_label_of_the_fixed_side_chooses():
    pairs = pair_landmarks(landmarks("a", "b"), landmarks("x", "y"), check_labels=("b",))
    assert pairs.drives.tolist() == [True, False]


def test_pairs_without_labels_are_chosen_by_their_number():
    assert pair_landmarks(landmarks("", ""), landmarks("", ""), check_labels=("2",)).drives.tolist() == [True, False]


def test_a_check_label_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(LandmarkError, match="label 'e' to check") as caught:
        pair_landmarks(landmarks(*"abcd"), landmarks(*"abcd"), check_labels=("b", "e"))
    assert "a, b, c, d" in caught.value.remedy


def test_a_check_label_of_a_skipped_landmark_is_refused():
    with pytest.raises(LandmarkError, match="label 'c' to check"):
        pair_landmarks(landmarks(*"abc"), landmarks(*"ab"), check_labels=("c",), skip_unusable=True)


def test_a_check_label_that_stands_for_two_pairs_is_refused():
    with pytest.raises(LandmarkError, match="'F' of a pair to check with occurs 2 times"):
        pair_landmarks(landmarks("F", "F", "G"), landmarks("x", "y", "z"), check_labels=("F",))


def test_a_check_pair_that_is_not_placed_is_left_out_like_any_other():
    pairs = pair_landmarks(landmarks(*"abc", unplaced=(1,)), landmarks(*"abc"), check_labels=("b",))
    assert pairs.labels == ("a", "c")
    assert pairs.drives.all()


def test_many_names_are_shortened():
    fixed = landmarks(*(f"F{index}" for index in range(10)), "both")
    with pytest.raises(LandmarkError, match="F0, F1, F2, F3, F4 and 5 more"):
        pair_landmarks(fixed, landmarks("both"))


@pytest.fixture
def three_pairs() -> LandmarkPairs:
    return pair_landmarks(landmarks(*"abc"), landmarks(*"abc", offset=100), check_labels=("b",))


def test_pairs_inside_their_volumes_pass(three_pairs):
    assert without_outside(three_pairs, np.zeros(3), np.zeros(3)) is three_pairs


@pytest.mark.parametrize(
    ("fixed_mm", "moving_mm", "message"),
    [
        ((0, 2.34, 0), (0, 0, 0), "volume: b; b is 2.3 mm outside the fixed volume"),
        ((0, 0, 0), (0, 0, 7.0), "volume: c; c is 7.0 mm outside the moving volume"),
        ((0, 0, 1.0), (0, 5.0, 0), "volume: b, c; b is 5.0 mm outside the moving volume"),
        ((1.0, 0, 0), (5.0, 0, 0), "volume: a; a is 1.0 mm outside the fixed volume"),
    ],
)
def test_pairs_outside_are_refused_with_names_side_and_distance(three_pairs, fixed_mm, moving_mm, message):
    with pytest.raises(LandmarkError, match=message):
        without_outside(three_pairs, np.array(fixed_mm, float), np.array(moving_mm, float))


def test_pairs_outside_can_be_skipped_with_a_note(three_pairs):
    pairs = without_outside(three_pairs, np.array([3.0, 0, 0]), np.zeros(3), skip_unusable=True)
    assert partners(pairs) == [("b", 1, 101), ("c", 2, 102)]
    assert pairs.drives.tolist() == [False, True]
    assert pairs.notes == ("Left out, as they lie outside their volume: a.",)


def test_earlier_notes_are_kept():
    pairs = pair_landmarks(landmarks("a", "b"), landmarks("x", "y"))
    assert len(without_outside(pairs, np.array([3.0, 0]), np.zeros(2), skip_unusable=True).notes) == 2


def test_one_driving_pair_is_refused():
    with pytest.raises(LandmarkError, match="Only one landmark pair would drive"):
        require_driving_pairs(pair_landmarks(landmarks(*"ab"), landmarks(*"ab"), check_labels=("a",)))


def test_two_driving_pairs_are_enough(three_pairs):
    require_driving_pairs(three_pairs)


def test_pairs_that_only_check_need_no_driving_ones():
    require_driving_pairs(pair_landmarks(landmarks("a"), landmarks("a"), check_labels=("a",)))


def test_no_pair_at_all_is_refused():
    pairs = pair_landmarks(landmarks("a", unplaced=(0,)), landmarks("a"))
    with pytest.raises(LandmarkError, match="No landmark pair is left"):
        require_driving_pairs(pairs)


def test_the_lists_stay_as_they_were():
    fixed, moving = landmarks("a", "b"), landmarks("b", "a", offset=100)
    pairs = pair_landmarks(fixed, moving)
    pairs.fixed_ras[:] = 0
    pairs.moving_ras[:] = 0
    assert fixed.points_ras[1, 0] == 1
    assert moving.points_ras[1, 0] == 101


def test_leaving_out_landmarks_is_offered_where_most_are_usable():
    with pytest.raises(LandmarkError) as caught:
        pair_landmarks(landmarks(*"abc"), landmarks(*"abd"))
    assert caught.value.fix == SKIP_UNUSABLE
    assert SKIP_UNUSABLE.changes == {"skip_unusable_landmarks": True}
    pairs = pair_landmarks(landmarks(*"abcd"), landmarks(*"abcd"))
    with pytest.raises(LandmarkError) as caught:
        without_outside(pairs, np.array([0.0, 0, 0, 5]), np.zeros(4))
    assert caught.value.fix == SKIP_UNUSABLE


def test_leaving_out_landmarks_is_not_offered_where_most_are_at_fault_or_too_few_remain():
    for fixed, moving in (("abcd", "abxy"), ("ab", "ac")):
        with pytest.raises(LandmarkError) as caught:
            pair_landmarks(landmarks(*fixed), landmarks(*moving))
        assert caught.value.fix is None
    pairs = pair_landmarks(landmarks(*"abcd"), landmarks(*"abcd"))
    with pytest.raises(LandmarkError) as caught:
        without_outside(pairs, np.array([0.0, 9, 9, 5]), np.zeros(4))
    assert caught.value.fix is None


@pytest.mark.parametrize(("fixed", "moving", "by_order"), [("ab", "xy", True), ("ab", "bx", False)])
def test_it_can_be_asked_how_lists_are_paired(fixed, moving, by_order):
    assert is_by_order(landmarks(*fixed), landmarks(*moving)) is by_order


def test_lists_without_labels_are_paired_by_order():
    assert is_by_order(landmarks("", ""), landmarks("", ""))
