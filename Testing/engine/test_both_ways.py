"""A registration the other way round: everything changes sides, and the result maps back."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from cli.conftest import QUICK_RIGID
from ElastixPlusLib import RegistrationRequest, register
from ElastixPlusLib.checking.preparation import check_steps
from ElastixPlusLib.errors import InitialTransformError, LandmarkError
from ElastixPlusLib.evaluation.reverse import backward_steps, reverse_request
from ElastixPlusLib.evaluation.trials import waited_for
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.mrml.applied_transform import apply_transform
from ElastixPlusLib.mrml.frames import transformed_points
from ElastixPlusLib.mrml.transforms import grid_transform
from ElastixPlusLib.steps import run_to_end
from phantoms import add_anatomy, add_linear_transform, add_points, grid_matrix, mapped, rotation_about, shift

MOVED_BY = shift(5, -4, 3) @ rotation_about((1, 2, 3), 6.0)
PLACES = np.random.default_rng(3).uniform(-20, 20, (8, 3))
THERE = PLACES @ MOVED_BY[:3, :3].T + MOVED_BY[:3, 3]


@pytest.fixture
def parameter_file(tmp_path: Path) -> Path:
    path = tmp_path / "quick.txt"
    path.write_text(QUICK_RIGID)
    return path


@pytest.fixture
def request_of_pair(scene, parameter_file: Path, tmp_path: Path) -> RegistrationRequest:
    """A small pair with eight landmarks, the last two of which only check."""
    folder = tmp_path / "runs"
    folder.mkdir()
    return RegistrationRequest(
        add_anatomy(scene, name="fixed"),
        add_anatomy(scene, dimensions=(36, 40, 30), moved_by=MOVED_BY, name="moving"),
        fixed_landmarks=add_points(scene, PLACES),
        moving_landmarks=add_points(scene, THERE),
        check_labels=("7", "8"),
        parameter_files=(parameter_file,),
        workspace=folder,
        threads=1,
    )


def start_of(request: RegistrationRequest, points_ras: np.ndarray) -> np.ndarray:
    """Where the start of a run takes points."""
    return transformed_points(run_to_end(check_steps(request)).initial, points_ras)


@pytest.mark.native_engine
def test_there_and_back_again_is_where_it_began(request_of_pair, scene) -> None:
    there = register(request_of_pair)
    nodes = scene.GetNumberOfNodes()
    backward = waited_for(backward_steps(replace(request_of_pair, output_volume=True)))
    back = transformed_points(backward, mapped(there.transform, PLACES))
    assert np.linalg.norm(back - PLACES, axis=1).max() < 0.3
    assert np.linalg.norm(transformed_points(backward, THERE) - PLACES, axis=1).max() < 0.3
    assert scene.GetNumberOfNodes() == nodes
    assert not list(request_of_pair.workspace.iterdir())


@pytest.mark.native_engine
def test_an_earlier_result_above_the_moving_volume_does_not_count_either_way(request_of_pair, parameter_file) -> None:
    parameter_file.write_text(QUICK_RIGID.replace("Iterations 100", "Iterations 5"))
    expected = waited_for(backward_steps(request_of_pair))
    there = register(request_of_pair)
    for node in (request_of_pair.moving, request_of_pair.moving_landmarks):
        apply_transform(node, there.transform)
    found = waited_for(backward_steps(replace(request_of_pair, output_transform=there.transform)))
    assert transformed_points(found, THERE) == pytest.approx(transformed_points(expected, THERE), abs=1e-9)


def test_everything_changes_sides(request_of_pair, scene) -> None:
    nodes = [add_anatomy(scene, name=name) for name in ("mask", "other mask", "excluded", "also excluded")]
    request = replace(
        request_of_pair,
        fixed_mask=nodes[0],
        moving_mask=nodes[1],
        fixed_mask_segments=("a",),
        moving_mask_segments=("b", "c"),
        fixed_exclude=nodes[2],
        moving_exclude=nodes[3],
        fixed_exclude_segments=("d",),
        moving_exclude_segments=("e",),
        output_volume=True,
    )
    turned = reverse_request(request)
    sided = [one.name for one in fields(request) if one.name.startswith("fixed")]
    assert len(sided) == len([one for one in fields(request) if one.name.startswith("moving")]) == 6
    for name in sided:
        other = name.replace("fixed", "moving")
        assert getattr(turned, name) == getattr(request, other)
        assert getattr(turned, other) == getattr(request, name)
    assert turned.output_volume is None
    assert replace(reverse_request(turned), output_volume=True) == request


@pytest.mark.native_engine
def test_pairs_by_order_keep_their_roles(request_of_pair, scene) -> None:
    request = replace(
        request_of_pair,
        moving_landmarks=add_points(scene, THERE, ["p", "q", "", "s", "t", "u", "v", "w"]),
        check_labels=("3", "8"),
    )
    turned = reverse_request(request)
    assert turned.check_labels == ("3", "w")
    pairs = run_to_end(check_steps(turned)).pairs
    assert np.flatnonzero(~pairs.drives).tolist() == [2, 7]


@pytest.mark.parametrize("start", ["none", "centers", "landmarks"])
def test_a_start_by_name_stays(request_of_pair, start: str) -> None:
    assert reverse_request(replace(request_of_pair, initial=start)).initial == start


@pytest.mark.native_engine
def test_a_linear_start_is_inverted_with_its_parents(request_of_pair, scene) -> None:
    start = add_linear_transform(scene, np.linalg.inv(MOVED_BY))  # from parent: fixed to moving
    start.SetAndObserveTransformNodeID(add_linear_transform(scene, shift(0, 0, 2)).GetID())
    nodes = scene.GetNumberOfNodes()
    request = replace(request_of_pair, initial=start)
    there = start_of(request, PLACES)
    assert there != pytest.approx(PLACES, abs=0.1)
    assert start_of(reverse_request(request), there) == pytest.approx(PLACES, abs=1e-6)
    assert scene.GetNumberOfNodes() == nodes


@pytest.mark.native_engine
def test_a_bent_start_is_inverted_and_elastix_starts_from_it(request_of_pair, scene, parameter_file) -> None:
    grid = Grid((6, 6, 6), grid_matrix((6, 6, 6), (30.0, 30.0, 30.0)))
    start = scene.AddNewNodeByClass("vtkMRMLTransformNode", "bent")
    bend = np.random.default_rng(3).normal(0.0, 2.0, (6, 6, 6, 3)) + np.array([5.0, -4.0, 3.0])
    start.SetAndObserveTransformFromParent(grid_transform(bend, grid))
    request = replace(request_of_pair, initial=start)
    there = start_of(request, PLACES)
    assert start_of(reverse_request(request), there) == pytest.approx(PLACES, abs=0.01)
    parameter_file.write_text(QUICK_RIGID.replace("Iterations 100", "Iterations 1"))
    backward = waited_for(backward_steps(replace(request, despite_findings=True)))
    assert np.linalg.norm(transformed_points(backward, there) - PLACES, axis=1).max() < 3.0


def test_a_start_that_flattens_space_is_refused(request_of_pair, scene) -> None:
    flat = add_linear_transform(scene, np.diag([1.0, 1.0, 0.0, 1.0]))
    with pytest.raises(InitialTransformError):
        reverse_request(replace(request_of_pair, initial=flat))


def test_an_error_says_that_sides_are_exchanged(request_of_pair, scene) -> None:
    with pytest.raises(LandmarkError, match=r"^With fixed and moving exchanged: The fixed landmarks are missing"):
        waited_for(backward_steps(replace(request_of_pair, moving_landmarks=None)))
