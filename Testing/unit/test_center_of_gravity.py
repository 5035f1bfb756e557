"""The centre of gravity is that of the anatomy, whatever a scanner writes where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from ElastixPlusLib.errors import VolumeError
from ElastixPlusLib.guidance.initial_alignment import center_of_gravity

SHAPE = (40, 48, 56)  # slices, rows, columns
CENTER = np.array([20.0, 30.0, 16.0])  # i, j, k
RADIUS = 9.0
WITHIN_VOXELS = 0.5


def distance_to(center: np.ndarray) -> np.ndarray:
    k, j, i = np.indices(SHAPE)
    return np.sqrt((i - center[0]) ** 2 + (j - center[1]) ** 2 + (k - center[2]) ** 2)


def oblique() -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3] = [[0.0, 0.0, 3.0, -80.0], [-0.8, 0.0, 0.0, 40.0], [0.0, 0.7, 0.0, 15.0]]
    return matrix


def noise(deviation: float) -> np.ndarray:
    return np.random.default_rng(1).normal(0.0, deviation, SHAPE)


def body() -> np.ndarray:
    return distance_to(CENTER) < RADIUS


def ct() -> np.ndarray:
    """Tissue in air that is cut off at -1024."""
    return np.maximum(np.where(body(), 40.0, -1000.0) + noise(20.0), -1024).astype(np.int16)


def ct_with_padding() -> np.ndarray:
    """The same in a cylinder of air; beyond it nothing was measured."""
    _, j, i = np.indices(SHAPE)
    return np.where((i - 28) ** 2 + (j - 24) ** 2 < 22**2, ct(), -3024).astype(np.int16)


def mr() -> np.ndarray:
    """Tissue before the noise of magnitude images, which is never negative."""
    return np.hypot(np.where(body(), 300.0, 0.0) + noise(12.0), noise(12.0)[::-1]).astype(np.uint16)


def skull_stripped_mr() -> np.ndarray:
    return np.where(body(), 150 + noise(40.0), 0).clip(0, 255).astype(np.uint8)


def ct_with_metal() -> np.ndarray:
    voxels = ct()
    voxels[30:32, 2:4, 50:52] = 30_000
    return voxels


def labels() -> np.ndarray:
    return body().astype(np.uint8)


@pytest.mark.parametrize("volume", [ct, ct_with_padding, mr, skull_stripped_mr, ct_with_metal, labels])
@pytest.mark.parametrize("matrix", [np.eye(4), oblique()])
def test_it_is_the_centre_of_the_body(volume, matrix):
    found = center_of_gravity(volume(), matrix)
    expected = matrix[:3, :3] @ CENTER + matrix[:3, 3]
    assert np.abs(np.linalg.inv(matrix[:3, :3]) @ (found - expected)).max() < WITHIN_VOXELS


def test_a_brighter_part_weighs_more():
    voxels = np.zeros(SHAPE)
    voxels[10:20, 10:20, 10:20] = 200
    voxels[10:20, 10:20, 30:40] = 300
    between = 14.5 + 20 * 300 / (200 + 300)
    assert np.abs(center_of_gravity(voxels, np.eye(4)) - [between, 14.5, 14.5]).max() < WITHIN_VOXELS + 0.1


def test_only_the_mask_counts():
    other = np.array([45.0, 8.0, 30.0])
    voxels = ct()
    voxels[distance_to(other) < 6] = 60
    mask = (distance_to(other) < 12).astype(np.uint8)
    assert np.abs(center_of_gravity(voxels, np.eye(4), mask) - other).max() < WITHIN_VOXELS
    assert np.abs(center_of_gravity(voxels, np.eye(4), 1 - mask) - CENTER).max() < WITHIN_VOXELS


def test_a_mask_finer_than_the_lattice_of_a_large_volume_is_not_missed():
    voxels = np.zeros((200, 200, 200), dtype=np.uint8)
    voxels[101:104, 57:60, 20:23] = 9
    mask = np.zeros_like(voxels)
    mask[100:105, 56:61, 19:24] = 1
    assert center_of_gravity(voxels, np.eye(4), mask).tolist() == [21, 58, 102]


def test_the_lattice_in_a_large_volume_leans_to_no_side():
    voxels = np.zeros((200, 200, 200), dtype=np.uint8)
    voxels[100:] = 9
    assert np.abs(center_of_gravity(voxels, np.eye(4)) - [99.5, 99.5, 149.5]).max() < WITHIN_VOXELS


def test_a_large_volume_gives_the_same_as_a_small_one():
    fine = ct().repeat(3, axis=0).repeat(4, axis=1).repeat(3, axis=2)
    at_fine_index = np.diag([1 / 3, 1 / 4, 1 / 3, 1.0])
    at_fine_index[:3, 3] = np.array([1 / 3, 1 / 4, 1 / 3]) / 2 - 0.5
    assert np.abs(center_of_gravity(fine, at_fine_index) - CENTER).max() < WITHIN_VOXELS


def test_a_volume_without_contrast_is_refused():
    with pytest.raises(VolumeError, match="the same value"):
        center_of_gravity(np.full(SHAPE, 7, dtype=np.int16), np.eye(4))


def test_an_empty_mask_is_refused():
    with pytest.raises(VolumeError, match="or of its mask"):
        center_of_gravity(ct(), np.eye(4), np.zeros(SHAPE, dtype=np.uint8))
