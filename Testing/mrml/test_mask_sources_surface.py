"""A closed surface is filled exactly: no line of voxels slips between two triangles, wherever their corners lie."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ElastixPlusLib.mrml.mask_surface import (
    Surface,
    filled,
    open_edge_count,
    triangle_fans,
    volume_inside,
    welded,
)

DIMENSIONS = (9, 8, 7)
FACES = np.array([[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]])
QUADRANGLES = [[0, 1, 3, 2], [4, 5, 7, 6], [0, 1, 5, 4], [2, 3, 7, 6], [0, 2, 6, 4], [1, 3, 7, 5]]
BOX_FACES = triangle_fans(np.arange(0, 25, 4), np.array(QUADRANGLES).ravel())

# Quarters of a voxel, so that corners, edges and faces often pass through voxel centres.
places = st.integers(-8, 40)
points = st.tuples(places, places, places)


def box(low: tuple[float, ...], high: tuple[float, ...]) -> Surface:
    return Surface(np.array(list(itertools.product(*zip(low, high, strict=True)))), BOX_FACES)


def sides_of_faces(corners: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """For each face of a tetrahedron, 1 where a point lies on the side of the fourth corner, 0 on the face."""
    sides = []
    for face in FACES:
        a, b, c = corners[face]
        (other,) = set(range(4)) - set(face.tolist())
        normal = np.cross(b - a, c - a)
        sides.append(np.sign((centers - a) @ normal) * np.sign((corners[other] - a) @ normal))
    return np.array(sides)


@settings(max_examples=300, deadline=None)
@given(corners=st.tuples(points, points, points, points), order=st.permutations(range(4)), turn=st.integers(0, 2))
def test_a_tetrahedron_covers_the_centres_inside_it_and_no_others(corners, order, turn):
    quarters = np.array(corners)
    assume(np.linalg.det(quarters[1:] - quarters[0]) != 0)
    surface = Surface(quarters / 4, np.roll(FACES[list(order)], turn, axis=1))
    centers = np.argwhere(np.ones(DIMENSIONS[::-1]))[:, ::-1] * 4
    sides = sides_of_faces(quarters, centers).reshape(4, *DIMENSIONS[::-1])
    found = filled(surface, DIMENSIONS)
    assert found[(sides > 0).all(axis=0)].all()
    assert not found[(sides < 0).any(axis=0)].any()


@settings(max_examples=200, deadline=None)
@given(corners=st.tuples(points, points, points, points), weights=st.tuples(*[st.integers(1, 5)] * 4))
def test_the_parts_of_a_divided_shape_share_no_voxel_and_leave_none_out(corners, weights):
    quarters = np.array(corners)
    assume(np.linalg.det(quarters[1:] - quarters[0]) != 0)
    inner = np.average(quarters, axis=0, weights=weights)
    whole = filled(Surface(quarters / 4, FACES), DIMENSIONS)
    apexes = [np.vstack([quarters[face], inner]) / 4 for face in FACES]
    np.testing.assert_array_equal(sum(filled(Surface(part, FACES), DIMENSIONS).astype(int) for part in apexes), whole)


@settings(max_examples=100, deadline=None)
@given(low=points, size=st.tuples(*[st.integers(1, 6)] * 3))
def test_a_box_of_n_voxels_covers_n_wherever_it_lies(low, size):
    start = np.array(low) / 4
    found = filled(box(start, start + size), (50, 50, 50))
    # Of what sticks out below, nothing is seen.
    expected = [
        np.count_nonzero((np.arange(50) >= s) & (np.arange(50) < s + n)) for s, n in zip(start, size, strict=True)
    ]
    assert found.sum() == np.prod(expected)


def test_a_surface_around_the_volume_covers_all_of_it_and_one_beside_it_nothing():
    assert filled(box((-99, -99, -99), (99, 99, 99)), DIMENSIONS).all()
    for axis, side in itertools.product(range(3), (-20, 20)):
        shifted = np.roll([side, 0, 0], axis)
        assert not filled(box(shifted + -1, shifted + 4), DIMENSIONS).any()


def test_a_surface_without_triangles_covers_nothing():
    assert not filled(Surface(np.zeros((3, 3)), np.zeros((0, 3), int)), DIMENSIONS).any()


def test_a_far_corner_costs_precision_and_nothing_else():
    found = filled(box((2.5, 2.5, 2.5), (1e6, 1e6, 1e6)), DIMENSIONS)
    assert found.sum() == (9 - 3) * (8 - 3) * (7 - 3)


def test_a_surface_inside_another_is_a_cavity():
    outer, inner = box((0.5, 0.5, 0.5), (6.5, 6.5, 5.5)), box((2.5, 2.5, 2.5), (4.5, 4.5, 4.5))
    both = Surface(np.vstack([outer.points, inner.points]), np.vstack([outer.triangles, inner.triangles + 8]))
    assert filled(both, DIMENSIONS).sum() == 6 * 6 * 5 - 2 * 2 * 2


def test_a_polygon_that_is_not_convex_is_filled_to_its_outline():
    outline = np.array([[0, 0], [6, 0], [6, 6], [3, 2], [0, 6]]) + 0.5  # an arrowhead: its fan leaves it
    prism = np.vstack([np.column_stack([outline, np.full(5, z)]) for z in (0.5, 3.5)])
    sides = [corner for n in range(5) for corner in (n, (n + 1) % 5, (n + 1) % 5 + 5, n + 5)]
    offsets = np.array([0, 5, 10, *range(14, 31, 4)])
    surface = Surface(prism, triangle_fans(offsets, np.array([*range(10), *sides])))
    found = filled(surface, DIMENSIONS)
    j, i = np.mgrid[:8, :9] - 0.5
    notch = np.where(i < 3, j > 6 - 4 / 3 * i, j > 2 + 4 / 3 * (i - 3))
    expected = (i > 0) & (i < 6) & (j > 0) & (j < 6) & ~notch
    for k in range(7):
        np.testing.assert_array_equal(found[k], expected & (1 <= k <= 3))


@pytest.mark.parametrize(("missing", "edges"), [(1, 3), (2, 4), (4, 8)])
def test_edges_around_holes_are_open(missing, edges):
    solid = box((0, 0, 0), (1, 1, 1))
    assert open_edge_count(solid) == 0
    assert open_edge_count(Surface(solid.points, solid.triangles[missing:])) == edges


def test_a_wall_inside_a_shape_is_open_to_both_sides():
    solid = box((0, 0, 0), (1, 1, 1))
    wall = triangle_fans(np.array([0, 4]), np.array([0, 1, 7, 6]))  # between two opposite edges
    walled = np.vstack([solid.triangles, wall])
    assert open_edge_count(Surface(solid.points, walled)) >= 2  # both edges join three faces
    assert open_edge_count(Surface(solid.points, np.vstack([walled, wall]))) == 0


def test_triangles_without_an_area_change_nothing():
    solid = box((1, 1, 1), (5, 5, 5))
    flat = [[0, 0, 0], [7, 7, 7], [0, 0, 1], [0, 7, 7]]
    together = Surface(solid.points, np.vstack([solid.triangles, flat]))
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(filled(together, DIMENSIONS), filled(solid, DIMENSIONS))
    assert open_edge_count(together) == 0


def test_corners_that_are_listed_anew_for_each_triangle_are_welded():
    solid = box((0, 0, 0), (1, 1, 1))
    soup = Surface(solid.points[solid.triangles].reshape(-1, 3), np.arange(36).reshape(-1, 3))
    noise = np.random.default_rng(0).uniform(-1e-8, 1e-8, soup.points.shape)  # of single precision
    assert open_edge_count(soup) == 36
    joined = welded(Surface(soup.points + noise, soup.triangles))
    assert len(joined.points) == 8
    assert open_edge_count(joined) == 0


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_the_volume_within_the_voxels_does_not_depend_on_their_size(scale):
    shape = box((-0.5 - 3 * scale, 1.0, 1.0), (-0.5 + scale, 1.0 + 1e-3, 1.0 + 1e-3))
    inside, volume = volume_inside(shape, (20_000, 8, 7))
    assert inside / volume == pytest.approx(0.25, abs=0.011)
    assert volume == pytest.approx(4 * scale * 1e-6, rel=1e-6)


def test_the_volume_of_a_ball_is_estimated_within_a_thousandth():
    angles = np.linspace(0, np.pi, 60), np.linspace(0, 2 * np.pi, 121)
    polar, around = np.meshgrid(*angles, indexing="ij")
    shell = np.stack([np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar)], axis=-1)
    n = np.arange(60 * 121).reshape(60, 121)
    squares = np.stack([n[:-1, :-1], n[:-1, 1:], n[1:, 1:], n[1:, :-1]], axis=-1).reshape(-1, 4)
    fans = triangle_fans(np.arange(0, 4 * len(squares) + 1, 4), squares.ravel())
    globe = welded(Surface(3.0 + 3.0 * shell.reshape(-1, 3), fans))
    assert open_edge_count(globe) == 0
    inside, volume = volume_inside(globe, DIMENSIONS)
    assert inside == volume == pytest.approx(4 / 3 * np.pi * 27, rel=2e-3)


def test_a_shape_thinner_than_any_sample_lies_where_its_corners_do():
    inside, volume = volume_inside(
        Surface(np.array([[0.0, 0, 0], [20, 6, 6], [20, 6, 6]]), np.array([[0, 1, 2]])), DIMENSIONS
    )
    assert inside / volume == pytest.approx(1 / 3)
