"""The record of a run: complete, true, kept with the transform, and enough to do the run again."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer

from cli.conftest import MOVED_BY, QUICK_RIGID
from ElastixPlusLib import RegistrationJob, RegistrationRequest, register
from ElastixPlusLib.errors import ElastixFailedError, RecordError
from ElastixPlusLib.mrml.stored_record import record_text_of
from ElastixPlusLib.mrml.volumes import voxel_array
from ElastixPlusLib.record.record_file import read_record
from ElastixPlusLib.record.record_json import record_from_text
from ElastixPlusLib.rerun import request_of_record, rerun
from phantoms import add_anatomy, add_linear_transform, add_points, shift

pytestmark = pytest.mark.native_engine

PLACES = np.random.default_rng(3).uniform(-18, 18, (8, 3))
ROLES = ("fixed", "moving", "fixed_landmarks", "moving_landmarks", "fixed_mask")


@pytest.fixture
def nodes(scene) -> dict[str, Any]:
    """A registrable pair with landmarks and a mask, the moving volume under a transform."""
    fixed, moving = add_anatomy(scene, name="fixed & co"), add_anatomy(scene, moved_by=MOVED_BY, name="moving")
    parent = add_linear_transform(scene, shift(1, 0, 0))
    moving.SetAndObserveTransformNodeID(parent.GetID())
    moved = PLACES @ MOVED_BY[:3, :3].T + MOVED_BY[:3, 3] + (1, 0, 0)
    points = add_points(scene, PLACES, list("abcdefgh")), add_points(scene, moved, list("abcdefgh"))
    return dict(zip(ROLES, (fixed, moving, *points, fixed), strict=True))


@pytest.fixture
def guided_request(nodes, tmp_path: Path) -> RegistrationRequest:
    """A quick rigid run of the pair with everything that guides it."""
    (tmp_path / "quick.txt").write_text(QUICK_RIGID)
    return RegistrationRequest(
        **nodes,
        parameter_files=(tmp_path / "quick.txt",),
        overrides=("MaximumNumberOfIterations=30",),
        check_labels=("c", "e"),
        initial="landmarks",
        threads=1,
        seed=5,
        workspace=tmp_path,
        host="an application",
    )


def test_a_record_tells_what_went_in(guided_request, nodes):
    record = register(guided_request).record
    fixed = record.input("fixed")
    assert [one.role for one in record.inputs] == list(ROLES)
    assert (fixed.name, fixed.node_id, fixed.kind) == (
        "fixed & co",
        nodes["fixed"].GetID(),
        "vtkMRMLScalarVolumeNode",
    )
    assert fixed.geometry.dimensions == nodes["fixed"].GetImageData().GetDimensions()
    assert fixed.geometry.scalar_type == "int16"
    # The parent transform counts: 1 mm to the right of the volume itself.
    own = slicer.vtkMRMLScalarVolumeNode.GetOrigin(nodes["moving"])
    lies_at = np.array(record.input("moving").geometry.ijk_to_world_ras)[:3, 3]
    np.testing.assert_allclose(lies_at, np.add(own, (1, 0, 0)), atol=1e-6)
    voxels = voxel_array(nodes["fixed"].GetImageData())
    expected = hashlib.sha256(f"{voxels.dtype.str}{voxels.shape}".encode() + voxels.tobytes()).hexdigest()
    assert fixed.sha256 == expected
    (mask,) = record.masks
    assert (mask.role, mask.edge, mask.voxels, mask.of_voxels) == (
        "fixed",
        "region",
        np.count_nonzero(voxels),
        voxels.size,
    )


def test_a_record_tells_how_it_was_made(guided_request):
    result = register(guided_request)
    record = result.record
    assert record.software.host == "an application"
    assert record.engine.sha256 == hashlib.sha256(Path(record.engine.path).read_bytes()).hexdigest()
    assert record.command[0] == record.engine.path
    assert record.command[1:5] == ("-f", "fixed.mha", "-m", "moving.mha")
    assert [(one.name, one.text) for one in record.parameter_files] == list(result.parameter_files)
    assert "(MaximumNumberOfIterations 30)" in record.parameter_files[0].text
    assert record.seeds == ("5",)
    assert (record.choices.overrides, record.choices.threads) == (("MaximumNumberOfIterations=30",), 1)
    assert record.start.name == "landmarks"
    np.testing.assert_allclose(np.array(record.start.matrix_ras)[:3, :3], MOVED_BY[:3, :3], atol=1e-6)
    assert record.warnings == result.warnings
    assert [one.what for one in record.findings] == [one.what for one in result.findings]
    assert record.seconds.elastix == pytest.approx(result.seconds.elastix, abs=1e-3)
    assert record.ending.state == "done"


def test_a_record_tells_what_the_landmarks_did_and_where_the_transform_leads(guided_request):
    result = register(guided_request)
    record = result.record
    assert [one.label for one in record.landmarks if one.role == "check"] == ["c", "e"]
    measured = [(one.label, one.role, one.before_mm, one.after_mm) for one in result.landmarks.pairs]
    assert [(one.label, one.role, one.before_mm, one.after_mm) for one in record.landmarks] == measured
    probe, mapped = record.result.probes_ras[5], record.result.mapped_ras[5]
    to_moving = result.transform.GetTransformFromParent()
    np.testing.assert_allclose(to_moving.TransformPoint(probe), mapped, atol=1e-9)


def test_a_record_goes_where_the_transform_goes(guided_request, nodes, scene, tmp_path: Path):
    result = register(guided_request)
    scene.SetURL(str(tmp_path / "scene.mrml"))
    assert scene.Commit()
    loaded = slicer.vtkMRMLScene()
    loaded.SetURL(str(tmp_path / "scene.mrml"))
    assert loaded.Import()
    node = loaded.GetFirstNodeByName(result.transform.GetName())
    assert record_from_text(record_text_of(node)) == result.record


def test_the_next_run_into_a_transform_replaces_its_record(guided_request):
    first = register(guided_request)
    second = register(replace(guided_request, output_transform=first.transform, seed=6))
    assert second.transform is first.transform
    assert record_from_text(record_text_of(first.transform)).seeds == ("6",)


def test_a_failed_run_leaves_its_record_in_the_run_folder_and_none_in_the_scene(guided_request, scene, tmp_path: Path):
    failing = replace(guided_request, overrides=("Interpolator=NoSuchInterpolator",), despite_findings=True)
    with pytest.raises(ElastixFailedError) as failure:
        register(failing)
    folder = failure.value.log_path.parent
    record = read_record(folder)
    assert record.ending.state == "failed"
    assert (record.ending.exit_code, record.ending.what) == (4, failure.value.what)
    assert "NoSuchInterpolator" in record.parameter_files[0].text
    assert record.result is None
    assert not any(record_text_of(node) for node in transforms_of(scene))
    shutil.rmtree(folder)


def test_a_run_folder_that_is_kept_holds_the_record(guided_request):
    result = register(replace(guided_request, keep_workspace=True))
    assert read_record(result.workspace) == result.record


def test_a_run_that_only_measures_takes_no_time_for_a_record(guided_request):
    job = RegistrationJob(guided_request)
    for _ in job.trial_steps():
        assert job.record is None


def test_a_run_done_again_gives_the_same_numbers_whatever_became_of_the_files(guided_request, nodes, tmp_path: Path):
    record = register(guided_request).record
    (tmp_path / "quick.txt").unlink()
    again = rerun(record, replace(request_of_record(record, nodes), workspace=tmp_path))
    assert again.comparison.is_identical
    assert again.comparison.differences == ()
    assert again.result.record.parameter_files[0].text == record.parameter_files[0].text
    assert again.result.record.choices == replace(record.choices, despite_findings=True)


def test_another_seed_is_seen_in_the_result(guided_request, nodes):
    record = register(guided_request).record
    other = replace(
        request_of_record(record, nodes), exact_parameters=(), parameter_files=guided_request.parameter_files
    )
    comparison = rerun(record, replace(other, seed=6)).comparison
    assert not comparison.is_identical
    assert 1e-6 < comparison.largest_mm < 5
    assert "The parameter files are not the same." in comparison.differences


def test_other_voxels_are_refused_before_the_run_and_named(guided_request, nodes):
    record = register(guided_request).record
    voxel_array(nodes["moving"].GetImageData())[3, 3, 3] += 1
    nodes["moving"].GetImageData().Modified()
    request = request_of_record(record, nodes)
    with pytest.raises(RecordError, match="The moving volume is not the one of then"):
        rerun(record, request)
    assert rerun(record, request, despite_differences=True).result.transform is not None


def test_a_landmark_that_was_moved_is_refused(guided_request, nodes):
    record = register(guided_request).record
    nodes["fixed_landmarks"].SetNthControlPointPosition(2, 0.0, 0.0, 0.5)
    with pytest.raises(RecordError, match="The landmarks are not the same"):
        rerun(record, request_of_record(record, nodes))


def test_what_is_missing_for_a_run_to_be_done_again_is_named(guided_request, nodes):
    record = register(guided_request).record
    del nodes["moving_landmarks"]
    with pytest.raises(RecordError, match="as moving landmarks, which is not given"):
        request_of_record(record, nodes)


def test_a_fit_of_landmarks_has_a_record_without_an_engine_and_can_be_done_again(guided_request, nodes):
    fit = replace(guided_request, parameter_files=(), overrides=(), preset="landmarks-rigid", initial="auto")
    record = register(fit).record
    assert (record.engine.name, record.command, record.choices.landmark_fit) == ("none", (), "rigid")
    assert rerun(record, request_of_record(record, nodes)).comparison.is_identical


def test_a_start_that_was_a_transform_is_part_of_the_record(guided_request, nodes, scene):
    start = add_linear_transform(scene, np.linalg.inv(MOVED_BY))
    record = register(replace(guided_request, initial=start)).record
    assert record.input("initial").sha256 == record.start.sha256 != ""
    nodes["initial"] = start
    assert rerun(record, request_of_record(record, nodes)).comparison.is_identical
    nodes["initial"] = add_linear_transform(scene, shift(9, 0, 0))
    with pytest.raises(RecordError, match="The initial transform is not the one of then"):
        rerun(record, request_of_record(record, nodes))


def transforms_of(scene) -> list[Any]:
    """All transform nodes of a scene."""
    count = scene.GetNumberOfNodesByClass("vtkMRMLTransformNode")
    return [scene.GetNthNodeByClass(index, "vtkMRMLTransformNode") for index in range(count)]
