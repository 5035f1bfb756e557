"""What a run leaves in the scene, and what a failed or cancelled one does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import slicer

from cli.conftest import MOVED_BY, QUICK_RIGID
from ElastixPlusLib import RegistrationCancelled, RegistrationJob, RegistrationRequest, register
from ElastixPlusLib.errors import ElastixFailedError, InputError
from ElastixPlusLib.mrml.volumes import voxel_array
from phantoms import add_anatomy, add_linear_transform, mapped, random_points_inside, shift

pytestmark = pytest.mark.native_engine


@pytest.fixture
def quick_files(tmp_path: Path) -> tuple[Path, ...]:
    """A rigid stage that takes less than a second."""
    path = tmp_path / "quick.txt"
    path.write_text(QUICK_RIGID)
    return (path,)


@pytest.fixture
def spline_files(tmp_path: Path, quick_files) -> tuple[Path, ...]:
    """The rigid stage and a short B-spline stage."""
    path = tmp_path / "spline.txt"
    text = QUICK_RIGID.replace("EulerTransform", "BSplineTransform").replace("Iterations 100", "Iterations 5")
    path.write_text(text + "(FinalGridSpacingInPhysicalUnits 20)\n")
    return (*quick_files, path)


@pytest.fixture
def pair(scene):
    """A registrable pair; the moving volume has values far from 0 where there is nothing."""
    fixed = add_anatomy(scene, name="fixed")
    moving = add_anatomy(scene, moved_by=MOVED_BY, name="moving")
    voxel_array(moving.GetImageData())[:] -= 1000
    return fixed, moving


def state(scene: slicer.vtkMRMLScene) -> list[tuple]:
    """Everything of the scene that a failed run must leave alone."""
    nodes = [scene.GetNthNode(index) for index in range(scene.GetNumberOfNodes())]
    return [
        (node.GetID(), node.GetName(), node.GetMTime(), node.GetNumberOfNodeReferences("transform")) for node in nodes
    ]


def error_mm(transform, fixed) -> float:
    points = random_points_inside(fixed, 200) * 0.5
    expected = points @ MOVED_BY[:3, :3].T + MOVED_BY[:3, 3]
    return float(np.linalg.norm(mapped(transform, points) - expected, axis=1).max())


def test_new_nodes_carry_names_references_and_the_fixed_grid(scene, pair, quick_files):
    fixed, moving = pair
    result = register(RegistrationRequest(fixed, moving, parameter_files=quick_files, output_volume=True))
    role = slicer.vtkMRMLTransformNode
    assert result.transform.GetScene() is scene
    assert result.transform.GetName() == "moving to fixed"
    assert result.transform.GetNodeReference(role.GetFixedNodeReferenceRole()) is fixed
    assert result.transform.GetNodeReference(role.GetMovingNodeReferenceRole()) is moving
    assert result.volume.GetImageData().GetDimensions() == fixed.GetImageData().GetDimensions()
    assert result.volume.GetImageData().GetScalarType() == moving.GetImageData().GetScalarType()
    assert error_mm(result.transform, fixed) < 0.5
    assert result.workspace is None


def test_a_result_tells_the_parameters_as_elastix_got_them(scene, pair, spline_files):
    fixed, moving = pair
    result = register(RegistrationRequest(fixed, moving, parameter_files=spline_files, seed=7))
    assert [name for name, _ in result.parameter_files] == ["quick.txt", "spline.txt"]
    assert all("(RandomSeed 7)" in text for _, text in result.parameter_files)
    assert "parameter_files" not in result.as_dict()


def test_what_lies_outside_the_moving_volume_gets_its_own_background(scene, pair, quick_files):
    fixed, moving = pair
    away = add_linear_transform(scene, shift(60, 0, 0))
    files = quick_files
    files[0].write_text(QUICK_RIGID.replace("Iterations 100", "Iterations 1") + "(RequiredRatioOfValidSamples 0.01)\n")
    moving.SetAndObserveTransformNodeID(away.GetID())
    result = register(
        RegistrationRequest(fixed, moving, parameter_files=files, output_volume=True, despite_findings=True)
    )
    lowest = voxel_array(moving.GetImageData()).min()
    assert lowest < -900
    assert np.mean(voxel_array(result.volume.GetImageData()) == lowest) > 0.3


def test_a_labelmap_is_resampled_without_new_labels(scene, pair, quick_files):
    fixed, moving = pair
    labels = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels")
    labels.Copy(moving)
    image = slicer.vtkOrientedImageData()
    image.DeepCopy(moving.GetImageData())
    labels.SetAndObserveImageData(image)
    values = voxel_array(labels.GetImageData())
    values[:] = np.where(values + 1000 > 60, 7, 0) + np.where(values + 1000 > 140, 13, 0)
    result = register(
        RegistrationRequest(fixed, labels, parameter_files=quick_files, output_volume=True, despite_findings=True)
    )
    assert result.volume.GetClassName() == "vtkMRMLLabelMapVolumeNode"
    assert set(np.unique(voxel_array(result.volume.GetImageData()))) <= {0, 7, 20}


def test_results_go_into_the_nodes_that_the_request_names(scene, pair, spline_files):
    fixed, moving = pair
    transform = scene.AddNewNodeByClass("vtkMRMLTransformNode", "wanted")
    transform.SetAndObserveTransformNodeID(add_linear_transform(scene, shift(9, 9, 9)).GetID())
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "shown")
    before = scene.GetNumberOfNodes()
    request = RegistrationRequest(
        fixed, moving, parameter_files=spline_files, output_transform=transform, output_volume=volume
    )
    result = register(request)
    assert result.transform is transform
    assert result.volume is volume
    assert transform.GetParentTransformNode() is None, "the result maps between world positions"
    assert transform.GetName() == "wanted"
    assert scene.GetNumberOfNodes() - before <= 1, "nothing new but a display node"
    assert error_mm(transform, fixed) < 4.0 < error_mm(add_linear_transform(scene, np.eye(4)), fixed)


@pytest.mark.parametrize("node_class", ["vtkMRMLLinearTransformNode", "vtkMRMLBSplineTransformNode"])
def test_an_output_node_of_the_wrong_kind_is_refused_before_the_run(node_class, scene, pair, spline_files):
    node = scene.AddNewNodeByClass(node_class, "wanted")
    with pytest.raises(InputError, match="cannot hold"):
        RegistrationJob(RegistrationRequest(*pair, parameter_files=spline_files, output_transform=node)).check()


def test_an_input_cannot_be_the_output(scene, pair, quick_files):
    with pytest.raises(InputError, match="same as an input"):
        register(RegistrationRequest(*pair, parameter_files=quick_files, output_volume=pair[1]))


def test_a_failed_run_leaves_the_scene_as_it_was_and_keeps_its_folder(scene, pair, quick_files, tmp_path):
    quick_files[0].write_text(QUICK_RIGID.replace("AdvancedMattesMutualInformation", "AdvancedKappaStatistic"))
    runs = tmp_path / "runs"
    runs.mkdir()
    transform = scene.AddNewNodeByClass("vtkMRMLTransformNode", "wanted")
    before = state(scene)
    request = RegistrationRequest(
        *pair,
        parameter_files=quick_files,
        output_transform=transform,
        output_volume=True,
        workspace=runs,
        despite_findings=True,
    )
    with pytest.raises(ElastixFailedError) as failure:
        register(request)
    assert state(scene) == before
    (kept,) = runs.iterdir()
    assert str(kept) in str(failure.value.log_path)


def test_a_cancelled_run_leaves_the_scene_as_it_was_and_no_folder(scene, pair, quick_files, tmp_path):
    quick_files[0].write_text(QUICK_RIGID.replace("Iterations 100", "Iterations 1000000"))
    runs = tmp_path / "runs"
    runs.mkdir()
    before = state(scene)
    with RegistrationJob(RegistrationRequest(*pair, parameter_files=quick_files, workspace=runs)) as job:
        job.start()
        seen = 0
        while seen < 3:
            seen += len(job.poll())
        job.cancel()
        assert not job.is_running
        with pytest.raises(RegistrationCancelled):
            job.collect()
    assert state(scene) == before
    assert not list(runs.iterdir())


def test_inputs_stay_untouched(scene, pair, spline_files):
    pair[1].SetAndObserveTransformNodeID(add_linear_transform(scene, shift(2, 0, 0)).GetID())
    before = state(scene)
    voxels = [voxel_array(volume.GetImageData()).copy() for volume in pair]
    register(RegistrationRequest(*pair, parameter_files=spline_files, output_volume=True, initial="centers"))
    assert state(scene)[: len(before)] == before
    assert all((voxel_array(volume.GetImageData()) == was).all() for volume, was in zip(pair, voxels, strict=True))


def test_progress_is_told_and_only_rises(pair, spline_files):
    events = []
    register(RegistrationRequest(*pair, parameter_files=spline_files), on_progress=events.append)
    fractions = [event.fraction for event in events]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert {event.stage for event in events} == {1, 2}
    assert any(event.metric is not None for event in events)
    assert any(event.seconds_left is not None for event in events)
