"""The start from landmarks is the best of its kind, never a reflection, and refused where it would be arbitrary."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ElastixPlusLib.errors import LandmarkError
from ElastixPlusLib.guidance.initial_alignment import (
    affine_alignment,
    center_alignment,
    flatness,
    is_coplanar,
    rigid_alignment,
    similarity_alignment,
)


def rotation(axis: np.ndarray, degrees: float) -> np.ndarray:
    """Rodrigues' formula."""
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def scattered(count: int = 8, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-60, 60, (count, 3))


def assert_is_rigid(matrix: np.ndarray) -> None:
    np.testing.assert_allclose(matrix[:3, :3] @ matrix[:3, :3].T, np.eye(3), atol=1e-12)
    assert np.linalg.det(matrix[:3, :3]) == pytest.approx(1.0)
    assert matrix[3].tolist() == [0, 0, 0, 1]


def test_the_centres_are_laid_on_each_other():
    matrix = center_alignment(np.array([1.0, 2.0, 3.0]), np.array([11.0, 0.0, 3.0]))
    assert (matrix @ [1.0, 2.0, 3.0, 1.0]).tolist() == [11.0, 0.0, 3.0, 1.0]
    assert_is_rigid(matrix)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    degrees=st.floats(-180, 180),
    shift=st.tuples(*[st.floats(-500, 500)] * 3),
    count=st.integers(3, 20),
)
def test_any_rigid_motion_is_found_again(seed, degrees, shift, count):
    fixed = scattered(count, seed)
    if flatness(fixed)[0] < 0.05:
        return
    turn = rotation(np.random.default_rng(seed + 1).normal(size=3), degrees)
    matrix = rigid_alignment(fixed, fixed @ turn.T + shift)
    np.testing.assert_allclose(matrix[:3, :3], turn, atol=1e-6)
    np.testing.assert_allclose(matrix[:3, 3], shift, atol=1e-4)


def test_it_maps_from_the_fixed_to_the_moving_side():
    turn = rotation(np.array([0.0, 0, 1]), 90)
    fixed = scattered()
    matrix = rigid_alignment(fixed, fixed @ turn.T + [5, 0, 0])
    np.testing.assert_allclose(matrix @ [1, 0, 0, 1], [5, 1, 0, 1], atol=1e-9)


def test_no_small_change_of_the_answer_brings_noisy_landmarks_closer():
    random = np.random.default_rng(3)
    fixed = scattered()
    moving = fixed @ rotation(np.array([1.0, 2, 3]), 35).T + [4, 5, 6] + random.normal(0, 3, fixed.shape)
    matrix = rigid_alignment(fixed, moving)
    assert_is_rigid(matrix)

    def error(turn: np.ndarray, shift: np.ndarray) -> float:
        return float(((fixed @ turn.T + shift - moving) ** 2).sum())

    best = error(matrix[:3, :3], matrix[:3, 3])
    for axis in np.vstack([np.eye(3), random.normal(size=(5, 3))]):
        for step in (-0.5, 0.5):
            assert error(rotation(axis, step) @ matrix[:3, :3], matrix[:3, 3]) > best
            assert error(matrix[:3, :3], matrix[:3, 3] + 0.2 * step * axis) > best


def test_mirrored_landmarks_give_a_rotation_and_no_reflection():
    fixed = scattered()
    assert_is_rigid(rigid_alignment(fixed, fixed * [-1, 1, 1]))


def test_three_landmarks_determine_the_start():
    fixed = np.array([[0.0, 0, 0], [50, 0, 0], [0, 30, 0]])
    turn = rotation(np.array([1.0, 1, 0]), 70)
    matrix = rigid_alignment(fixed, fixed @ turn.T)
    assert_is_rigid(matrix)
    np.testing.assert_allclose(matrix[:3, :3], turn, atol=1e-9)


def test_coplanar_landmarks_determine_the_start_and_are_recognised():
    fixed = scattered() * [1, 1, 0]
    turn = rotation(np.array([1.0, -1, 0.5]), 120)
    np.testing.assert_allclose(rigid_alignment(fixed, fixed @ turn.T)[:3, :3], turn, atol=1e-9)
    assert is_coplanar(fixed @ turn.T)
    assert not is_coplanar(scattered())


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_pairs_are_refused_with_their_number(count):
    with pytest.raises(LandmarkError, match=f"at least 3 driving pairs, there are {count}"):
        rigid_alignment(scattered(count), scattered(count))


@pytest.mark.parametrize("side", ["fixed", "moving"])
def test_landmarks_on_one_line_are_refused_by_their_side(side):
    line = np.outer(np.linspace(0, 80, 6), [1.0, 2.0, -1.0]) + np.array([10, 20, 30])
    line += np.random.default_rng(1).normal(0, 0.1, line.shape)
    given = {"fixed_ras": scattered(6), "moving_ras": scattered(6), f"{side}_ras": line}
    with pytest.raises(LandmarkError, match=f"The {side} landmarks lie on one line"):
        rigid_alignment(**given)


def test_landmarks_at_one_place_are_refused():
    with pytest.raises(LandmarkError, match="on one line"):
        rigid_alignment(np.tile([1.0, 2.0, 3.0], (5, 1)), scattered(5))


def test_a_narrow_triangle_is_not_yet_a_line():
    fixed = np.array([[0.0, 0, 0], [100, 0, 0], [50, 5, 0]])
    assert_is_rigid(rigid_alignment(fixed, fixed))


def test_flatness_is_relative_to_the_longest_direction_and_does_not_depend_on_place_or_size():
    box = np.array([[x, y, z] for x in (-1, 1) for y in (-0.5, 0.5) for z in (-0.1, 0.1)])
    turned = 1000 * box @ rotation(np.array([1.0, 2, 3]), 50).T + [5000, 0, 0]
    assert flatness(box) == pytest.approx((0.5, 0.1))
    assert flatness(turned) == pytest.approx((0.5, 0.1))


def test_flatness_of_few_points_is_zero_where_they_have_no_extent():
    assert flatness(np.array([[1.0, 2, 3]])) == (0.0, 0.0)
    assert flatness(np.array([[1.0, 2, 3], [4, 5, 6]]))[1] == 0.0


def noisy_pair(seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Landmarks that no linear map lays exactly on each other."""
    random, fixed = np.random.default_rng(seed), scattered(10, seed)
    turned = fixed @ rotation(np.array([1.0, 2, 3]), 35).T * [1.2, 1.1, 0.95] + [4, 5, 6]
    return fixed, turned + random.normal(0, 3, fixed.shape)


def squares_left(matrix: np.ndarray, fixed: np.ndarray, moving: np.ndarray) -> float:
    return float(((fixed @ matrix[:3, :3].T + matrix[:3, 3] - moving) ** 2).sum())


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    degrees=st.floats(-180, 180),
    scale=st.floats(0.05, 20),
    shift=st.tuples(*[st.floats(-500, 500)] * 3),
    count=st.integers(3, 20),
)
def test_any_similarity_is_found_again(seed, degrees, scale, shift, count):
    fixed = scattered(count, seed)
    if flatness(fixed)[0] < 0.05:
        return
    turn = rotation(np.random.default_rng(seed + 1).normal(size=3), degrees)
    matrix = similarity_alignment(fixed, scale * fixed @ turn.T + shift)
    np.testing.assert_allclose(matrix[:3, :3] / scale, turn, atol=1e-6)
    np.testing.assert_allclose(matrix[:3, 3], shift, atol=1e-4)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    degrees=st.tuples(st.floats(-180, 180), st.floats(-180, 180)),
    stretch=st.tuples(*[st.floats(0.3, 3)] * 3),
    count=st.integers(4, 20),
)
def test_any_affine_map_is_found_again(seed, degrees, stretch, count):
    fixed, random = scattered(count, seed), np.random.default_rng(seed + 1)
    first, second = (rotation(random.normal(size=3), angle) for angle in degrees)
    linear = first @ np.diag(stretch) @ second
    moving = fixed @ linear.T + [300, -200, 100]
    if min(flatness(fixed)[1], flatness(moving)[1]) < 0.06:
        return
    matrix = affine_alignment(fixed, moving)
    np.testing.assert_allclose(matrix[:3, :3], linear, atol=1e-6)
    np.testing.assert_allclose(matrix[:3, 3], [300, -200, 100], atol=1e-4)


def test_no_small_change_of_rotation_scale_or_shift_brings_noisy_landmarks_closer():
    fixed, moving = noisy_pair()
    matrix = similarity_alignment(fixed, moving)
    best = squares_left(matrix, fixed, moving)
    assert best < squares_left(rigid_alignment(fixed, moving), fixed, moving)
    for axis in np.eye(3):
        for step in (-0.5, 0.5):
            changed = [matrix.copy() for _ in range(3)]
            changed[0][:3, :3] = rotation(axis, step) @ matrix[:3, :3]
            changed[1][:3, 3] += 0.2 * step * axis
            changed[2][:3, :3] *= 1 + 0.01 * step
            changed[2][:3, 3] = moving.mean(axis=0) - changed[2][:3, :3] @ fixed.mean(axis=0)
            assert all(squares_left(other, fixed, moving) > best for other in changed)


def test_a_similarity_turns_as_the_rigid_fit_does_and_stretches_all_directions_alike():
    matrix, rigid = similarity_alignment(*noisy_pair()), rigid_alignment(*noisy_pair())
    scale = np.cbrt(np.linalg.det(matrix[:3, :3]))
    assert scale > 1.02
    np.testing.assert_allclose(matrix[:3, :3] / scale, rigid[:3, :3], atol=1e-12)


def test_no_small_change_of_an_affine_fit_brings_noisy_landmarks_closer():
    fixed, moving = noisy_pair()
    matrix = affine_alignment(fixed, moving)
    best = squares_left(matrix, fixed, moving)
    assert best < squares_left(similarity_alignment(fixed, moving), fixed, moving)
    for row in range(3):
        for column, step in ((0, 1e-3), (1, 1e-3), (2, 1e-3), (3, 0.05)):
            for sign in (-1, 1):
                changed = matrix.copy()
                changed[row, column] += sign * step
                assert squares_left(changed, fixed, moving) > best


def test_mirrored_landmarks_give_the_best_similarity_without_reflection():
    fixed = scattered()
    moving = fixed * [-1, 1, 1]
    matrix = similarity_alignment(fixed, moving)
    scale = np.cbrt(np.linalg.det(matrix[:3, :3]))
    assert 0.2 < scale < 0.95
    assert_is_rigid(np.vstack([np.column_stack([matrix[:3, :3] / scale, matrix[:3, 3]]), matrix[3]]))
    for factor in (0.99, 1.01):
        changed = matrix.copy()
        changed[:3, :3] *= factor
        changed[:3, 3] = moving.mean(axis=0) - changed[:3, :3] @ fixed.mean(axis=0)
        assert squares_left(changed, fixed, moving) > squares_left(matrix, fixed, moving)


def test_mirrored_landmarks_are_refused_by_an_affine_fit():
    fixed = scattered()
    with pytest.raises(LandmarkError, match=r"in a mirror.*left and right"):
        affine_alignment(fixed, fixed * [-1, 1, 1])


def test_a_similarity_needs_what_a_rigid_fit_needs():
    with pytest.raises(LandmarkError, match=r"A similarity fit .* at least 3 driving pairs, there are 2"):
        similarity_alignment(scattered(2), scattered(2))
    with pytest.raises(LandmarkError, match="moving landmarks lie on one line"):
        similarity_alignment(scattered(5), np.outer(np.arange(5.0), [1, 2, 3]))


def test_three_pairs_are_too_few_for_an_affine_fit_and_enough_for_the_rigid_fit_that_is_named_instead():
    with pytest.raises(LandmarkError, match=r"An affine fit .* at least 4 driving pairs, there are 3\. .* rigid fit"):
        affine_alignment(scattered(3), scattered(3))
    assert_is_rigid(rigid_alignment(scattered(3), scattered(3)))


@pytest.mark.parametrize("side", ["fixed", "moving"])
def test_landmarks_nearly_in_one_plane_are_refused_by_an_affine_fit_with_their_spread(side):
    turn = rotation(np.array([1.0, 2, 3]), 50)
    flat = np.array([[x, y, 0.5 * (-1) ** x] for x, y in np.ndindex(4, 4)]) * [40.0, 40.0, 2.0] @ turn.T
    given = {"fixed_ras": scattered(16), "moving_ras": scattered(16), f"{side}_ras": flat}
    with pytest.raises(LandmarkError, match=rf"The {side} landmarks .* by 44\.\d mm along it and by 0\.\d mm across"):
        affine_alignment(**given)
