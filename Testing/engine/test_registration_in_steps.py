"""The job in small steps: the same result, nothing left behind wherever it stops, and a scene that goes on changing."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from cli.conftest import MOVED_BY, QUICK_RIGID
from ElastixPlusLib import RegistrationCancelled, RegistrationJob, RegistrationRequest, RegistrationResult, register
from ElastixPlusLib.errors import ElastixFailedError, InputError
from ElastixPlusLib.mrml.applied_transform import apply_transform
from ElastixPlusLib.mrml.volumes import voxel_array
from ElastixPlusLib.steps import run_to_end
from phantoms import add_anatomy, add_linear_transform, add_points, mapped, shift

pytestmark = pytest.mark.native_engine

PLACES = np.random.default_rng(3).uniform(-25, 25, (8, 3))


@pytest.fixture
def request_of(scene, tmp_path: Path) -> Any:
    """Makes a request for a small pair with landmarks and masks; a rigid stage of less than a second."""
    files = (tmp_path / "quick.txt",)
    files[0].write_text(QUICK_RIGID)
    folder = tmp_path / "runs"
    folder.mkdir()
    fixed = add_anatomy(scene, name="fixed")
    moving = add_anatomy(scene, moved_by=MOVED_BY, name="moving")
    points = add_points(scene, PLACES), add_points(scene, PLACES @ MOVED_BY[:3, :3].T + MOVED_BY[:3, 3])

    def make(**options: Any) -> RegistrationRequest:
        given = {
            "fixed_landmarks": points[0],
            "moving_landmarks": points[1],
            "fixed_mask": fixed,
            "parameter_files": files,
            "workspace": folder,
        }
        return RegistrationRequest(fixed, moving, **{**given, **options})

    return make


def after_steps(request: RegistrationRequest, count: int) -> tuple[RegistrationJob, Any]:
    """A job after some steps."""
    job = RegistrationJob(request)
    steps = job.in_steps()
    for _ in range(count):
        next(steps)
    return job, steps


def until_elastix_runs(request: RegistrationRequest) -> tuple[RegistrationJob, Any]:
    job, steps = after_steps(request, 1)
    while next(steps) is None:
        time.sleep(0.005)
    return job, steps


def engines_running() -> list[str]:
    return [child.name() for child in psutil.Process().children(recursive=True) if "elastix" in child.name()]


def wait_for_no_engine() -> None:
    until = time.monotonic() + 2
    while engines_running():
        assert time.monotonic() < until, engines_running()
        time.sleep(0.02)


def test_steps_lead_to_the_same_result_as_waiting(request_of) -> None:
    waited = register(request_of(output_volume=True))
    stepped: RegistrationResult = run_to_end(RegistrationJob(request_of(output_volume=True)).in_steps())
    assert mapped(stepped.transform, PLACES) == pytest.approx(mapped(waited.transform, PLACES), abs=1e-9)
    voxels = [voxel_array(one.volume.GetImageData()) for one in (stepped, waited)]
    assert np.array_equal(*voxels)
    assert stepped.landmarks == waited.landmarks


def test_steps_report_what_elastix_reports(request_of) -> None:
    events = [event for event in RegistrationJob(request_of()).in_steps() if event is not None]
    assert len([event for event in events if event.image_metric is not None]) >= 100
    assert events[-1].fraction == 1.0


@pytest.mark.parametrize("way", ["close", "cancel"])
@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 12, 20])
def test_stopping_after_any_step_leaves_neither_folder_nor_process(request_of, scene, count: int, way: str) -> None:
    request = request_of(output_volume=True)
    nodes = scene.GetNumberOfNodes()
    job, steps = after_steps(request, count)
    if way == "close":
        steps.close()
    else:
        job.cancel()
        with pytest.raises((RegistrationCancelled, StopIteration)):
            next(steps)
    assert not list(request.workspace.iterdir())
    assert scene.GetNumberOfNodes() == nodes
    wait_for_no_engine()


def test_a_job_cannot_be_done_twice(request_of) -> None:
    job = RegistrationJob(request_of())
    run_to_end(job.in_steps())
    with pytest.raises(ElastixFailedError, match="started before"):
        next(job.in_steps())


@pytest.mark.parametrize("role", ["fixed", "moving"])
def test_a_volume_that_was_removed_meanwhile_ends_the_run_in_words(request_of, scene, role: str) -> None:
    request = request_of()
    _, steps = until_elastix_runs(request)
    scene.RemoveNode(getattr(request, role))
    nodes = scene.GetNumberOfNodes()
    with pytest.raises(InputError, match=f"The {role} volume was removed"):
        run_to_end(steps)
    assert scene.GetNumberOfNodes() == nodes
    assert not list(request.workspace.iterdir())


def test_landmarks_and_masks_may_go_once_they_are_exported(request_of, scene) -> None:
    request = request_of(fixed_mask=add_anatomy(scene, name="mask"))
    _, steps = until_elastix_runs(request)
    for node in (request.fixed_landmarks, request.moving_landmarks, request.fixed_mask):
        scene.RemoveNode(node)
    result = run_to_end(steps)
    assert result.landmarks.summary("drive").n == 8


def test_outputs_that_were_removed_meanwhile_are_made_anew_with_a_warning(request_of, scene) -> None:
    transform = scene.AddNewNodeByClass("vtkMRMLTransformNode", "wanted transform")
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "wanted volume")
    _, steps = until_elastix_runs(request_of(output_transform=transform, output_volume=volume))
    scene.RemoveNode(transform)
    scene.RemoveNode(volume)
    result = run_to_end(steps)
    assert result.transform.GetScene() is scene
    assert result.volume.GetScene() is scene
    assert sum("a new one was made" in warning for warning in result.warnings) == 2


def test_a_volume_that_changes_meanwhile_does_not_disturb_the_run(request_of) -> None:
    expected = register(request_of())
    request = request_of()
    _, steps = after_steps(request, 4)
    request.moving.SetAndObserveImageData(None)
    result = run_to_end(steps)
    assert mapped(result.transform, PLACES) == pytest.approx(mapped(expected.transform, PLACES), abs=1e-9)


def test_an_earlier_result_above_the_moving_side_does_not_count(request_of) -> None:
    first = register(request_of())
    expected = mapped(first.transform, PLACES)
    request = request_of(output_transform=first.transform)
    apply_transform(request.moving, first.transform)
    apply_transform(request.moving_landmarks, first.transform)
    second = register(request)
    assert second.transform is first.transform
    assert mapped(second.transform, PLACES) == pytest.approx(expected, abs=1e-9)
    assert second.landmarks.pairs == first.landmarks.pairs


def test_a_parent_below_an_earlier_result_still_counts(request_of, scene) -> None:
    parent = add_linear_transform(scene, shift(3, 2, 1))
    request = request_of(fixed_landmarks=None, moving_landmarks=None)
    request.moving.SetAndObserveTransformNodeID(parent.GetID())
    first = register(request)
    expected = mapped(first.transform, PLACES)
    apply_transform(request.moving, first.transform)
    again = request_of(fixed_landmarks=None, moving_landmarks=None, output_transform=first.transform)
    assert mapped(register(again).transform, PLACES) == pytest.approx(expected, abs=1e-9)


def test_an_earlier_result_of_another_kind_is_kept_and_a_new_one_made(request_of, tmp_path: Path) -> None:
    first = register(request_of())
    assert first.transform.IsA("vtkMRMLLinearTransformNode")
    before = mapped(first.transform, PLACES)
    second = register(request_of(output_transform=first.transform, transform_kind="grid"))
    assert second.transform is not first.transform
    assert second.transform.IsA("vtkMRMLGridTransformNode")
    assert any("a new transform was made" in warning for warning in second.warnings)
    assert mapped(first.transform, PLACES) == pytest.approx(before)


def test_a_result_as_displacement_grid_maps_as_the_exact_one(request_of) -> None:
    exact = register(request_of())
    grid = register(request_of(transform_kind="grid"))
    assert grid.transform.IsA("vtkMRMLGridTransformNode")
    assert mapped(grid.transform, PLACES) == pytest.approx(mapped(exact.transform, PLACES), abs=1e-3)


def test_a_margin_makes_the_mask_larger_for_elastix(request_of, scene) -> None:
    mask = add_anatomy(scene, name="mask")
    voxels = voxel_array(mask.GetImageData())
    voxels[:] = 0
    voxels[8:-8, 8:-8, 8:-8] = 1
    jobs = [RegistrationJob(request_of(fixed_mask=mask, mask_margin_mm=margin)) for margin in (0.0, 5.0, -5.0)]
    covered = [int(voxel_array(job.check().fixed_side.mask.image).sum()) for job in jobs]
    assert covered[2] < covered[0] < covered[1]


def test_a_margin_that_leaves_nothing_of_a_mask_is_refused(request_of) -> None:
    with pytest.raises(InputError, match="mask"):
        register(request_of(mask_margin_mm=-500.0))
