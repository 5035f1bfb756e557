"""The bright part of a volume is found wherever it lies, whatever the voxels are like."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ElastixPlusLib.grid import Grid
from ElastixPlusLib.guidance.foreground import foreground_of, lattice_strides, otsu_level


def grid_of(voxels: np.ndarray, spacing_mm=(1.0, 1.0, 1.0), corner_ras=(0.0, 0.0, 0.0)) -> Grid:
    matrix = np.diag([*spacing_mm, 1.0])
    matrix[:3, 3] = corner_ras
    return Grid(voxels.shape[::-1], matrix)


def ball(shape: tuple[int, int, int], center_kji, radius: float) -> np.ndarray:
    places = np.indices(shape).reshape(3, -1).T
    return (np.linalg.norm(places - np.array(center_kji), axis=1) <= radius).reshape(shape)


@settings(max_examples=30, deadline=None)
@given(
    center=st.tuples(*[st.integers(25, 55)] * 3),
    background=st.sampled_from([0.0, -1000.0, 3000.0]),
    brighter=st.sampled_from([50.0, 1200.0]),
)
def test_the_centre_of_gravity_is_that_of_the_bright_part(center, background, brighter):
    voxels = np.full((80, 80, 80), background)
    voxels[ball(voxels.shape, center, 20)] += brighter
    found = foreground_of(voxels, grid_of(voxels, (1.0, 2.0, 0.5), (-10.0, 5.0, 100.0)))
    expected = np.array(center[::-1]) * (1.0, 2.0, 0.5) + (-10.0, 5.0, 100.0)
    assert np.linalg.norm(found.center_ras - expected) < 1.0
    assert background < found.level < background + brighter


def test_noise_does_not_pull_the_centre_away():
    random = np.random.default_rng(3)
    voxels = np.abs(random.normal(0, 20, (60, 90, 90)))
    voxels[ball(voxels.shape, (20, 60, 30), 15)] += 200
    assert np.linalg.norm(foreground_of(voxels, grid_of(voxels)).center_ras - (30, 60, 20)) < 1.0


def test_a_few_very_bright_voxels_do_not_become_all_there_is():
    voxels = np.zeros((50, 50, 50), dtype=np.int16)
    voxels[ball(voxels.shape, (25, 25, 25), 15)] = 300
    voxels[2:5, 2:5, 2:5] = 30_000
    found = foreground_of(voxels, grid_of(voxels))
    assert found.level < 300
    assert np.linalg.norm(found.center_ras - 25) < 0.5


def test_only_what_lies_in_the_mask_counts():
    voxels = np.zeros((40, 40, 40))
    voxels[5:15, 5:15, 5:15] = voxels[25:35, 25:35, 25:35] = 100.0
    mask = np.zeros(voxels.shape, dtype=np.uint8)
    mask[20:, 20:, 20:] = 1
    assert foreground_of(voxels, grid_of(voxels), mask).center_ras.tolist() == [29.5, 29.5, 29.5]


def test_a_mask_that_the_lattice_misses_is_taken_for_none():
    voxels = np.zeros((130, 130, 130), dtype=np.uint8)
    voxels[40:90, 40:90, 40:90] = 1
    mask = np.zeros(voxels.shape, dtype=np.uint8)
    mask[0, 0, 0] = 1
    assert np.linalg.norm(foreground_of(voxels, grid_of(voxels), mask).center_ras - 64.5) < 1.0


def test_without_contrast_all_of_the_volume_counts():
    voxels = np.full((10, 12, 14), 7, dtype=np.uint8)
    found = foreground_of(voxels, grid_of(voxels))
    assert np.isnan(found.level)
    assert found.center_ras == pytest.approx([6.5, 5.5, 4.5])


def test_there_are_never_more_places_than_promised():
    voxels = np.tile(np.arange(200, dtype=np.uint8), (150, 150, 1))
    assert len(foreground_of(voxels, grid_of(voxels)).points_ras) == 4096


@pytest.mark.parametrize("sizes", [(189, 233, 197), (20, 512, 512), (4, 4, 4), (3000, 30, 30), (64, 78, 57)])
def test_the_lattice_keeps_to_its_limit_and_is_even_in_millimetres(sizes):
    spacing_mm = (5.0, 0.5, 0.5) if sizes[0] == 20 else (1.0, 1.0, 1.0)
    strides = lattice_strides(sizes, spacing_mm, 64_000)
    counts = [-(-size // stride) for size, stride in zip(sizes, strides, strict=True)]
    assert np.prod(counts) <= 64_000
    assert np.prod(counts) >= min(np.prod(sizes), 20_000)
    if sizes[0] == 20:
        assert strides == (1, 10, 10)


def test_two_heaps_of_values_are_split_between_them():
    random = np.random.default_rng(1)
    values = np.concatenate([random.normal(20, 4, 9000), random.normal(100, 10, 1000)])
    assert 35 < otsu_level(values, 0, 140) < 80
