"""Pairs are divided fairly and the same way every time, and what was left out is summarised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ElastixPlusLib.accuracy.held_out import HeldOutError, HeldOutReport, folds, method_name
from ElastixPlusLib.errors import LandmarkError

PUBLISHED = (("d", "e", "g"), ("a", "c"), ("b", "f"))  # of a to g; has to stay, so that a paper can be repeated
TWENTY = tuple(f"L{number}" for number in range(20))


@pytest.fixture
def report() -> HeldOutReport:
    return HeldOutReport(
        "leave-one-out",
        (HeldOutError("AC", 0, 5.0, 1.0), HeldOutError("PC", 1, 7.0, 4.0), HeldOutError("L1", 2, 9.0, 4.0)),
    )


def test_one_at_a_time_every_pair_is_a_fold_in_the_order_of_the_list():
    assert folds(TWENTY, None) == tuple((label,) for label in TWENTY)
    assert folds(TWENTY, 20, seed=5) == folds(TWENTY, None)


@given(st.integers(4, 40).flatmap(lambda total: st.tuples(st.just(total), st.integers(2, total))), st.integers(0, 99))
def test_every_label_is_in_one_fold_and_the_folds_are_of_one_size(total_and_count, seed):
    total, count = total_and_count
    labels = [f"L{number}" for number in range(total)]
    found = folds(labels, count, seed)
    sizes = [len(fold) for fold in found]
    assert len(found) == count
    assert max(sizes) - min(sizes) <= 1
    assert sorted(label for fold in found for label in fold) == sorted(labels)


def test_the_same_seed_divides_the_same_way_and_another_one_differently():
    assert folds(TWENTY, 5, seed=3) == folds(list(TWENTY), 5, seed=3)
    assert folds(TWENTY, 5, seed=3) != folds(TWENTY, 5, seed=4)


def test_a_division_stays_what_it_was_in_earlier_versions():
    assert folds("abcdefg", 3) == PUBLISHED


def test_pairs_that_were_placed_one_after_the_other_do_not_stay_together():
    assert folds(TWENTY, 4) != tuple(TWENTY[first : first + 5] for first in range(0, 20, 5))
    assert folds(TWENTY, 4) != tuple(TWENTY[first::4] for first in range(4))


@pytest.mark.parametrize(("total", "count"), [(3, None), (3, 3), (4, 2), (5, 3)])
def test_two_pairs_left_to_drive_are_enough(total, count):
    assert all(total - len(fold) >= 2 for fold in folds(TWENTY[:total], count))


@pytest.mark.parametrize(
    ("total", "count", "what"),
    [
        (0, None, "0 driving pairs are too few"),
        (1, None, "1 driving pair is too few"),
        (2, None, "2 driving pairs are too few"),
        (2, 2, "2 driving pairs are too few"),
        (3, 2, "only 1 would drive"),
        (8, 1, "8 driving pairs cannot be divided into 1 fold."),
        (8, 0, "cannot be divided into 0 folds"),
        (8, -2, "cannot be divided into -2 folds"),
        (8, 9, "cannot be divided into 9 folds"),
    ],
)
def test_folds_that_cannot_be_are_refused_with_a_remedy(total, count, what):
    with pytest.raises(LandmarkError, match=what) as refused:
        folds(TWENTY[:total], count)
    assert refused.value.remedy.startswith(("Let", "Choose"))


def test_pairs_of_one_label_are_refused_as_they_could_not_be_told_apart():
    with pytest.raises(LandmarkError, match="called AC"):
        folds(["AC", "PC", "AC", "L1"], None)


def test_a_method_is_called_what_a_paper_would_call_it():
    assert [method_name(12, count) for count in (None, 12, 4)] == ["leave-one-out", "leave-one-out", "4-fold"]


def test_before_and_after_are_summarised_over_all_pairs(report):
    assert report.before is not None
    assert report.after is not None
    assert (report.before.n, report.before.mean_mm) == (3, 7.0)
    assert (report.after.n, report.after.mean_mm, report.after.max_mm) == (3, 3.0, 4.0)


def test_the_worst_pair_is_the_first_with_the_largest_error_after(report):
    assert report.worst is not None
    assert report.worst.label == "PC"


def test_a_report_without_pairs_has_no_numbers():
    empty = HeldOutReport("leave-one-out", ())
    assert (empty.before, empty.after, empty.worst) == (None, None, None)
