"""The slices of a report show what 3D Slicer shows: the patient's right at the left, through the place asked for."""

from __future__ import annotations

import numpy as np
import pytest

from ElastixPlusLib.evaluation.pictures import picture_steps
from ElastixPlusLib.mrml.transforms import linear_transform
from ElastixPlusLib.mrml.volumes import WorldVolume, world_volume
from ElastixPlusLib.steps import run_to_end
from phantoms import add_volume, grid_matrix, rotation_about, shift

PLACE = np.array([6.0, -4.0, 2.0])  # right, posterior, superior of the middle


def volume_with_dot(scene, at_ras, axes=None, spacing_mm=(2.0, 2.0, 2.0), dimensions=(30, 28, 26)) -> WorldVolume:
    """A bright dot, large enough to be white in a picture, in a grey ball."""
    matrix = grid_matrix(dimensions, spacing_mm, axes)
    k, j, i = np.indices(dimensions[::-1])
    positions = np.stack([i, j, k], axis=-1) @ matrix[:3, :3].T + matrix[:3, 3]
    voxels = np.where(np.linalg.norm(positions, axis=-1) < 22.0, 100.0, 0.0)
    voxels[np.linalg.norm(positions - at_ras, axis=-1) < 5.5] = 1000.0
    return world_volume(add_volume(scene, voxels, matrix))


def brightest(picture) -> tuple[float, float]:
    """Middle of what is white: row, column."""
    rows, columns = np.nonzero(picture == picture.max())
    return float(rows.mean()), float(columns.mean())


@pytest.fixture
def fixed(scene) -> WorldVolume:
    return volume_with_dot(scene, PLACE)


@pytest.fixture
def moving(scene) -> WorldVolume:
    return volume_with_dot(scene, PLACE + np.array([4.0, 0.0, 0.0]))


def pictures_of(fixed, moving, transform=None, is_landmark=True):
    return run_to_end(picture_steps(fixed, moving, transform, PLACE, is_landmark, ball_places()))


def ball_places():
    """Places on a lattice in the ball."""
    lattice = np.stack(np.meshgrid(*[np.arange(-20.0, 21.0, 2.0)] * 3), axis=-1).reshape(-1, 3)
    return lattice[np.linalg.norm(lattice, axis=1) < 20.0]


def test_each_plane_shows_the_place_under_its_mark(fixed, moving):
    for picture in pictures_of(fixed, moving):
        assert brightest(picture.fixed) == pytest.approx(picture.mark, abs=0.6), picture.plane


def test_the_right_of_the_patient_is_at_the_left_and_the_front_at_the_top(fixed, moving):
    axial, coronal, sagittal = pictures_of(fixed, moving)
    middle = [np.array(one.fixed.shape) / 2 for one in (axial, coronal, sagittal)]
    assert axial.mark[1] < middle[0][1]  # right of the patient: left half
    assert axial.mark[0] > middle[0][0]  # at the back: lower half
    assert coronal.mark[1] < middle[1][1]
    assert coronal.mark[0] < middle[1][0]  # above the middle
    assert sagittal.mark[1] > middle[2][1]  # front at the left, so the back is right
    assert [one.edge_labels for one in (axial, coronal, sagittal)] == [
        ("A", "L", "P", "R"),
        ("S", "L", "I", "R"),
        ("S", "P", "I", "A"),
    ]
    assert [one.offset_mm for one in (axial, coronal, sagittal)] == [2.0, -4.0, 6.0]


def test_after_shows_the_moving_volume_through_the_transform_and_before_does_not(fixed, moving):
    axial = pictures_of(fixed, moving, linear_transform(shift(4.0, 0.0, 0.0)))[0]
    assert brightest(axial.after) == pytest.approx(axial.mark, abs=0.6)
    assert brightest(axial.before)[1] == pytest.approx(axial.mark[1] - 2.0, abs=0.6)  # 4 mm to the right: 2 pixels left


def test_an_oblique_volume_is_shown_upright(scene, moving):
    oblique = volume_with_dot(scene, PLACE, rotation_about((1, 1, 0), 30.0), dimensions=(40, 40, 40))
    for picture in pictures_of(oblique, moving):
        assert brightest(picture.fixed) == pytest.approx(picture.mark, abs=0.6), picture.plane


def test_pixels_are_square_and_few_enough_for_a_report(scene, moving):
    long = volume_with_dot(scene, PLACE, spacing_mm=(0.1, 0.5, 20.0), dimensions=(500, 40, 26))
    for picture in pictures_of(long, moving):
        assert picture.spacing_mm[0] == picture.spacing_mm[1]
        assert max(picture.fixed.shape) <= 400
        assert picture.fixed.shape == picture.before.shape == picture.after.shape
    height = pictures_of(long, moving)[1]
    assert height.fixed.shape[0] * height.spacing_mm[0] == pytest.approx(500.0, rel=0.01)


def test_a_place_that_is_no_landmark_is_not_marked(fixed, moving):
    assert {picture.mark for picture in pictures_of(fixed, moving, is_landmark=False)} == {None}


def test_nearly_all_grey_values_are_told_apart(fixed, moving):
    axial = pictures_of(fixed, moving)[0]
    assert axial.fixed.dtype == np.uint8
    assert axial.fixed.min() == 0
    assert axial.fixed.max() == 255


def test_what_lies_outside_the_region_does_not_set_what_is_white(scene, fixed):
    """A bright skull around the ball does not darken the ball."""
    matrix = grid_matrix((30, 28, 26), (2.0, 2.0, 2.0))
    k, j, i = np.indices((26, 28, 30))
    distance = np.linalg.norm(np.stack([i, j, k], axis=-1) @ matrix[:3, :3].T + matrix[:3, 3], axis=-1)
    head = np.where(distance < 22.0, 100.0, 0.0)
    head[(distance > 23.0) & (distance < 25.0)] = 3000.0
    moving = world_volume(add_volume(scene, head, matrix))
    axial = pictures_of(fixed, moving)[0]
    row, column = (size // 2 for size in axial.after.shape)
    assert axial.after[row, column] == 255
    shifted = pictures_of(fixed, moving, linear_transform(shift(500.0, 0, 0)))[0]
    assert shifted.before[row, column] == round(255 * 100 / 3000)  # nothing of the region is in it: all of it counts
