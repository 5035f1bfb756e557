"""Overlap and surface distances are those of a second library, and of pencil and paper where that is possible."""

from __future__ import annotations

import time

import numpy as np
import pytest
import SimpleITK
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.ndimage import binary_erosion, distance_transform_edt

from ElastixPlusLib.accuracy.structure_overlap import Overlap, overlap

UNEVEN_MM = (0.5, 1.3, 3.1)
SHAPE = (14, 16, 18)
SPACINGS = st.tuples(*[st.floats(0.1, 10.0)] * 3)


def box(first_kji, end_kji, shape=SHAPE) -> np.ndarray:
    voxels = np.zeros(shape, np.uint8)
    voxels[tuple(slice(first, end) for first, end in zip(first_kji, end_kji, strict=True))] = 1
    return voxels


def ball(radius_mm: float, center_mm, shape, spacing_mm) -> np.ndarray:
    """A ball; its centre is given along i, j, k."""
    k, j, i = np.ogrid[: shape[0], : shape[1], : shape[2]]
    places = [at * edge - center for at, edge, center in zip((i, j, k), spacing_mm, center_mm, strict=True)]
    return (sum(place**2 for place in places) <= radius_mm**2).astype(np.uint8)


def surface_of(voxels: np.ndarray) -> np.ndarray:
    """Which voxels are boundary voxels, found by scipy; what lies beyond the image counts as outside."""
    inside = voxels != 0
    return inside & ~binary_erosion(inside, border_value=0)


def other_way(fixed: np.ndarray, moving: np.ndarray, spacing_mm) -> Overlap:
    """The same figures from exact distance maps of the whole image, with nothing of SimpleITK."""
    one, other = fixed != 0, moving != 0
    surfaces = surface_of(fixed), surface_of(moving)
    maps = [distance_transform_edt(~surface, sampling=spacing_mm[::-1]) for surface in surfaces]
    there, back = maps[1][surfaces[0]], maps[0][surfaces[1]]
    return Overlap(
        dice=2 * (one & other).sum() / (one.sum() + other.sum()),
        jaccard=(one & other).sum() / (one | other).sum(),
        mda_mm=(there.sum() + back.sum()) / (len(there) + len(back)),
        hd95_mm=max(np.percentile(there, 95), np.percentile(back, 95)),
        max_mm=max(there.max(), back.max()),
        volume_ratio=other.sum() / one.sum(),
    )


def assert_same(found: Overlap, expected: Overlap) -> None:
    for name in ("dice", "jaccard", "mda_mm", "hd95_mm", "max_mm", "volume_ratio"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-6, abs=1e-9), name


@pytest.mark.parametrize(("axis_kji", "edge_mm"), [(0, 3.1), (1, 1.3), (2, 0.5)])
def test_a_shifted_box_has_the_figures_of_pencil_and_paper(axis_kji, edge_mm):
    first, end = np.array([2, 3, 4]), np.array([8, 9, 10])
    shift = np.eye(3, dtype=int)[axis_kji] * 2
    found = overlap(box(first, end), box(first + shift, end + shift), UNEVEN_MM)
    assert found.dice == pytest.approx(4 / 6)
    assert found.jaccard == pytest.approx(4 / 8)
    assert found.volume_ratio == 1.0
    assert found.max_mm == pytest.approx(2 * edge_mm)
    assert_same(found, other_way(box(first, end), box(first + shift, end + shift), UNEVEN_MM))


def test_flat_boxes_that_are_moved_apart_have_one_distance_everywhere():
    found = overlap(box((3, 4, 5), (4, 8, 11)), box((10, 4, 5), (11, 8, 11)), UNEVEN_MM)
    assert (found.dice, found.jaccard, found.volume_ratio) == (0.0, 0.0, 1.0)
    assert [found.mda_mm, found.hd95_mm, found.max_mm] == pytest.approx([7 * 3.1] * 3)


def test_the_mean_distance_is_over_both_surfaces_together():
    """A single voxel two voxels beside a row of four: 2 mm one way; 2, 3, 4 and 5 mm the other way."""
    found = overlap(box((5, 5, 3), (6, 6, 4)), box((5, 5, 5), (6, 6, 9)), (1.0, 1.0, 1.0))
    assert found.mda_mm == pytest.approx((2 + 2 + 3 + 4 + 5) / 5)
    assert found.hd95_mm == pytest.approx(np.percentile([2, 3, 4, 5], 95))
    assert found.max_mm == 5.0
    assert found.volume_ratio == 4.0


def test_a_box_within_a_box_has_the_figures_of_pencil_and_paper():
    found = overlap(box((2, 2, 2), (11, 11, 11)), box((4, 4, 4), (9, 9, 9)), (1.0, 1.0, 1.0))
    assert found.dice == pytest.approx(2 * 125 / (729 + 125))
    assert found.jaccard == pytest.approx(125 / 729)
    assert found.volume_ratio == pytest.approx(125 / 729)
    assert found.max_mm == pytest.approx(np.sqrt(12))  # from corner to corner
    # 98 voxels of the inner surface are 2 from the outer one. Of the outer surface (386 voxels) 6 x 25 lie above the
    # inner one, and the others beside: each face has 4 strips of 2 x 5 and 4 corners of 2 x 2, of which the outermost
    # ring is shared with other faces.
    sideways = [12 * 5 * [2**2 + 2**2], 2 * 12 * 5 * [2**2 + 1**2]]
    corners = [8 * [12], 8 * 3 * [2**2 + 2**2 + 1], 8 * 3 * [2**2 + 1 + 1]]
    outer = np.sqrt(np.concatenate([6 * 25 * [4], *sideways, *corners]))
    assert len(outer) == 9**3 - 7**3
    assert found.mda_mm == pytest.approx((outer.sum() + 98 * 2) / (len(outer) + 98), rel=1e-6)
    assert found.hd95_mm == pytest.approx(np.percentile(outer, 95), rel=1e-6)


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0, 1.0), (0.9, 1.1, 2.5)])
def test_balls_agree_with_scipy_and_with_the_formula_within_a_voxel(spacing_mm):
    shape, large, small, apart = (36, 60, 70), 22.0, 15.0, np.array([4.0, 3.0, 2.0])
    center = np.array([30.0, 30.0, 30.0 if spacing_mm[2] > 1 else 18.0])
    if spacing_mm[2] == 1:
        large, small = 14.0, 10.0
    fixed = ball(large, center, shape, spacing_mm)
    moving = ball(small, center + apart, shape, spacing_mm)
    found = overlap(fixed, moving, spacing_mm)
    assert_same(found, other_way(fixed, moving, spacing_mm))
    assert found.max_mm == pytest.approx(large - small + np.linalg.norm(apart), abs=max(spacing_mm))
    assert found.volume_ratio == pytest.approx((small / large) ** 3, rel=0.05)


@settings(max_examples=60, deadline=None)
@given(masks=arrays.arrays(np.uint8, (2, 4, 5, 6), elements=st.integers(0, 1)), spacing_mm=SPACINGS)
def test_any_two_masks_agree_with_scipy(masks, spacing_mm):
    fixed, moving = masks
    if fixed.any() and moving.any():
        assert_same(overlap(fixed, moving, spacing_mm), other_way(fixed, moving, spacing_mm))


@settings(max_examples=40, deadline=None)
@given(voxels=arrays.arrays(np.bool_, (4, 5, 6)), spacing_mm=SPACINGS)
def test_a_structure_agrees_perfectly_with_itself(voxels, spacing_mm):
    if voxels.any():
        assert overlap(voxels, voxels, spacing_mm) == Overlap(1.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def test_the_longest_distance_is_the_hausdorff_distance_of_the_surfaces():
    masks = ball(4.0, (4.0, 8.0, 20.0), SHAPE, UNEVEN_MM), box((3, 5, 5), (12, 12, 9))
    surfaces = [SimpleITK.GetImageFromArray(surface_of(mask).astype(np.uint8)) for mask in masks]
    for surface in surfaces:
        surface.SetSpacing(UNEVEN_MM)
    expected = SimpleITK.HausdorffDistanceImageFilter()
    expected.Execute(*surfaces)
    assert overlap(*masks, UNEVEN_MM).max_mm == pytest.approx(expected.GetHausdorffDistance(), rel=1e-6)


def test_swapping_the_structures_swaps_the_volume_ratio_and_nothing_else():
    fixed, moving = box((2, 3, 4), (8, 9, 10)), box((3, 5, 5), (12, 12, 9))
    there, back = overlap(fixed, moving, UNEVEN_MM), overlap(moving, fixed, UNEVEN_MM)
    assert there.volume_ratio * back.volume_ratio == pytest.approx(1.0)
    for name in ("dice", "jaccard", "mda_mm", "hd95_mm", "max_mm"):
        assert getattr(there, name) == pytest.approx(getattr(back, name))


def test_a_structure_that_the_image_cuts_off_has_a_surface_there():
    whole = np.ones((5, 6, 7), np.uint8)
    inner = whole.copy()
    inner[:2] = 0
    found = overlap(whole, inner, (1.0, 1.0, 1.0))
    assert found.max_mm == 2.0
    assert_same(found, other_way(whole, inner, (1.0, 1.0, 1.0)))


def test_room_around_the_structures_changes_no_figure():
    fixed, moving = box((2, 3, 4), (8, 9, 10)), box((3, 5, 0), (12, 12, 9))
    expected = overlap(fixed, moving, UNEVEN_MM)
    for room in (((1, 1), (0, 3), (2, 0)), ((10, 0), (0, 20), (30, 5))):
        assert overlap(np.pad(fixed, room), np.pad(moving, room), UNEVEN_MM) == expected


def test_a_small_structure_in_a_large_volume_takes_well_below_a_second():
    fixed, moving = np.zeros((2, 210, 210, 210), np.uint8)
    fixed[90:120, 90:120, 90:120] = moving[92:122, 90:120, 90:120] = 1
    began = time.thread_time()
    found = overlap(fixed, moving, (1.0, 1.0, 1.0))
    assert found.dice == pytest.approx(28 / 30)
    assert time.thread_time() - began < 0.5


@pytest.mark.parametrize("value", [1, 255, 7])
def test_everything_but_zero_is_inside(value):
    fixed, moving = box((2, 3, 4), (8, 9, 10)), box((3, 5, 5), (12, 12, 9))
    assert overlap(fixed * np.uint8(value), moving, UNEVEN_MM) == overlap(fixed, moving, UNEVEN_MM)


def test_the_masks_stay_as_they_are():
    fixed, moving = box((2, 3, 4), (8, 9, 10)) * np.uint8(5), box((3, 5, 5), (12, 12, 9))
    before = fixed.copy(), moving.copy()
    overlap(fixed, moving, UNEVEN_MM)
    np.testing.assert_array_equal((fixed, moving), before)


def test_an_empty_structure_has_no_distances():
    empty, drawn = np.zeros(SHAPE, np.uint8), box((2, 3, 4), (8, 9, 10))
    assert overlap(drawn, empty, UNEVEN_MM) == Overlap(0.0, 0.0, None, None, None, 0.0)
    assert overlap(empty, drawn, UNEVEN_MM) == Overlap(0.0, 0.0, None, None, None, None)
    assert overlap(empty, empty, UNEVEN_MM) == Overlap(0.0, 0.0, None, None, None, None)


def test_masks_on_different_grids_are_refused():
    drawn = box((2, 3, 4), (8, 9, 10))
    with pytest.raises(ValueError, match="one grid"):
        overlap(drawn, drawn[1:], UNEVEN_MM)
    with pytest.raises(ValueError, match="one grid"):
        overlap(drawn[0], drawn[0], UNEVEN_MM)
    with pytest.raises(ValueError, match="voxels of"):
        overlap(drawn, drawn, (1.0, 0.0, 1.0))
