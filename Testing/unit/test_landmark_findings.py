"""What the check says about landmarks: who is out of place, how grave that is, and the change that helps."""

from __future__ import annotations

import time

import numpy as np
import pytest

from ElastixPlusLib.guidance.findings import Finding
from ElastixPlusLib.guidance.landmark_findings import account_findings, landmark_findings
from ElastixPlusLib.guidance.landmark_pairing import LandmarkList, LandmarkPairs, pair_landmarks
from ElastixPlusLib.guidance.landmark_start import FROM_LANDMARKS, remaining_motion, start_findings
from made_landmarks import MadePairs, expert_pairs, made_pairs, turn

AXIS = np.array([1.0, 2, 3])


def findings(pairs: LandmarkPairs) -> dict[str, Finding]:
    """What is found besides that nothing checks, by kind."""
    found = landmark_findings(pairs, paired_by_order=False, volume_extent_mm=300)
    kinds = [finding.kind for finding in found]
    assert len(kinds) == len(set(kinds))
    return {finding.kind: finding for finding in found if finding.kind != "no-check-landmarks"}


@pytest.mark.shared_data
def test_two_brains_get_one_warning_that_names_the_two_landmarks_that_vary(shared_data):
    found = landmark_findings(expert_pairs(shared_data / "brain"), paired_by_order=False, volume_extent_mm=360)
    outlying, note = found
    assert outlying.severity == "warning"
    assert outlying.what == "Pairs 29 (25 mm) and 30 (18 mm) lie far from where the other pairs expect them."
    assert outlying.remedy == "Look at these pairs again, or use them only to check."
    assert outlying.fix.title == "Use 29, 30 only to check"
    assert outlying.fix.changes == {"check_labels": ("29", "30")}
    assert outlying.fix.option == "--check-labels 29,30"
    assert (note.kind, note.severity) == ("no-check-landmarks", "note")


@pytest.mark.parametrize("count", [4, 5, 8, 20])
def test_ordinary_pairs_get_no_warning(count):
    for seed in range(20):
        found = findings(made_pairs(count, seed).labelled())
        assert [finding for finding in found.values() if finding.severity != "note"] == []


def test_one_pair_is_named_alone_and_the_fix_keeps_the_pairs_that_check_already():
    found = findings(made_pairs(10, 2).displaced(5, by_mm=40).labelled(check_labels=("9", "3")))["outlying-landmarks"]
    assert found.what.startswith("Pair 6 lies ")
    assert found.remedy == "Look at this pair again, or use it only to check."
    assert found.fix.changes == {"check_labels": ("3", "6", "9")}
    assert found.fix.option == "--check-labels 3,6,9"


def test_after_the_fix_nothing_is_warned_of_any_more():
    pairs = made_pairs(12, 2).displaced(5, by_mm=40).exchanged(1, 8)
    before = findings(pairs.labelled())
    fixes = {finding.fix.option for finding in before.values()}
    assert set(before) == {"outlying-landmarks", "exchanged-landmarks"}
    assert fixes == {"--check-labels 2,6,9"}
    after = findings(pairs.labelled(check_labels=("2", "6", "9")))
    assert {finding.severity for finding in after.values()} == {"note"}
    assert all(finding.fix is None for finding in after.values())


def test_a_pair_that_checks_already_is_told_apart_from_those_that_drive():
    found = findings(made_pairs(14, 3).displaced(5, 9, by_mm=40).labelled(check_labels=("6",)))
    assert found["outlying-landmarks"].what.startswith("Pair 10 ")
    assert found["outlying-landmarks"].fix.changes == {"check_labels": ("6", "10")}
    assert found["outlying-check-landmarks"].what.startswith("Pair 6 ")
    assert found["outlying-check-landmarks"].severity == "note"


def test_no_fix_is_offered_that_leaves_too_few_to_drive():
    pairs = made_pairs(7, 2).displaced(5, by_mm=60)
    assert findings(pairs.labelled(check_labels=("1", "2", "3")))["outlying-landmarks"].fix is not None
    assert findings(pairs.labelled(check_labels=("1", "2", "3", "4")))["outlying-landmarks"].fix is None


def test_no_fix_is_offered_where_a_label_does_not_tell_which_pair_is_meant():
    pairs = made_pairs(8, 2).displaced(5, by_mm=60).labelled()
    for label in ("1", "a,b"):
        relabelled = LandmarkPairs(
            (*pairs.labels[:5], label, *pairs.labels[6:]), pairs.fixed_ras, pairs.moving_ras, pairs.drives
        )
        assert findings(relabelled)["outlying-landmarks"].fix is None


def test_a_label_with_spaces_is_quoted_for_the_command_line():
    pairs = made_pairs(8, 2).displaced(5, by_mm=60).labelled()
    relabelled = LandmarkPairs(
        (*pairs.labels[:5], "R AL horn", *pairs.labels[6:]), pairs.fixed_ras, pairs.moving_ras, pairs.drives
    )
    fix = findings(relabelled)["outlying-landmarks"].fix
    assert fix.changes == {"check_labels": ("R AL horn",)}
    assert fix.option == "--check-labels 'R AL horn'"


def test_of_very_many_only_the_farthest_are_named():
    bad = range(0, 40, 4)
    found = findings(made_pairs(40, 4).displaced(*bad, by_mm=60).labelled())["outlying-landmarks"]
    assert found.what.count(" mm)") == 8
    assert "and 2 more lie far" in found.what
    assert len(found.fix.changes["check_labels"]) == 10


@pytest.mark.parametrize("count", [5, 7, 12])
def test_exchanged_pairs_are_named_with_both_ways_out(count):
    found = findings(made_pairs(count, 1).exchanged(1, 4).labelled())
    assert set(found) == {"exchanged-landmarks"}
    finding = found["exchanged-landmarks"]
    assert finding.severity == "warning"
    assert finding.what.startswith("Pairs 2 and 5 seem to be exchanged")
    assert finding.fix.changes == {"check_labels": ("2", "5")}


def test_another_pair_out_of_place_is_found_beside_an_exchange():
    found = findings(made_pairs(12, 1).exchanged(1, 4).displaced(8, by_mm=50).labelled())
    assert found["outlying-landmarks"].what.startswith("Pair 9 ")
    assert found["exchanged-landmarks"].what.startswith("Pairs 2 and 5 ")


def test_a_mirrored_list_is_an_error_and_accuses_no_single_pair():
    pairs = made_pairs(10, 3)
    found = findings(MadePairs(pairs.fixed, pairs.moving * [-1, 1, 1]).labelled())
    assert set(found) == {"mirrored-landmarks"}
    assert found["mirrored-landmarks"].severity == "error"
    assert "mirror image" in found["mirrored-landmarks"].what


@pytest.mark.parametrize(
    ("order", "kind", "word"),
    [
        ([*range(1, 10), 0], "landmarks-off-by-one", "before"),
        ([9, *range(9)], "landmarks-off-by-one", "after"),
        (list(range(10))[::-1], "landmarks-in-reverse", "against each other"),
    ],
)
def test_a_list_in_the_wrong_order_is_an_error(order, kind, word):
    found = findings(made_pairs(10, 3).in_order(order).labelled())
    assert set(found) == {kind}
    assert found[kind].severity == "error"
    assert word in found[kind].what


def test_lists_that_do_not_fit_at_all_are_warned_of_as_a_whole():
    order = np.random.default_rng(2).permutation(12).tolist()
    found = findings(made_pairs(12, 3).in_order(order).labelled())
    assert set(found) == {"landmarks-misfit"}
    assert found["landmarks-misfit"].severity == "warning"
    assert found["landmarks-misfit"].what.startswith("The 12 landmark pairs do not fit")


@pytest.mark.parametrize(("ratio", "severity", "wider"), [(10, "error", "moving"), (0.5, "warning", "fixed")])
def test_lists_of_different_size_are_told_apart_from_anatomy(ratio, severity, wider):
    pairs = made_pairs(10, 3, deformed_mm=0, noise_mm=0)
    found = findings(MadePairs(pairs.fixed, ratio * pairs.moving).labelled())
    assert set(found) == {"landmarks-of-other-size"}
    assert found["landmarks-of-other-size"].severity == severity
    assert found["landmarks-of-other-size"].what.startswith(f"The {wider} landmarks are {max(ratio, 1 / ratio):.1f} ")


@pytest.mark.parametrize("count", [3, 4])
def test_few_pairs_that_do_not_fit_are_only_noted_and_none_is_accused(count):
    found = findings(made_pairs(count, 1).displaced(1, by_mm=60).labelled())["few-pairs-misfit"]
    assert found.severity == "note"
    assert found.what.startswith(f"The {count} landmark pairs")
    assert "at least 5" in found.remedy


@pytest.mark.parametrize("count", [0, 1, 2])
def test_next_to_no_landmarks_do_no_harm(count):
    pairs = made_pairs(5, 1).displaced(0, by_mm=70).labelled()
    assert set(findings(pairs.chosen(np.arange(5) < count))) <= {"few-driving-landmarks"}


def contradicting() -> MadePairs:
    """The last two pairs are neighbours that move apart; neither lies far from where all others expect it."""
    pairs = made_pairs(12, 3, noise_mm=0.3, degrees=0)
    pairs.fixed[11], pairs.moving[11] = pairs.fixed[10] + [4, 0, 0], pairs.moving[10] + [4, 0, 4.5]
    pairs.moving[10] -= [0, 0, 4.5]
    return pairs


def test_neighbours_that_contradict_each_other_are_named_as_two():
    found = findings(contradicting().labelled())["contradicting-landmarks"]
    assert found.severity == "warning"
    assert found.what.startswith("Pairs 11 and 12 contradict each other: they are 4 mm apart in the fixed and 10 mm in")
    assert findings(contradicting().labelled(("11", "12")))["contradicting-landmarks"].severity == "note"


def test_the_account_of_pairing_weighs_what_was_left_out():
    fixed = LandmarkList(("a", "b", "c", "d"), np.zeros((4, 3)))
    moving = LandmarkList(("a", "b", "d"), np.array([[0.0, 0, 0], [0, 0, 0], [np.nan, 0, 0]]))
    found = account_findings(pair_landmarks(fixed, moving, skip_unusable=True))
    assert [(one.kind, one.severity) for one in found] == [
        ("landmarks-left-out", "warning"),
        ("landmarks-left-out", "note"),
    ]
    assert "no partner: c" in found[0].what
    assert "not placed in both volumes: d" in found[1].what


def test_pairing_by_order_is_noted():
    one, other = (LandmarkList((f"{side}-1", f"{side}-2"), np.zeros((2, 3))) for side in "FM")
    (found,) = account_findings(pair_landmarks(one, other))
    assert (found.kind, found.severity) == ("paired-by-order", "note")


def moved(count: int, degrees: float = 0.0, shift_mm: float = 0.0, noise_mm: float = 0.5) -> MadePairs:
    """Pairs whose middle is shifted and that are turned about it."""
    fixed = made_pairs(count, 4).fixed
    middle = fixed.mean(axis=0)
    noise = np.random.default_rng(2).normal(0, noise_mm, fixed.shape)
    return MadePairs(fixed, (fixed - middle) @ turn(AXIS, degrees).T + middle + [0, 0, shift_mm] + noise)


@pytest.mark.parametrize(
    ("degrees", "shift_mm", "severity"),
    [(0, 0, None), (10, 20, None), (25, 0, "warning"), (0, 45, "warning"), (80, 0, "error"), (0, 130, "error")],
)
def test_a_start_is_judged_by_what_is_still_to_be_turned_and_shifted(degrees, shift_mm, severity):
    pairs = moved(10, degrees, shift_mm)
    found = start_findings(pairs.labelled(), pairs.fixed)
    assert [finding.severity for finding in found] == ([severity] if severity else [])
    if found:
        assert (f"turned by {degrees} degrees" in found[0].what) == (degrees > 0)
        assert (f"shifted by {shift_mm} mm" in found[0].what) == (shift_mm > 0)
        assert found[0].fix == FROM_LANDMARKS
        assert found[0].remedy == "Start from the landmarks."


def test_a_start_is_judged_where_it_takes_the_landmarks_and_not_where_they_were():
    pairs = moved(10, 80, 150)
    assert start_findings(pairs.labelled(), pairs.fixed)
    assert start_findings(pairs.labelled(), pairs.moving + 3.0) == ()


def test_pairs_out_of_place_do_not_count_for_the_start():
    pairs = moved(9).displaced(2, by_mm=400)
    assert start_findings(pairs.labelled(), pairs.fixed) == ()


def test_lists_that_do_not_fit_say_nothing_of_the_start():
    pairs = moved(10, 0, 150)
    for wrong in (pairs.in_order(list(range(10))[::-1]), MadePairs(pairs.fixed, pairs.moving * [-1, 1, 1])):
        assert start_findings(wrong.labelled(), wrong.fixed) == ()


def test_an_inexact_turn_of_landmarks_close_together_is_not_taken_at_its_word():
    wide = moved(4, 20, noise_mm=2)
    assert start_findings(wide.labelled(), wide.fixed)
    fixed = wide.fixed / 8
    close = MadePairs(fixed, fixed @ turn(AXIS, 20).T + np.random.default_rng(2).normal(0, 2, (4, 3)))
    degrees, surely_degrees, _ = remaining_motion(close.fixed, close.moving)
    assert surely_degrees < 15 < degrees
    assert start_findings(close.labelled(), close.fixed) == ()


def test_a_start_from_landmarks_is_not_offered_where_it_is_chosen_or_impossible():
    pairs = moved(8, 30)
    (chosen,) = start_findings(pairs.labelled(), pairs.fixed, start="landmarks")
    assert chosen.fix is None
    assert chosen.remedy.startswith("Look at the landmarks")
    (checking,) = start_findings(pairs.labelled(check_labels=tuple("345678")), pairs.fixed)
    assert checking.fix is None
    assert checking.remedy.startswith("Let at least 3 pairs drive")


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_landmarks_show_a_shift_but_no_turn(count):
    for degrees, expected in ((0.0, "shifted by 60 mm"), (90.0, "shifted by 60 mm")):
        pairs = moved(count, degrees, 60, noise_mm=0.0)
        (found,) = start_findings(pairs.labelled(), pairs.fixed)
        assert found.what == f"Where the registration starts, the landmarks are {expected}."
        assert found.fix is None


def test_no_landmarks_say_nothing_of_the_start():
    pairs = moved(3).labelled().chosen(np.zeros(3, dtype=np.bool_))
    assert start_findings(pairs, np.zeros((0, 3))) == ()


@pytest.mark.parametrize(("count", "most_seconds"), [(32, 0.15), (200, 1.0)])
@pytest.mark.parametrize("order", ["right", "wrong"])
def test_the_check_does_not_keep_its_user_waiting(count, most_seconds, order):
    pairs = made_pairs(count, 1)
    if order == "wrong":
        pairs = pairs.in_order(np.random.default_rng(1).permutation(count).tolist())
    seconds = []
    for _ in range(5):
        started = time.thread_time()
        landmark_findings(pairs.labelled(), paired_by_order=True, volume_extent_mm=300)
        seconds.append(time.thread_time() - started)
    assert min(seconds) < most_seconds
