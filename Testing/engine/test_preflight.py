"""The check before a run, on whole requests: what is severe is refused, and what it offers mends it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ElastixPlusLib import RegistrationRequest, register
from ElastixPlusLib.errors import Fix
from ElastixPlusLib.guidance.findings import RefusedRequestError
from ElastixPlusLib.preflight import Preflight, preflight, with_fixes
from phantoms import (
    add_anatomy,
    add_points,
    add_volume,
    grid_matrix,
    mapped,
    random_points_inside,
    rotation_about,
    shift,
)

pytestmark = pytest.mark.native_engine

FAR = shift(150.0, 60.0, -40.0) @ rotation_about((1, 2, -1), 70.0)


def kinds(checked: Preflight, severity: str = "error") -> set[str]:
    return {finding.kind for finding in checked.findings if finding.severity == severity}


@pytest.fixture
def far_pair(scene) -> RegistrationRequest:
    """One body in two volumes that do not overlap, with landmarks in both."""
    fixed, moving = add_anatomy(scene, name="fixed"), add_anatomy(scene, name="moving")
    matrix = grid_matrix((40, 36, 32), (2.0, 2.2, 2.4))
    moving.SetIJKToRASMatrix(matrix_of(FAR @ matrix))
    points = random_points_inside(fixed, 8) * 0.7
    return RegistrationRequest(
        fixed,
        moving,
        preset="rigid",
        fixed_landmarks=add_points(scene, points),
        moving_landmarks=add_points(scene, points @ FAR[:3, :3].T + FAR[:3, 3]),
        check_labels=("8",),
        threads=2,
    )


def matrix_of(array: np.ndarray):
    from phantoms import vtk_matrix

    return vtk_matrix(array)


def error_mm(transform, fixed) -> float:
    probes = random_points_inside(fixed, 100) * 0.7
    return float(np.linalg.norm(mapped(transform, probes) - (probes @ FAR[:3, :3].T + FAR[:3, 3]), axis=1).mean())


def test_an_ordinary_pair_has_nothing_but_notes(scene):
    request = RegistrationRequest(add_anatomy(scene), add_anatomy(scene, moved_by=shift(4, -3, 2)))
    checked = preflight(request)
    assert checked.can_run
    assert kinds(checked, "warning") == set()
    assert checked.checked is not None
    assert checked.checked.request is request


def test_volumes_that_do_not_overlap_are_refused_before_anything_is_written(far_pair, tmp_path):
    with pytest.raises(RefusedRequestError, match="turned by 70 degrees") as caught:
        register(replace(far_pair, workspace=tmp_path))
    assert list(tmp_path.iterdir()) == []
    assert caught.value.exit_code == 2
    assert caught.value.fix.changes == {"initial": "landmarks"}
    assert any(finding.kind == "no-overlap" for finding in caught.value.findings)


def test_what_the_check_offers_makes_the_run_succeed(far_pair):
    checked = preflight(far_pair)
    assert not checked.can_run
    mended = with_fixes(far_pair, checked.fixes)
    assert preflight(mended).can_run
    assert error_mm(register(mended).transform, far_pair.fixed) < 0.5


def test_a_run_in_spite_of_findings_is_tried(far_pair):
    request = replace(far_pair, despite_findings=True, fixed_landmarks=None, moving_landmarks=None, check_labels=())
    with pytest.raises(Exception, match="overlap") as caught:
        register(request)
    assert not isinstance(caught.value, RefusedRequestError)


def test_without_landmarks_the_centres_of_gravity_are_offered(scene):
    fixed, moving = add_anatomy(scene), add_anatomy(scene)
    moving.SetOrigin(*np.add(moving.GetOrigin(), (300.0, 0.0, 0.0)))
    checked = preflight(RegistrationRequest(fixed, moving, preset="rigid"))
    (fix,) = [fix for fix in checked.fixes if "initial" in fix.changes]
    assert fix.option == "--initial gravity"
    result = register(with_fixes(checked.request, (fix,)))
    assert mapped(result.transform, np.zeros((1, 3)))[0] == pytest.approx([300.0, 0.0, 0.0], abs=0.5)


def test_what_cannot_be_used_at_all_is_the_only_finding(scene):
    flat = add_volume(scene, np.zeros((20, 20, 20), dtype=np.int16), np.eye(4))
    checked = preflight(RegistrationRequest(flat, add_anatomy(scene)))
    assert checked.checked is None
    (finding,) = checked.findings
    assert (finding.kind, finding.severity) == ("volume", "error")
    assert "same value" in finding.what


def test_the_worst_findings_come_first(far_pair):
    severities = [finding.severity for finding in preflight(far_pair).findings]
    assert severities == sorted(severities, key=("error", "warning", "note").index)
    assert severities[0] == "error"


def test_a_check_changes_nothing_in_the_scene(far_pair, scene):
    before = [(node.GetID(), node.GetMTime()) for node in nodes_of(scene)]
    preflight(far_pair)
    assert [(node.GetID(), node.GetMTime()) for node in nodes_of(scene)] == before


def nodes_of(scene):
    return [scene.GetNthNode(index) for index in range(scene.GetNumberOfNodes())]


def test_findings_come_with_the_result(scene):
    points = np.array([[-20.0, 0, 0], [20, 0, 0], [0, -20, 0], [0, 20, 0], [0, 0, 18], [5, 5, -15]])
    moving_points = points.copy()
    moving_points[2] += (0, 0, 30)
    request = RegistrationRequest(
        add_anatomy(scene),
        add_anatomy(scene),
        preset="rigid",
        fixed_landmarks=add_points(scene, points),
        moving_landmarks=add_points(scene, moving_points),
        skip_unusable_landmarks=True,
    )
    result = register(request)
    found = [finding for finding in result.findings if finding.kind == "outlying-landmarks"]
    assert [finding.severity for finding in found] == ["warning"]
    assert "3" in found[0].what
    assert found[0].sentence in result.warnings
    assert any(one["kind"] == "outlying-landmarks" for one in result.as_dict()["findings"])


def test_of_two_fixes_for_one_thing_the_first_counts(far_pair):
    fixes = (Fix("a", {"initial": "landmarks"}), Fix("b", {"initial": "gravity", "crop": "overlap"}))
    mended = with_fixes(far_pair, fixes)
    assert (mended.initial, mended.crop) == ("landmarks", "auto")


def test_too_little_free_disk_is_refused(far_pair, monkeypatch, tmp_path):
    import shutil
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")(10**9, 10**9, 1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    assert "little-disk" in kinds(preflight(replace(far_pair, workspace=tmp_path)))


def test_more_memory_than_there_is_is_refused(far_pair, monkeypatch):
    import sys

    module = sys.modules["ElastixPlusLib.checking.run_findings"]
    monkeypatch.setattr(module, "available_memory_bytes", lambda: 1000)
    assert "little-memory" in kinds(preflight(far_pair))


def test_a_component_that_this_engine_lacks_is_found_before_the_run(far_pair, tmp_path):
    text = '(Transform "EulerTransform")\n(Metric "AdvancedKappaStatistic")\n'
    path = tmp_path / "kappa.txt"
    path.write_text(text)
    checked = preflight(replace(far_pair, parameter_files=(path,), engine="/usr/bin/elastix"))
    assert "AdvancedKappaStatistic" in " ".join(finding.what for finding in checked.findings)


def test_moving_landmarks_outside_the_moving_mask_are_named(scene, far_pair):
    voxels = np.zeros((32, 36, 40), dtype=np.uint8)
    voxels[4:12, 4:12, 4:12] = 1
    mask = add_volume(
        scene, voxels, FAR @ grid_matrix((40, 36, 32), (2.0, 2.2, 2.4)), "mask", "vtkMRMLLabelMapVolumeNode"
    )
    checked = preflight(replace(far_pair, initial="landmarks", moving_mask=mask))
    assert "dropped-landmarks" in kinds(checked, "warning")
