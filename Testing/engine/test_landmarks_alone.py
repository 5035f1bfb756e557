"""Registration by landmarks alone: no elastix runs, and the account says how far the fit can be trusted."""

from __future__ import annotations

import numpy as np
import pytest
import slicer

from ElastixPlusLib import RegistrationRequest, register
from ElastixPlusLib.errors import InputError, LandmarkError
from ElastixPlusLib.presets import list_presets
from phantoms import add_anatomy, add_points, mapped, random_points_inside, rotation_about, shift

MOVED_BY = shift(40, -25, 10) @ rotation_about((1, 2, -1), 70.0)
FITS = [preset.id for preset in list_presets() if preset.recipe.landmark_fit]


@pytest.fixture
def pair(scene):
    """Two volumes of one body, with 10 landmarks placed exactly, the last two of which only check."""
    fixed, moving = add_anatomy(scene, name="fixed"), add_anatomy(scene, moved_by=MOVED_BY, name="moving")
    moving.SetOrigin(*np.add(moving.GetOrigin(), MOVED_BY[:3, 3]))
    points = random_points_inside(fixed, 10) * 0.6
    return RegistrationRequest(
        fixed,
        moving,
        fixed_landmarks=add_points(scene, points),
        moving_landmarks=add_points(scene, points @ MOVED_BY[:3, :3].T + MOVED_BY[:3, 3]),
        check_labels=("9", "10"),
        skip_unusable_landmarks=True,
        engine="an engine that is not there",
    )


def with_preset(request: RegistrationRequest, preset: str, **changes) -> RegistrationRequest:
    return RegistrationRequest(**{**vars(request), "preset": preset, **changes})


def test_all_five_fits_are_presets():
    assert set(FITS) == {f"landmarks-{kind}" for kind in ("rigid", "similarity", "affine", "thin-plate", "bspline")}


@pytest.mark.parametrize("preset", FITS)
def test_a_motion_is_found_from_landmarks_without_any_elastix(preset, pair):
    result = register(with_preset(pair, preset))
    assert result.engine.name == "none"
    probes = random_points_inside(pair.fixed, 200) * 0.6
    expected = probes @ MOVED_BY[:3, :3].T + MOVED_BY[:3, 3]
    assert np.linalg.norm(mapped(result.transform, probes) - expected, axis=1).max() < 0.5
    assert result.landmarks.summary("drive").after_mm < 0.1
    assert result.landmarks.summary("check").n == 2


@pytest.mark.parametrize("preset", FITS)
def test_the_result_is_complete(preset, pair):
    result = register(with_preset(pair, preset, output_volume=True))
    assert result.volume.GetImageData().GetDimensions() == pair.fixed.GetImageData().GetDimensions()
    assert result.transform.GetNodeReference("spatialRegistrationMoving") is pair.moving
    linear = preset.removeprefix("landmarks-") in ("rigid", "similarity", "affine")
    assert isinstance(result.transform, slicer.vtkMRMLLinearTransformNode) == linear
    assert result.as_dict()["seconds"]["elastix"] == 0


def test_a_bending_fit_says_what_it_misses_where_no_landmark_is(scene, pair):
    node = pair.moving_landmarks
    node.SetNthControlPointPosition(3, *np.add(node.GetNthControlPointPosition(3), (0.0, 0.0, 12.0)))
    result = register(with_preset(pair, "landmarks-thin-plate"))
    assert result.landmarks.summary("drive").after_mm == pytest.approx(0.0, abs=1e-6)
    (sentence,) = [warning for warning in result.warnings if "in turn" in warning]
    assert "landmark 4" in sentence
    assert not any("in turn" in warning for warning in register(with_preset(pair, "landmarks-rigid")).warnings)


def test_a_fit_that_folds_is_told(scene, pair):
    fixed = np.array([[0.0, 0, 0], [6, 0, 0], [0, 20, 0], [0, 0, 20], [-20, 0, 0], [0, -20, -10]])
    moving = fixed.copy()
    moving[[0, 1]] = fixed[[1, 0]]  # two neighbours changed places
    request = with_preset(
        pair,
        "landmarks-thin-plate",
        moving=add_anatomy(scene),
        fixed_landmarks=add_points(scene, fixed),
        moving_landmarks=add_points(scene, moving),
        check_labels=(),
        despite_findings=True,
    )
    assert any("folds" in warning for warning in register(request).warnings)


@pytest.mark.parametrize("preset", FITS)
def test_without_landmarks_there_is_nothing_to_fit(preset, pair):
    with pytest.raises(LandmarkError, match="landmarks that drive"):
        register(with_preset(pair, preset, fixed_landmarks=None, moving_landmarks=None, check_labels=()))


def test_landmarks_that_do_not_determine_a_fit_are_refused(scene, pair):
    on_a_line = np.array([[0.0, 0, 0], [5, 0, 0], [10, 0, 0], [15, 0, 0]])
    points = {"fixed_landmarks": add_points(scene, on_a_line), "moving_landmarks": add_points(scene, on_a_line)}
    nodes_before = scene.GetNumberOfNodes()
    for preset in FITS:
        with pytest.raises(InputError):
            register(with_preset(pair, preset, moving=add_anatomy(scene), check_labels=(), **points))
        nodes_before += 1  # the volume made here
        assert scene.GetNumberOfNodes() == nodes_before
