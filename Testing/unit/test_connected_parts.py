"""Parts that hold together are found as a search from voxel to voxel finds them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ElastixPlusLib.guidance.connected_parts import find_runs, holes_filled, large_parts, parts_at

SIX = [(0, 0, 1), (0, 0, -1), (0, 1, 0), (0, -1, 0), (1, 0, 0), (-1, 0, 0)]

masks = arrays(np.bool_, st.tuples(st.integers(1, 5), st.integers(1, 6), st.integers(1, 7)), elements=st.booleans())


def searched_parts(inside: np.ndarray, steps: list[tuple[int, int, int]] = SIX) -> list[set[tuple[int, ...]]]:
    """Sets of voxels that are reached from one another by steps within a mask."""
    left = set(map(tuple, np.argwhere(inside).tolist()))
    parts = []
    while left:
        part, front = set(), {left.pop()}
        while front:
            part |= front
            reached = {tuple(np.add(voxel, step).tolist()) for voxel in front for step in steps}
            front = reached & left
            left -= front
        parts.append(part)
    return parts


def as_set(inside: np.ndarray) -> set[tuple[int, ...]]:
    return set(map(tuple, np.argwhere(inside).tolist()))


@settings(max_examples=200, deadline=None)
@given(inside=masks)
def test_large_parts_are_those_of_a_search(inside):
    parts = searched_parts(inside)
    largest = max(map(len, parts), default=0)
    assert as_set(large_parts(inside)) == set().union(*(part for part in parts if len(part) == largest))
    assert as_set(large_parts(inside, 0.5)) == set().union(*(part for part in parts if len(part) >= 0.5 * largest))


@settings(max_examples=200, deadline=None)
@given(both=masks.flatmap(lambda inside: st.tuples(st.just(inside), arrays(np.bool_, inside.shape))))
def test_parts_at_seeds_are_those_of_a_search(both):
    inside, seeds = both
    wanted = set().union(*(part for part in searched_parts(inside) if part & as_set(seeds)))
    assert as_set(parts_at(inside, seeds)) == wanted


@settings(max_examples=100, deadline=None)
@given(inside=masks)
def test_within_slices_nothing_holds_together_across_them(inside):
    runs = find_runs(inside, within_slices=True)
    parts = searched_parts(inside, [step for step in SIX if step[0] == 0])
    assert sorted(size for size in runs.part_sizes.tolist() if size) == sorted(map(len, parts))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_tunnel_is_filled_whichever_axis_it_runs_along(axis):
    tube = np.zeros((9, 9, 9), dtype=np.bool_)
    np.moveaxis(tube, axis, 0)[:, 2:7, 2:7] = True
    wall = tube.copy()
    np.moveaxis(wall, axis, 0)[:, 4, 4] = False
    np.testing.assert_array_equal(holes_filled(wall), tube)


def test_what_is_open_to_the_border_in_every_slice_is_no_hole():
    bowl = np.zeros((9, 9, 9), dtype=np.bool_)
    bowl[2:7, 2:7, 2:7] = True
    bowl[3:6, 3:7, 3:6] = False  # open along the rows, so enclosed only in slices across them
    filled = holes_filled(bowl)
    assert filled[4, 4, 4]
    shelf = np.zeros((9, 9, 9), dtype=np.bool_)
    shelf[2:7, 2:7, 2] = True
    shelf[2:7, 2, 2:7] = True
    shelf[2, 2:7, 2:7] = True
    np.testing.assert_array_equal(holes_filled(shelf), shelf)


def test_nothing_has_no_parts():
    nothing = np.zeros((3, 4, 5), dtype=np.bool_)
    assert not large_parts(nothing).any()
    assert not parts_at(nothing, ~nothing).any()
    assert not holes_filled(nothing).any()
    assert holes_filled(~nothing).all()


def test_a_part_that_winds_through_the_whole_volume_is_one_part():
    comb = np.ones((15, 31, 31), dtype=np.bool_)
    comb[:, 1::4, 1:] = False
    comb[:, 3::4, :-1] = False
    comb[1::4, 1:] = False
    comb[3::4, :-1] = False
    runs = find_runs(comb)
    assert np.count_nonzero(runs.part_sizes) == 1
