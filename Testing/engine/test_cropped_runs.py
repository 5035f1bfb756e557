"""Cropping changes what elastix gets, not what comes out: positions, the truth, and the whole output volume stay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import vtk

from cli.conftest import QUICK_RIGID
from ElastixPlusLib import RegistrationRequest, register
from ElastixPlusLib.preflight import preflight
from phantoms import (
    add_anatomy,
    add_points,
    add_volume,
    grid_matrix,
    grid_positions,
    mapped,
    random_points_inside,
    rotation_about,
    shift,
    smooth_anatomy,
)

pytestmark = pytest.mark.native_engine

MOVED_BY = shift(4, -3, 5) @ rotation_about((1, 2, 3), 6.0)
DIMENSIONS, SPACING = (72, 70, 68), (2.0, 2.0, 2.0)


def large_anatomy(scene, moved_by=None, name="large"):
    """The imaginary body of 80 mm in the middle of 140 mm."""
    return add_anatomy(scene, DIMENSIONS, SPACING, moved_by=moved_by, name=name)


def box_mask(scene, half_mm=(15.0, 14.0, 16.0), center=(8.0, -6.0, 4.0)):
    """A labelmap of a box of about 1 percent of the volume."""
    positions = grid_positions(DIMENSIONS, grid_matrix(DIMENSIONS, SPACING))
    inside = (np.abs(positions - center) <= half_mm).all(axis=1)
    voxels = inside.reshape(DIMENSIONS[::-1]).astype(np.uint8)
    return add_volume(scene, voxels, grid_matrix(DIMENSIONS, SPACING), "box", "vtkMRMLLabelMapVolumeNode")


def errors_mm(result, places):
    return np.linalg.norm(mapped(result.transform, places) - (places @ MOVED_BY[:3, :3].T + MOVED_BY[:3, 3]), axis=1)


@pytest.fixture
def masked_pair(scene) -> RegistrationRequest:
    return RegistrationRequest(
        large_anatomy(scene, name="fixed"),
        large_anatomy(scene, MOVED_BY, "moving"),
        preset="rigid",
        fixed_mask=box_mask(scene),
        output_volume=True,
        threads=2,
    )


def test_around_a_small_mask_the_result_is_the_same_in_the_world(masked_pair):
    places = np.random.default_rng(2).uniform((-6, -19, -11), (22, 7, 19), (200, 3))
    results = {crop: register(replace(masked_pair, crop=crop)) for crop in ("auto", "none")}
    for result in results.values():
        assert errors_mm(result, places).mean() < 0.5
        assert result.volume.GetImageData().GetDimensions() == DIMENSIONS
    assert preflight(masked_pair).checked.fixed_part.is_cropped
    assert not preflight(replace(masked_pair, crop="none")).checked.fixed_part.is_cropped


def test_a_bending_result_of_a_cropped_run_moves_nothing_far_away(masked_pair):
    result = register(replace(masked_pair, preset="generic"))
    places = np.random.default_rng(2).uniform((-6, -19, -11), (22, 7, 19), (200, 3))
    assert errors_mm(result, places).mean() < 2.0
    assert result.warnings == (), "a mask is not a region of another size"
    far = np.array([[-68.0, -68, -66], [68, 66, 64]])
    assert (errors_mm(result, far) < 4.0).all(), "beyond the grid the rigid stage alone counts"


def test_a_mask_of_one_percent_does_not_starve_the_sampler(scene):
    """A thin shell: it fills less than a tenth of its box, where random sampling gives up."""
    fixed, moving = large_anatomy(scene), large_anatomy(scene, MOVED_BY)
    positions = grid_positions(DIMENSIONS, grid_matrix(DIMENSIONS, SPACING))
    shell = np.abs(np.linalg.norm(positions, axis=1) - 34.0) < 1.2
    assert shell.mean() < 0.02
    voxels = shell.reshape(DIMENSIONS[::-1]).astype(np.uint8)
    mask = add_volume(scene, voxels, grid_matrix(DIMENSIONS, SPACING), "shell", "vtkMRMLLabelMapVolumeNode")
    result = register(RegistrationRequest(fixed, moving, preset="rigid", fixed_mask=mask))
    assert errors_mm(result, positions[shell][::50]).mean() < 1.0


def test_both_volumes_cropped_to_their_overlap_give_the_truth(scene):
    fixed = add_view(scene, center=(0, 0, -30), moved_by=np.eye(4), name="lower half")
    moving = add_view(scene, center=(0, 0, 30), moved_by=MOVED_BY, name="upper half")
    request = RegistrationRequest(fixed, moving, preset="rigid", crop="overlap", output_volume=True)
    checked = preflight(request).checked
    assert checked.fixed_part.is_cropped
    assert checked.moving_part.is_cropped
    result = register(request)
    places = np.random.default_rng(4).uniform((-30, -30, -25), (30, 30, 20), (100, 3))
    assert errors_mm(result, places).mean() < 1.0
    assert result.volume.GetImageData().GetDimensions() == fixed.GetImageData().GetDimensions()


def add_view(scene, center, moved_by, name):
    """The body, larger than usual, seen through a volume of 100 mm that is shifted along its length."""
    dimensions = (50, 50, 56)
    ijk_to_ras = grid_matrix(dimensions, SPACING, center=center)
    inverse = np.linalg.inv(moved_by)
    positions = grid_positions(dimensions, ijk_to_ras) @ inverse[:3, :3].T + inverse[:3, 3]
    voxels = smooth_anatomy(positions, extent_mm=70.0).reshape(dimensions[::-1]).astype(np.int16)
    return add_volume(scene, voxels, ijk_to_ras, name)


def test_a_bent_start_is_exact_where_the_fixed_volume_was_cropped(scene, masked_pair, standing_still):
    """The field that elastix starts from covers the crop only; what comes out holds the start everywhere."""
    plate = vtk.vtkThinPlateSplineTransform()
    plate.SetBasisToR()
    source, target = vtk.vtkPoints(), vtk.vtkPoints()
    random = np.random.default_rng(1)
    for point in random.uniform(-60, 60, (8, 3)):
        source.InsertNextPoint(*point)
        target.InsertNextPoint(*(MOVED_BY[:3, :3] @ point + MOVED_BY[:3, 3] + random.normal(0, 2.0, 3)))
    plate.SetSourceLandmarks(source)
    plate.SetTargetLandmarks(target)
    start = scene.AddNewNodeByClass("vtkMRMLTransformNode", "thin plate")
    start.SetAndObserveTransformFromParent(plate)
    still = {"fixed_mask": masked_pair.fixed_mask, "initial": start, "parameter_files": (standing_still,)}
    result = register(replace(masked_pair, **still, output_volume=None))
    probes = random_points_inside(masked_pair.fixed, 2000)
    assert np.linalg.norm(mapped(result.transform, probes) - mapped(start, probes), axis=1).max() < 1e-3


@pytest.fixture
def standing_still(tmp_path):
    """A rigid stage whose steps have no length."""
    text = QUICK_RIGID.replace("Iterations 100", "Iterations 2").replace("Resolutions 2", "Resolutions 1")
    path = tmp_path / "still.txt"
    path.write_text(text + '(AutomaticParameterEstimation "false")\n(SP_a 0.0)\n(RequiredRatioOfValidSamples 0.01)\n')
    return path


def test_driving_landmarks_far_from_a_small_mask_still_pull(scene, masked_pair):
    corner = np.array([[-50.0, 50, -50], [50, -50, 45], [-45, -40, 50]])
    moving = corner @ MOVED_BY[:3, :3].T + MOVED_BY[:3, 3]
    request = replace(
        masked_pair, fixed_landmarks=add_points(scene, corner), moving_landmarks=add_points(scene, moving)
    )
    checked = preflight(request).checked
    assert (checked.fixed_part.grid.outside_mm(corner) == 0).all()
    assert register(replace(request, landmark_weight="firm")).landmarks.summary("drive").after_mm < 0.5
