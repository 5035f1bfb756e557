"""A grid knows where its voxels are, what lies outside, and which grids are the same."""

from __future__ import annotations

import numpy as np
import pytest

from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.volumes import is_orthogonal
from phantoms import grid_matrix, rotation_about

DIMENSIONS = (10, 20, 30)
SPACING_MM = (1.0, 2.0, 0.5)


@pytest.fixture
def oblique_grid() -> Grid:
    return Grid(
        DIMENSIONS, grid_matrix(DIMENSIONS, SPACING_MM, rotation_about((1, 2, 3), 33.0), center=(5.0, -7.0, 90.0))
    )


@pytest.fixture
def straight_grid() -> Grid:
    return Grid(DIMENSIONS, grid_matrix(DIMENSIONS, SPACING_MM))


def test_the_spacing_is_the_length_of_a_step_along_each_index(oblique_grid):
    np.testing.assert_allclose(oblique_grid.spacing_mm, SPACING_MM)


def test_the_centre_is_the_middle_of_the_outermost_voxels(oblique_grid):
    np.testing.assert_allclose(oblique_grid.center_ras, (5.0, -7.0, 90.0), atol=1e-12)


def test_indices_undo_positions(oblique_grid):
    indices = np.random.default_rng(1).uniform(-50, 50, (100, 3))
    np.testing.assert_allclose(oblique_grid.indices(oblique_grid.positions_ras(indices)), indices, atol=1e-12)


@pytest.mark.parametrize(
    ("index", "distance_mm"),
    [
        ((0, 0, 0), 0.0),
        ((9.5, 19.5, 29.5), 0.0),  # the far corner of the last voxel
        ((-0.5, -0.5, -0.5), 0.0),
        ((-1.5, 5, 5), 1.0),
        ((5, 21.0, 5), 3.0),
        ((5, 5, 33.5), 2.0),
        ((-3.5, 21.5, 5), 5.0),  # 3 and 4 mm along two axes
    ],
)
def test_outside_is_measured_in_millimetres_from_the_faces_of_the_outermost_voxels(oblique_grid, index, distance_mm):
    position = oblique_grid.positions_ras(np.array([index], dtype=float))
    assert oblique_grid.outside_mm(position) == pytest.approx([distance_mm], abs=1e-9)


def test_a_point_exactly_on_the_border_is_inside_in_spite_of_rounding(oblique_grid):
    random = np.random.default_rng(2)
    on_face = random.uniform(-0.5, 9.5, (500, 3))
    on_face[:, 0] = -0.5
    assert (oblique_grid.outside_mm(oblique_grid.positions_ras(on_face)) == 0).all()


def test_mirrored_axes_are_orthogonal(straight_grid):
    assert is_orthogonal(Grid(DIMENSIONS, straight_grid.ijk_to_world @ np.diag([1.0, 1.0, -1.0, 1.0])))


def test_a_sheared_grid_is_not_orthogonal(straight_grid):
    sheared = straight_grid.ijk_to_world.copy()
    sheared[0, 2] += 1e-3
    assert not is_orthogonal(Grid(DIMENSIONS, sheared))


def test_directions_rounded_to_six_digits_as_in_dicom_count_as_orthogonal():
    for angle in np.arange(1.0, 90.0, 3.0):
        axes = np.round(rotation_about((3, 1, 2), angle), 6)
        assert is_orthogonal(Grid(DIMENSIONS, grid_matrix(DIMENSIONS, SPACING_MM, axes)))
