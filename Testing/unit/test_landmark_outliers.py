"""Pairs that disagree with all others are found, ordinary ones are left alone, and exchanged ones are recognised."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ElastixPlusLib.guidance.foretold_pairs import foretold_by_rigid, foretold_by_thin_plate
from ElastixPlusLib.guidance.initial_alignment import rigid_alignment
from ElastixPlusLib.guidance.landmark_outliers import Verdict, verdict_on_pairs
from ElastixPlusLib.guidance.landmark_pairing import LandmarkPairs
from ElastixPlusLib.guidance.neighbouring_pairs import contradictions
from ElastixPlusLib.guidance.robust_rigid_fit import fit_of_majority, fit_of_trusted
from made_landmarks import MadePairs, expert_pairs, made_pairs, turn

VARYING = {"29", "30"}  # real anatomy: the occipital horns of the two brains differ by 27 and 19 mm


@pytest.fixture(scope="module")
def brains(shared_data) -> LandmarkPairs:
    return expert_pairs(shared_data / "brain")


def verdict(pairs: MadePairs) -> Verdict:
    found = verdict_on_pairs(pairs.fixed, pairs.moving)
    assert found is not None
    return found


def suspects(pairs: MadePairs) -> list[int]:
    return np.flatnonzero(verdict(pairs).suspects).tolist()


def suspected_labels(pairs: LandmarkPairs) -> set[str]:
    found = verdict_on_pairs(pairs.fixed_ras, pairs.moving_ras)
    assert found is not None
    return {pairs.labels[place] for place in np.flatnonzero(found.suspects)}


def some_of(pairs: LandmarkPairs, random: np.random.Generator, count: int, with_varying: bool) -> LandmarkPairs:
    ordinary = [place for place, label in enumerate(pairs.labels) if label not in VARYING]
    places = random.choice(ordinary, count - 2 * with_varying, replace=False).tolist()
    chosen = np.zeros(len(pairs.labels), dtype=np.bool_)
    chosen[[*places, *([28, 29] if with_varying else [])]] = True
    return pairs.chosen(chosen)


@pytest.mark.shared_data
def test_in_two_brains_exactly_the_two_landmarks_that_vary_are_pointed_out(brains):
    found = verdict_on_pairs(brains.fixed_ras, brains.moving_ras)
    assert found is not None
    assert suspected_labels(brains) == VARYING
    assert found.off_mm[[28, 29]] == pytest.approx([25, 18], abs=1)
    assert found.exchanged == ()


@pytest.mark.shared_data
@pytest.mark.parametrize("count", [8, 10, 16, 20])
def test_parts_of_the_brain_landmarks_say_the_same(brains, count):
    random = np.random.default_rng(count)
    for _ in range(40):
        assert suspected_labels(some_of(brains, random, count, with_varying=True)) == VARYING


@pytest.mark.shared_data
@pytest.mark.parametrize("count", [6, 10, 15, 20])
def test_ordinary_landmarks_of_two_brains_are_left_alone(brains, count):
    random = np.random.default_rng(count)
    assert not any(suspected_labels(some_of(brains, random, count, with_varying=False)) for _ in range(50))


@pytest.mark.shared_data
def test_the_order_of_the_list_and_which_volume_is_fixed_do_not_matter(brains):
    shuffled = np.random.default_rng(1).permutation(32)
    found = verdict_on_pairs(brains.moving_ras[shuffled], brains.fixed_ras[shuffled])
    assert {brains.labels[shuffled[place]] for place in np.flatnonzero(found.suspects)} == VARYING


@pytest.mark.parametrize("count", [5, 7, 10, 20, 30])
def test_ordinary_pairs_are_left_alone_whatever_their_turn_and_shift(count):
    false_alarms = [
        seed for seed in range(40) if suspects(made_pairs(count, seed, deformed_mm=3 + seed % 4, degrees=9.0 * seed))
    ]
    assert len(false_alarms) <= 1


@pytest.mark.parametrize(("count", "least"), [(6, 34), (8, 37), (10, 37), (20, 39)])
def test_a_pair_displaced_by_15_mm_among_deformed_ones_is_found_and_no_other(count, least):
    found = [suspects(made_pairs(count, seed).displaced(seed % count, by_mm=15, seed=seed)) for seed in range(40)]
    assert sum(places == [seed % count] for seed, places in enumerate(found)) >= least


def test_gross_errors_are_found_even_where_the_volume_deforms_much():
    for seed in range(20):
        assert suspects(made_pairs(12, seed, deformed_mm=10).displaced(3, by_mm=40, seed=seed)) == [3]


def test_several_gross_errors_do_not_hide_each_other():
    for seed in range(10):
        assert suspects(made_pairs(16, seed).displaced(2, 7, 11, by_mm=30, seed=seed)) == [2, 7, 11]


def test_a_group_that_a_deformation_has_moved_together_is_no_outlier():
    pairs = made_pairs(24, 5, noise_mm=0.5, degrees=0)
    sag = 14 * np.exp(-((pairs.fixed[:, 2] + 60) ** 2) / (2 * 35**2))
    sagged = MadePairs(pairs.fixed, pairs.moving - np.outer(sag, [0, 0, 1]))
    assert (sag > 10).sum() >= 3
    assert suspects(sagged) == []


def test_how_far_off_a_pair_is_is_measured_from_where_the_others_expect_it():
    found = verdict(made_pairs(15, 4, deformed_mm=2, noise_mm=0.3).displaced(6, by_mm=25))
    assert found.off_mm[6] == pytest.approx(25, abs=3)
    assert np.delete(found.off_mm, 6).max() < 5


def test_less_than_8_mm_is_never_called_wrong():
    assert suspects(made_pairs(12, 1, deformed_mm=0, noise_mm=0).displaced(4, by_mm=7)) == []
    assert suspects(made_pairs(12, 1, deformed_mm=0, noise_mm=0).displaced(4, by_mm=10)) == [4]


@pytest.mark.parametrize("count", [0, 1, 3, 4])
def test_fewer_than_five_pairs_accuse_nobody(count):
    pairs = made_pairs(max(count, 1))
    assert verdict_on_pairs(pairs.fixed[:count], pairs.moving[:count] * 2) is None


def test_where_no_majority_agrees_nobody_is_accused():
    pairs = made_pairs(10)
    scattered = pairs.displaced(*range(10), by_mm=80)
    found = verdict_on_pairs(scattered.fixed, scattered.moving)
    assert found is None or not found.suspects.any()


@pytest.mark.parametrize("places", [(0, 1), (2, 9), (4, 5)])
def test_two_exchanged_pairs_are_recognised(places):
    for seed in range(10):
        pairs = made_pairs(10, seed)
        if np.linalg.norm(np.subtract(*pairs.fixed[list(places)])) > 20:
            found = verdict(pairs.exchanged(*places))
            assert found.exchanged == (places,)
            assert np.flatnonzero(found.suspects).tolist() == list(places)


def test_two_exchanges_at_once_are_recognised():
    pairs = made_pairs(20, 8)
    assert verdict(pairs.exchanged(1, 17).exchanged(4, 9)).exchanged == ((1, 17), (4, 9))


def test_exchanged_neighbours_are_recognised_although_each_vouches_for_the_other():
    pairs = made_pairs(20, 3, noise_mm=0.5)
    pairs.fixed[1] = pairs.fixed[0] + [16, 0, 0]
    pairs.moving[1] = pairs.moving[0] + (rigid_alignment(pairs.fixed[2:], pairs.moving[2:])[:3, :3] @ [16, 0, 0])
    assert suspects(pairs) == []
    assert verdict(pairs.exchanged(0, 1)).exchanged == ((0, 1),)


def test_two_displaced_pairs_are_not_taken_for_exchanged_ones():
    for seed in range(20):
        assert verdict(made_pairs(12, seed).displaced(2, 7, by_mm=35, seed=seed)).exchanged == ()


@pytest.mark.parametrize("flat", [(1, 1, 0), (1, 0, 0), (0, 0, 0)])
def test_landmarks_in_a_plane_on_a_line_or_at_one_place_do_no_harm(flat):
    pairs = made_pairs(8, 2, noise_mm=0)
    fixed = pairs.fixed * flat
    found = verdict_on_pairs(fixed, fixed + 100.0)
    assert found is not None
    assert not found.suspects.any()


def test_a_pair_beside_a_line_of_pairs_is_not_accused_for_the_turn_about_the_line():
    line = np.outer(np.linspace(-60, 60, 7), [1.0, 0, 0])
    fixed = np.vstack([line, [0.0, 70, 0]])
    moving = fixed @ turn(np.array([1.0, 0, 0]), 60).T
    found = verdict_on_pairs(fixed, moving)
    assert found is not None
    assert not found.suspects.any()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(5, 40))
def test_the_same_landmarks_always_get_the_same_verdict(seed, count):
    pairs = made_pairs(count, seed).displaced(0, by_mm=20, seed=seed)
    once, again = verdict(pairs), verdict(pairs)
    assert once.suspects.tolist() == again.suspects.tolist()
    assert once.off_mm.tolist() == again.off_mm.tolist()


def test_a_majority_of_just_over_half_is_enough_for_the_rigid_fit():
    pairs = made_pairs(20, 6, deformed_mm=0, noise_mm=0)
    misplaced = pairs.displaced(*range(8), by_mm=50)
    fit = fit_of_majority(misplaced.fixed, misplaced.moving)
    assert fit.left_mm[8:].max() < 1e-6
    assert fit.left_mm[:8] == pytest.approx(50)
    assert fit.taken_back(pairs.moving) == pytest.approx(pairs.fixed, abs=1e-6)


def test_the_rigid_fit_of_trusted_pairs_is_the_one_of_the_start():
    pairs = made_pairs(9)
    trusted = np.arange(9) < 6
    fit = fit_of_trusted(pairs.fixed, pairs.moving, trusted)
    matrix = rigid_alignment(pairs.fixed[:6], pairs.moving[:6])
    assert fit.turn == pytest.approx(matrix[:3, :3])
    assert fit.shift_mm == pytest.approx(matrix[:3, 3])
    mapped = pairs.fixed @ matrix[:3, :3].T + matrix[:3, 3]
    assert fit.left_mm == pytest.approx(np.linalg.norm(mapped - pairs.moving, axis=1))


def test_leaving_out_a_pair_in_closed_form_is_the_same_as_fitting_the_thin_plate_without_it():
    pairs = made_pairs(12, 3)
    fit = fit_of_trusted(pairs.fixed, pairs.moving, np.ones(12, dtype=np.bool_))
    all_at_once = foretold_by_thin_plate(pairs.fixed, pairs.moving, fit, np.ones(12, dtype=np.bool_))
    for place in range(12):
        others = np.arange(12) != place
        without = foretold_by_thin_plate(pairs.fixed, pairs.moving, fit, others)
        assert all_at_once.misses_mm[place] == pytest.approx(without.misses_mm[place], abs=1e-9)


def test_leaving_out_a_pair_in_closed_form_is_about_the_same_as_fitting_rigidly_without_it():
    pairs = made_pairs(12, 3)
    everyone = np.ones(12, dtype=np.bool_)
    fit = fit_of_trusted(pairs.fixed, pairs.moving, everyone)
    all_at_once = foretold_by_rigid(pairs.fixed, pairs.moving, fit, everyone)
    for place in range(12):
        refitted = fit_of_trusted(pairs.fixed, pairs.moving, np.arange(12) != place)
        assert all_at_once.off_mm[place] == pytest.approx(refitted.left_mm[place], rel=0.3, abs=0.3)


def test_a_pair_far_from_all_others_may_be_farther_off():
    fixed = np.vstack([[0.0, 400, 0], made_pairs(11, 3).fixed])
    moving = fixed + np.random.default_rng(1).normal(0, 2, fixed.shape)
    moving[0] = fixed[0] + [6, 0, 0]
    everyone = np.ones(12, dtype=np.bool_)
    fit = fit_of_trusted(fixed, moving, everyone)
    for foretell in (foretold_by_rigid, foretold_by_thin_plate):
        deviation = foretell(fixed, moving, fit, everyone).deviation_mm
        assert deviation[0] > 1.3 * deviation[1:].max()


def neighbours(moved: tuple[float, float, float], apart: float = 6.0) -> MadePairs:
    """Ordinary pairs of which the last is the neighbour of the one before, and moves otherwise."""
    pairs = made_pairs(12, 3, noise_mm=0.3, degrees=0)
    pairs.fixed[11] = pairs.fixed[10] + [apart, 0, 0]
    pairs.moving[11] = pairs.moving[10] + [apart, 0, 0] + np.array(moved)
    return pairs


@pytest.mark.parametrize("moved", [(-11, 0, 0), (0, 0, 11), (11, 0, 0)])
def test_neighbours_that_move_more_differently_than_they_are_apart_contradict_each_other(moved):
    pairs = neighbours(moved)
    found = verdict(pairs)
    (contradiction,) = contradictions(pairs.fixed, pairs.moving, found.fit, ~found.suspects | True)
    assert contradiction.pairs == (10, 11)
    assert contradiction.fixed_apart_mm == pytest.approx(6)
    assert contradiction.shifts_differ_mm == pytest.approx(11, abs=1)


def test_neighbours_that_move_alike_and_distant_pairs_that_do_not_are_no_contradiction():
    for pairs in (neighbours((0, 5, 0)), neighbours((0, 0, 11), apart=30)):
        found = verdict(pairs)
        assert contradictions(pairs.fixed, pairs.moving, found.fit, ~found.suspects | True) == ()


def test_pairs_that_are_suspects_anyway_are_not_named_again():
    pairs = neighbours((0, 0, 40))
    found = verdict(pairs)
    assert found.suspects[11]
    assert contradictions(pairs.fixed, pairs.moving, found.fit, ~found.suspects) == ()


def test_neighbours_of_two_brains_do_not_contradict_each_other(brains):
    found = verdict_on_pairs(brains.fixed_ras, brains.moving_ras)
    assert contradictions(brains.fixed_ras, brains.moving_ras, found.fit, ~found.suspects) == ()


def test_every_pair_is_in_one_contradiction_at_most():
    pairs = neighbours((0, 0, 11))
    pairs.fixed[9], pairs.moving[9] = pairs.fixed[11] + [1, 0, 0], pairs.moving[11] + [1, -12, 0]
    found = contradictions(pairs.fixed, pairs.moving, verdict(pairs).fit, np.ones(12, dtype=np.bool_))
    named = list(itertools.chain.from_iterable(one.pairs for one in found))
    assert len(named) == len(set(named)) > 0
