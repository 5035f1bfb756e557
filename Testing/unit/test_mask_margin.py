"""A mask grows and shrinks by a distance in millimetres, as the definition says voxel by voxel."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ElastixPlusLib.errors import MaskError
from ElastixPlusLib.mrml.mask_margin import with_margin

WITHIN = 1e-4  # relative; voxels whose distance equals the margin that closely may be decided either way


def distances_mm(inside: np.ndarray, spacing_ijk: np.ndarray) -> np.ndarray:
    """From every voxel centre to the nearest one inside, by looking at all of them; infinite if there is none."""
    centers = np.argwhere(np.ones(inside.shape)) * spacing_ijk[::-1]
    targets = np.argwhere(inside) * spacing_ijk[::-1]
    if len(targets) == 0:
        return np.full(inside.shape, np.inf)
    apart = np.linalg.norm(centers[:, None] - targets[None], axis=2)
    return apart.min(axis=1).reshape(inside.shape)


small_masks = arrays(
    np.uint8,
    st.tuples(st.integers(1, 6), st.integers(1, 7), st.integers(1, 8)),
    elements=st.sampled_from([0, 0, 0, 1]),
)
spacings = st.tuples(*[st.floats(0.3, 4.0)] * 3).map(np.array)


@settings(max_examples=200, deadline=None)
@given(mask=small_masks, spacing=spacings, margin=st.floats(0.05, 15.0))
def test_a_grown_mask_is_where_its_nearest_voxel_is_within_the_margin(mask, spacing, margin):
    distances = distances_mm(mask == 1, spacing)
    clear = np.abs(distances - margin) > WITHIN * margin
    np.testing.assert_array_equal(with_margin(mask, spacing, margin)[clear], (distances <= margin)[clear])


@settings(max_examples=200, deadline=None)
@given(mask=small_masks.map(lambda mask: (1 - mask).astype(np.uint8)), spacing=spacings, margin=st.floats(0.05, 15.0))
def test_a_shrunken_mask_is_where_everything_else_is_further_than_the_margin(mask, spacing, margin):
    distances = distances_mm(mask == 0, spacing)
    clear = np.abs(distances - margin) > WITHIN * margin
    np.testing.assert_array_equal(with_margin(mask, spacing, -margin)[clear], (distances > margin)[clear])


def test_spacing_is_along_columns_rows_and_slices():
    mask = np.zeros((9, 9, 9), dtype=np.uint8)
    mask[4, 4, 4] = 1
    grown = with_margin(mask, np.array([1.0, 2.0, 4.0]), 4.0)
    assert [int(grown[4, 4].sum()), int(grown[4, :, 4].sum()), int(grown[:, 4, 4].sum())] == [9, 5, 3]


@pytest.mark.parametrize(("spacing", "margin"), [(0.1, 0.3), (0.7, 2.1), (1 / 3, 1.0), (1.0, 3.0)])
def test_a_voxel_just_at_the_margin_belongs_to_it_whatever_the_rounding(spacing, margin):
    mask = np.zeros((9, 9, 9), dtype=np.uint8)
    mask[4, 4, 4] = 1
    for axis in range(3):
        line = np.moveaxis(with_margin(mask, np.full(3, spacing), margin), axis, 0)[:, 4, 4]
        assert line.tolist() == [0, 1, 1, 1, 1, 1, 1, 1, 0]
    assert with_margin(mask, np.full(3, 1.0), 5.0)[4, 0, 1] == 1  # 3, 4, 5


def test_the_border_of_the_volume_does_not_eat_the_mask():
    mask = np.zeros((6, 6, 12), dtype=np.uint8)
    mask[:, :, :6] = 1
    shrunken = with_margin(mask, np.ones(3), -2.0)
    assert shrunken[:, :, :4].all()
    assert not shrunken[:, :, 4:].any()
    assert with_margin(np.ones((4, 4, 4), dtype=np.uint8), np.ones(3), -100.0).all()


def test_a_mask_thinner_than_twice_the_margin_vanishes():
    mask = np.zeros((12, 12, 12), dtype=np.uint8)
    mask[4:8, 4:8, 4:8] = 1
    assert with_margin(mask, np.ones(3), -1.0).sum() == 8
    assert not with_margin(mask, np.ones(3), -2.0).any()


@pytest.mark.parametrize("margin", [3.0, -3.0, 0.0, 0.2, -0.2])
def test_the_given_mask_is_not_modified_and_the_result_is_of_its_kind(margin):
    mask = np.zeros((12, 10, 8), dtype=np.uint8)
    mask[3:9, 3:7, 2:6] = 1
    before = mask.copy()
    changed = with_margin(mask, np.ones(3), margin)
    np.testing.assert_array_equal(mask, before)
    assert changed is not mask
    assert (changed.dtype, changed.shape) == (mask.dtype, mask.shape)
    assert set(np.unique(changed)) <= {0, 1}
    assert (changed == before).all() == (abs(margin) < 1.0)


@pytest.mark.parametrize("margin", [5.0, -5.0])
def test_an_empty_mask_stays_empty(margin):
    assert not with_margin(np.zeros((5, 6, 7), dtype=np.uint8), np.ones(3), margin).any()


@pytest.mark.parametrize("margin", [np.nan, np.inf])
def test_a_margin_that_is_no_number_is_refused(margin):
    with pytest.raises(MaskError, match="finite"):
        with_margin(np.ones((4, 4, 4), dtype=np.uint8), np.ones(3), margin)


def test_a_head_mask_of_1_mm_is_grown_and_shrunk_within_a_second():
    shape, middle, radii = (182, 218, 182), (91, 109, 91), (75, 95, 70)
    k, j, i = (((np.arange(n) - c) / r) ** 2 for n, c, r in zip(shape, middle, radii, strict=True))
    mask = (k[:, None, None] + j[None, :, None] + i <= 1.0).astype(np.uint8)
    for margin in (5.0, -5.0):
        began = time.process_time()  # of this process alone: others may be busy
        changed = with_margin(mask, np.ones(3), margin)
        assert time.process_time() - began < 1.0
        grown = np.prod(np.array(radii) + margin) / np.prod(radii)
        assert changed.sum() / mask.sum() == pytest.approx(grown, rel=0.02)
