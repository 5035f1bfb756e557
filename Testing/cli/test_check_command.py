"""``elastixplus check`` and ``register --fix``: what would go wrong is said before, with the option that mends it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cli.conftest import write_points
from ElastixPlusLib.mrml.files import read_transform
from phantoms import mapped

pytestmark = pytest.mark.native_engine

TURNED = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


@pytest.fixture
def far_landmarks(user):
    """The user's landmarks, those of the moving volume turned by 90 degrees about its middle."""
    moving = user.moving_points.mean(axis=0) + (user.moving_points - user.moving_points.mean(axis=0)) @ TURNED.T
    turned = write_points(user.folder / "turned.mrk.json", moving * 0.8)
    return ["--fixed-landmarks", str(user.fixed_landmarks), "--moving-landmarks", str(turned)]


def test_a_good_pair_can_run_and_nothing_is_written(user, elastixplus):
    before = sorted(user.folder.rglob("*"))
    answer = elastixplus("check", *user.volumes(), *user.landmarks())
    assert answer.code == 0, answer.err
    assert "can run" in answer.err
    assert "Warning" not in answer.err
    assert sorted(user.folder.rglob("*")) == before


def test_findings_come_as_data(user, elastixplus, far_landmarks):
    answer = elastixplus("check", *user.volumes(), *far_landmarks, "--json")
    account = json.loads(answer.out)
    assert account["can_run"] == (answer.code == 0)
    finding = next(one for one in account["findings"] if one["fix"] == "--initial landmarks")
    assert set(finding) == {"kind", "severity", "what", "remedy", "fix"}
    assert finding["severity"] in ("error", "warning")


def test_a_start_far_from_the_landmarks_is_told_with_its_option(user, elastixplus, far_landmarks):
    answer = elastixplus("check", *user.volumes(), *far_landmarks)
    assert "(--initial landmarks)" in answer.err
    assert "degrees" in answer.err


def test_the_offered_changes_are_made_on_request(user, elastixplus, far_landmarks):
    firm = ["--landmark-weight", "100"]
    answer = elastixplus("register", *user.volumes(), *far_landmarks, *firm, *user.outputs(), "--fix", "--json", "-")
    assert "Changed: Start from the landmarks (--initial landmarks)." in answer.err
    assert answer.code == 0, answer.err
    account = json.loads(answer.out)
    assert account["landmarks"]["drive"]["before_mm"] > 3 * account["landmarks"]["drive"]["after_mm"]


def test_what_cannot_be_used_at_all_is_a_finding(user, elastixplus, tmp_path):
    far = np.where(np.arange(8)[:, np.newaxis] == 4, 500.0, user.fixed_points)
    points = write_points(tmp_path / "outside.mrk.json", far)
    answer = elastixplus(
        "check", *user.volumes(), "--fixed-landmarks", str(points), "--moving-landmarks", str(user.moving_landmarks)
    )
    assert answer.code == 2
    assert "outside their volume" in answer.err
    assert "(--skip-unusable-landmarks)" in answer.err


def test_a_refused_run_names_its_option_and_can_be_forced(user, elastixplus, tmp_path):
    far = ["--initial", str(shifted_by(tmp_path / "far.tfm", 70.0))]
    refused = elastixplus("register", *user.volumes(), *far, "--json", "-")
    assert refused.code == 2
    assert refused.err.count("Error:") == 1
    assert json.loads(refused.out)["findings"]
    forced = elastixplus("register", *user.volumes(), *far, "--force", "--json", "-")
    assert forced.code in (0, 4), forced.err


def shifted_by(path, shift_mm):
    path.write_text(
        "#Insight Transform File V1.0\n#Transform 0\nTransform: AffineTransform_double_3_3\n"
        f"Parameters: 1 0 0 0 1 0 0 0 1 {shift_mm} 0 0\nFixedParameters: 0 0 0\n"
    )
    return path


@pytest.mark.parametrize("mask", ["body", "field-of-view"])
def test_a_mask_is_found_in_the_volume_or_said_not_to_be_needed(mask, user, elastixplus):
    answer = elastixplus("register", *user.volumes(), "--fixed-mask", mask, *user.outputs())
    assert answer.code == 0 or "no mask is needed" in answer.err or "mask" in answer.err
    if answer.code == 0:
        import slicer

        scene = slicer.vtkMRMLScene()
        node = read_transform(scene, user.out / "T.h5")
        left = np.linalg.norm(mapped(node, user.fixed_points) - user.moving_points, axis=1)
        assert left.mean() < 2.0
