"""Mistakes of a whole list are recognised by how well it fits once they are undone."""

from __future__ import annotations

import numpy as np
import pytest

from ElastixPlusLib.guidance.landmark_correspondence import LikelyMistake, likely_mistake, size_ratio
from made_landmarks import MadePairs, expert_pairs, made_pairs

COUNTS = [6, 8, 12, 30]


def mistake(pairs: MadePairs) -> LikelyMistake | None:
    return likely_mistake(pairs.fixed, pairs.moving)


def rolled(count: int, by: int) -> list[int]:
    return np.roll(np.arange(count), by).tolist()


@pytest.mark.parametrize("count", [5, *COUNTS])
def test_lists_that_fit_show_no_mistake_even_if_a_pair_is_out_of_place(count):
    for seed in range(10):
        pairs = made_pairs(count, seed, deformed_mm=8)
        assert mistake(pairs) is None
        assert mistake(pairs.displaced(1, by_mm=40, seed=seed)) is None


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_mirrored_list_is_recognised_whatever_the_mirror(count, axis):
    mirror = np.ones(3)
    mirror[axis] = -1
    pairs = made_pairs(count, count + axis)
    found = mistake(MadePairs(pairs.fixed, pairs.moving * mirror))
    assert found is not None
    assert found.kind == "mirrored"
    assert found.undone_spread_mm < 4 < found.spread_mm


def test_a_mirrored_list_is_recognised_although_one_pair_is_out_of_place():
    pairs = made_pairs(10, 3).displaced(4, by_mm=40)
    assert mistake(MadePairs(pairs.fixed, pairs.moving * [-1, 1, 1])).kind == "mirrored"


def test_a_flat_list_is_no_mirror_image_of_itself():
    pairs = made_pairs(8, 2)
    flat = pairs.fixed * [1, 1, 0]
    assert likely_mistake(flat, flat * [-1, 1, 1]) is None


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(("by", "kind", "partner_of_3"), [(1, "one-early", 4), (-1, "one-late", 2)])
def test_a_list_that_is_off_by_one_is_recognised_with_its_direction(count, by, kind, partner_of_3):
    found = mistake(made_pairs(count, count).in_order(rolled(count, by)))
    assert found is not None
    assert found.kind == kind
    assert found.order[3] == partner_of_3
    assert found.order.count(-1) == 1


@pytest.mark.parametrize("count", COUNTS)
def test_a_list_in_reverse_is_recognised(count):
    found = mistake(made_pairs(count, 1).in_order(list(range(count))[::-1]))
    assert found is not None
    assert (found.kind, found.order) == ("reversed", tuple(range(count))[::-1])


@pytest.mark.parametrize("count", [5, 6, 8])
def test_an_exchange_is_recognised_where_too_few_are_left_to_outvote_two(count):
    for seed in range(20):
        pairs = made_pairs(count, seed)
        if np.linalg.norm(pairs.fixed[1] - pairs.fixed[3]) > 40:
            found = mistake(pairs.exchanged(1, 3))
            assert found is not None
            assert (found.kind, found.moved) == ("exchanged", (1, 3))


@pytest.mark.parametrize("count", [8, 12, 30])
def test_an_order_that_no_common_mistake_explains_is_not_explained(count):
    random = np.random.default_rng(count)
    explained = [mistake(made_pairs(count, seed).in_order(random.permutation(count).tolist())) for seed in range(10)]
    assert explained == [None] * 10


@pytest.mark.parametrize("count", [0, 1, 4])
def test_fewer_than_five_pairs_show_no_mistake(count):
    pairs = made_pairs(max(count, 1), 1)
    assert likely_mistake(pairs.fixed[:count], pairs.moving[:count] * [-1, 1, 1]) is None


@pytest.mark.shared_data
def test_brains_are_told_from_their_mirror_image_although_most_landmarks_lie_near_the_middle(shared_data):
    pairs = expert_pairs(shared_data / "brain")
    assert likely_mistake(pairs.fixed_ras, pairs.moving_ras) is None
    assert likely_mistake(pairs.fixed_ras, pairs.moving_ras * [-1, 1, 1]).kind == "mirrored"


@pytest.mark.parametrize("ratio", [0.1, 1.0, 25.4])
def test_the_ratio_of_sizes_does_not_depend_on_turn_shift_or_a_pair_out_of_place(ratio):
    pairs = made_pairs(12, 4, noise_mm=0, deformed_mm=0).displaced(3, by_mm=60)
    assert size_ratio(pairs.fixed, ratio * pairs.moving) == pytest.approx(ratio, rel=0.02)


@pytest.mark.parametrize("count", [1, 2, 300])
def test_the_ratio_of_sizes_is_known_for_few_and_for_many_landmarks(count):
    assert size_ratio(np.zeros((count, 3)), np.ones((count, 3))) == 1.0
    points = made_pairs(count, 1).fixed
    assert size_ratio(points, 2 * points) == pytest.approx(1.0 if count == 1 else 2.0)
