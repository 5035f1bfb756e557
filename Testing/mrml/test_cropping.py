"""What is cropped stays where it is in the world, and holds everything that matters."""

from __future__ import annotations

import numpy as np
import pytest
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from ElastixPlusLib.checking.cropping import part_steps, whole
from ElastixPlusLib.checking.starting_position import Side
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.guidance.landmark_pairing import LandmarkPairs
from ElastixPlusLib.mrml.masks import WorldMask
from ElastixPlusLib.mrml.transforms import linear_transform
from ElastixPlusLib.mrml.volumes import WorldVolume
from ElastixPlusLib.steps import run_to_end
from phantoms import grid_matrix, rotation_about, shift

DIMENSIONS = (90, 80, 70)
AXES = rotation_about((1, 2, 3), 25.0)


def image_of(voxels: np.ndarray) -> vtk.vtkImageData:
    image = vtk.vtkImageData()
    image.SetDimensions(*voxels.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(voxels).ravel(), deep=True))
    return image


def side(mask: np.ndarray | None = None, center=(0, 0, 0), dimensions=DIMENSIONS, spacing=(1.0, 1.5, 2.0)) -> Side:
    """A volume whose voxels tell their own index, on an oblique grid, with or without a mask."""
    voxels = np.arange(np.prod(dimensions), dtype=np.int32).reshape(dimensions[::-1])
    grid = Grid(dimensions, grid_matrix(dimensions, spacing, AXES, center))
    return Side(WorldVolume(image_of(voxels), grid), None if mask is None else WorldMask(image_of(mask), 1.0))


def box_mask(first=(40, 30, 25), end=(50, 44, 33)) -> np.ndarray:
    mask = np.zeros(DIMENSIONS[::-1], dtype=np.uint8)
    mask[first[2] : end[2], first[1] : end[1], first[0] : end[0]] = 1
    return mask


def pairs_at(fixed_ras, moving_ras) -> LandmarkPairs:
    labels = tuple(str(number) for number in range(len(fixed_ras)))
    return LandmarkPairs(labels, fixed_ras, moving_ras, np.ones(len(labels), dtype=bool))


def parts(crop, fixed, moving, start=None, pairs=None):
    return run_to_end(part_steps(crop, fixed, moving, start, pairs))


def assert_is_where_it_was(part, original: Side):
    """Every voxel of the part has the value and the place that it has in the whole volume."""
    k, j, i = np.indices(part.voxels.shape).reshape(3, -1)
    places = part.grid.positions_ras(np.stack([i, j, k], axis=1)[::97])
    i, j, k = np.rint(original.volume.grid.indices(places)).astype(int).T
    np.testing.assert_array_equal(part.voxels.ravel()[::97], original.volume.voxels[k, j, i])


def test_around_a_small_mask_only_the_fixed_volume_is_cropped():
    fixed, moving = side(box_mask()), side()
    fixed_part, moving_part = parts("auto", fixed, moving)
    assert fixed_part.is_cropped
    assert not moving_part.is_cropped
    assert_is_where_it_was(fixed_part, fixed)
    assert fixed_part.mask is not None
    assert fixed_part.mask.sum() == box_mask().sum()


def test_smoothing_at_the_coarsest_resolution_finds_16_voxels_around_the_mask():
    fixed_part, _ = parts("auto", side(box_mask()), side())
    k, j, i = np.nonzero(fixed_part.mask)
    for used, count in zip((i, j, k), fixed_part.grid.dimensions, strict=True):
        assert used.min() >= 16
        assert count - 1 - used.max() >= 16


def test_without_a_mask_nothing_is_cropped_unless_asked_for():
    for part in parts("auto", side(), side()):
        assert not part.is_cropped


def test_nothing_is_cropped_where_that_is_not_wanted():
    for part in parts("none", side(box_mask()), side(center=(60, 0, 0))):
        assert not part.is_cropped


def test_a_mask_that_fills_most_of_the_volume_crops_nothing():
    fixed_part, _ = parts("auto", side(box_mask((3, 3, 3), (88, 78, 68))), side())
    assert not fixed_part.is_cropped


def test_driving_landmarks_stay_inside_the_part():
    fixed, moving = side(box_mask()), side()
    corner = fixed.volume.grid.positions_ras(np.array([[5.0, 70.0, 60.0]]))
    fixed_part, _ = parts("auto", fixed, moving, pairs=pairs_at(corner, corner))
    assert fixed_part.is_cropped or fixed_part.voxels.size == fixed.volume.voxels.size
    assert (fixed_part.grid.outside_mm(corner) == 0).all()
    assert (parts("auto", fixed, moving)[0].grid.outside_mm(corner) > 0).all(), "no landmark would show the same"


def test_both_volumes_are_cropped_to_what_they_share():
    fixed, moving = side(spacing=(2.0, 2.0, 2.0)), side(center=tuple(AXES[:3, 0] * 120.0), spacing=(2.0, 2.0, 2.0))
    fixed_part, moving_part = parts("overlap", fixed, moving)
    for part, original in ((fixed_part, fixed), (moving_part, moving)):
        assert part.is_cropped
        assert_is_where_it_was(part, original)
    # 60 mm are shared along the first axis, and 20 mm more are kept on one side of each
    assert fixed_part.grid.dimensions[0] * 2.0 == pytest.approx(80.0, abs=5.0)
    assert moving_part.grid.dimensions[0] * 2.0 == pytest.approx(80.0, abs=5.0)
    assert fixed_part.grid.dimensions[1:] == DIMENSIONS[1:]


def test_the_start_decides_what_is_shared():
    far_away = tuple(AXES[:3, 0] * 900.0)
    fixed, moving = side(), side(center=far_away)
    start = linear_transform(shift(*far_away))
    for part in parts("overlap", fixed, moving, start):
        assert not part.is_cropped, "with this start they lie on each other"
    for part in parts("overlap", fixed, moving):
        assert not part.is_cropped, "nothing is shared, and a check will say so"


def test_a_part_keeps_enough_voxels_for_four_resolutions():
    fixed_part, _ = parts("auto", side(box_mask((0, 0, 0), (1, 1, 1))), side())
    assert min(fixed_part.grid.dimensions) >= 32
    tiny, _ = parts("overlap", side(), side(center=tuple(AXES[:3, 2] * 130.0)))
    assert min(tiny.grid.dimensions) >= 32


def test_the_whole_is_all_of_a_volume():
    part = whole(side(box_mask()))
    assert not part.is_cropped
    assert part.mask is not None
