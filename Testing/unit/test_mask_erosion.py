"""What erosion leaves of a mask is counted as elastix does it; Testing/engine compares with elastix itself."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ElastixPlusLib.elastix.mask_erosion import box_dilated, box_eroded, eroded_fractions, erosion_radii

masks = arrays(
    np.uint8,
    st.tuples(st.integers(1, 6), st.integers(1, 7), st.integers(1, 8)),
    elements=st.sampled_from([0, 1, 1, 1, 1, 1]),
)
factors = st.tuples(*[st.integers(0, 3)] * 3)


def voxel_by_voxel(inside: np.ndarray, radii_ijk: tuple[int, ...]) -> np.ndarray:
    """Where the whole box around a voxel is inside, as far as there are voxels."""
    left = np.zeros(inside.shape, dtype=bool)
    for at in np.ndindex(inside.shape):
        box = tuple(slice(max(0, n - r), n + r + 1) for n, r in zip(at, radii_ijk[::-1], strict=True))
        left[at] = inside[box].all()
    return left


@settings(max_examples=200, deadline=None)
@given(mask=masks, radii=factors)
def test_a_voxel_is_left_if_the_whole_box_around_it_is_inside(mask, radii):
    inside = mask == 1
    np.testing.assert_array_equal(box_eroded(inside, radii), voxel_by_voxel(inside, radii))
    np.testing.assert_array_equal(box_dilated(inside, radii), ~voxel_by_voxel(~inside, radii))


@settings(max_examples=100, deadline=None)
@given(mask=masks, schedule=st.lists(factors, min_size=1, max_size=4), role=st.sampled_from(["fixed", "moving"]))
def test_every_resolution_is_counted_from_the_whole_mask(mask, schedule, role):
    counts = [voxel_by_voxel(mask == 1, erosion_radii(one, role)).sum() for one in schedule]
    wanted = [count / max(mask.sum(), 1) for count in counts]
    assert eroded_fractions(mask, schedule, role) == pytest.approx(tuple(wanted))


def test_more_is_taken_off_a_moving_mask_than_off_a_fixed_one():
    cube = np.zeros((40, 40, 40), dtype=np.uint8)
    cube[5:35, 5:35, 5:35] = 1
    schedule = [(4, 4, 4), (1, 1, 1)]
    assert eroded_fractions(cube, schedule, "fixed") == pytest.approx([(20 / 30) ** 3, (26 / 30) ** 3])
    assert eroded_fractions(cube, schedule, "moving") == pytest.approx([(12 / 30) ** 3, (24 / 30) ** 3])


def test_factors_are_along_columns_rows_and_slices():
    cube = np.zeros((30, 30, 30), dtype=np.uint8)
    cube[10:20, 10:20, 10:12] = 1
    assert eroded_fractions(cube, [(0, 8, 8)], "fixed") == (0.0,)
    cube = cube.transpose(2, 1, 0)
    cube[:] = 0
    cube[5:25, 10:14, 10:14] = 1
    assert eroded_fractions(cube, [(0, 0, 8)], "fixed") == pytest.approx([2 * 2 * 2 / (20 * 4 * 4)])


def test_a_mask_up_to_the_border_loses_nothing_there():
    assert eroded_fractions(np.ones((9, 9, 9), dtype=np.uint8), [(8, 8, 8), (1, 1, 1)], "moving") == (1.0, 1.0)


def test_nothing_is_left_of_nothing():
    assert eroded_fractions(np.zeros((9, 9, 9), dtype=np.uint8), [(2, 2, 2), (1, 1, 1)], "fixed") == (0.0, 0.0)
    assert eroded_fractions(np.ones((9, 9, 9), dtype=np.uint8), [], "fixed") == ()


def test_the_mask_is_not_modified():
    mask = np.random.default_rng(1).integers(0, 2, (12, 13, 14), dtype=np.uint8)
    before = mask.copy()
    eroded_fractions(mask, [(2, 2, 2), (1, 1, 1)], "fixed")
    box_eroded(mask == 1, (1, 1, 1))
    np.testing.assert_array_equal(mask, before)


@pytest.mark.parametrize("role", ["fixed", "moving"])
def test_four_resolutions_of_eight_million_voxels_take_less_than_0_3_seconds(role):
    mask = np.ones((200, 200, 200), dtype=np.uint8)
    mask[100, 100, 100] = 0
    began = time.process_time()  # of this process alone: others may be busy
    eroded_fractions(mask, [(8, 8, 8), (4, 4, 4), (2, 2, 2), (1, 1, 1)], role)
    assert time.process_time() - began < 0.3
