"""The sample data: a phantom pair whose landmarks are true, and which the generic preset with landmarks registers."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import slicer

from ElastixPlusLib import RegistrationRequest, register
from ElastixPlusLib.mrml.landmarks import control_points
from ElastixPlusLib.mrml.volumes import own_grid, voxel_array
from ElastixPlusPanel import sample_data
from ElastixPlusPanel.phantom_pair import PhantomPair, fixed_positions, make_phantom_pair, moving_positions
from phantoms import mapped

LESION = 4  # index of the landmark in its middle
LESION_BRIGHTNESS = {"fixed": (860, 1100), "moving": (60, 200)}


@pytest.fixture(scope="module")
def module_scene():
    scene = slicer.vtkMRMLScene()
    yield scene
    scene.Clear(True)


@pytest.fixture(scope="module")
def pair(module_scene) -> PhantomPair:
    return make_phantom_pair(module_scene)


def distances_mm(one, other):
    return np.linalg.norm(np.asarray(one) - np.asarray(other), axis=1)


def values_at(volume, points_ras):
    """Grey values at the voxels nearest to positions of shape (n, 3)."""
    i, j, k = np.rint(own_grid(volume).indices(points_ras)).astype(int).T
    return voxel_array(volume.GetImageData())[k, j, i].astype(float)


def middle_of_brightness(volume, near_ras, lowest, highest):
    """The mean position of the voxels within 12 mm of a place that have a brightness in a range."""
    voxels = voxel_array(volume.GetImageData())
    k, j, i = np.nonzero((voxels >= lowest) & (voxels <= highest))
    positions = own_grid(volume).positions_ras(np.stack([i, j, k], axis=1))
    return positions[distances_mm(positions, near_ras) < 12.0].mean(axis=0)


def test_the_landmarks_are_eight_with_the_same_labels(pair):
    fixed_labels, _ = control_points(pair.fixed_landmarks)
    moving_labels, _ = control_points(pair.moving_landmarks)
    assert fixed_labels == moving_labels == tuple("12345678")


def test_the_landmarks_follow_the_true_deformation_within_a_thousandth_of_a_millimetre(pair):
    _, fixed = control_points(pair.fixed_landmarks)
    _, moving = control_points(pair.moving_landmarks)
    assert distances_mm(fixed_positions(moving), fixed).max() < 0.001
    assert distances_mm(fixed, moving).mean() > 10.0


def test_the_check_points_follow_the_true_deformation_and_are_no_landmarks(pair):
    assert distances_mm(fixed_positions(pair.check_points_moving_ras), pair.check_points_fixed_ras).max() < 0.001
    _, landmarks = control_points(pair.fixed_landmarks)
    gaps = np.linalg.norm(pair.check_points_fixed_ras[:, None] - landmarks[None], axis=2)
    assert gaps.min() > 3.0


def test_the_volumes_show_the_lesion_within_a_millimetre_of_its_landmark(pair):
    for volume, points, role in (
        (pair.fixed, pair.fixed_landmarks, "fixed"),
        (pair.moving, pair.moving_landmarks, "moving"),
    ):
        _, positions = control_points(points)
        middle = middle_of_brightness(volume, positions[LESION][None], *LESION_BRIGHTNESS[role])
        assert np.linalg.norm(middle - positions[LESION]) < 1.0, role


def test_every_check_point_lies_inside_both_heads(pair):
    assert values_at(pair.fixed, pair.check_points_fixed_ras).min() > 100
    assert values_at(pair.moving, pair.check_points_moving_ras).min() > 60


def test_the_moving_volume_has_the_inverted_contrast_inside_the_skull(pair):
    fixed = values_at(pair.fixed, pair.check_points_fixed_ras)
    moving = values_at(pair.moving, pair.check_points_moving_ras)
    assert np.corrcoef(fixed, moving)[0, 1] < -0.9


def test_the_deformation_is_more_than_a_rotation(pair):
    fixed, moving = pair.check_points_fixed_ras, pair.check_points_moving_ras
    centered_fixed, centered_moving = fixed - fixed.mean(axis=0), moving - moving.mean(axis=0)
    left, _, right = np.linalg.svd(centered_fixed.T @ centered_moving)
    turned = centered_fixed @ left @ right
    degrees = np.degrees(np.arccos((np.trace(left @ right) - 1) / 2))
    assert degrees == pytest.approx(20.0, abs=6.0)  # the bend turns it a little as well
    assert 2.0 < distances_mm(turned, centered_moving).mean() < 6.0


def test_the_same_pair_is_made_each_time(pair, scene):
    again = make_phantom_pair(scene)
    np.testing.assert_array_equal(voxel_array(again.moving.GetImageData()), voxel_array(pair.moving.GetImageData()))
    np.testing.assert_array_equal(again.check_points_moving_ras, pair.check_points_moving_ras)


def test_the_way_there_and_back_ends_where_it_began():
    corners = np.array([[x, y, z] for x in (-95.0, 95.0) for y in (-111.0, 111.0) for z in (-95.0, 95.0)])
    assert distances_mm(fixed_positions(moving_positions(corners)), corners).max() < 1e-6


@pytest.mark.native_engine
@pytest.mark.slow
def test_the_generic_preset_with_landmarks_brings_the_check_points_together(pair, native_engine_path):
    result = register(
        RegistrationRequest(
            fixed=pair.fixed,
            moving=pair.moving,
            fixed_landmarks=pair.fixed_landmarks,
            moving_landmarks=pair.moving_landmarks,
            initial="landmarks",
            engine=native_engine_path,
        )
    )
    before = distances_mm(pair.check_points_fixed_ras, pair.check_points_moving_ras).mean()
    after = distances_mm(mapped(result.transform, pair.check_points_fixed_ras), pair.check_points_moving_ras)
    print(f"check points: {before:.1f} mm before, {after.mean():.2f} mm after, worst {after.max():.2f} mm")
    assert before > 15.0
    assert after.mean() < 1.0  # by intensity alone it is 2.2 mm


class SampleDataLogic:
    """The two functions of Slicer's module that are used, with the arguments that Slicer 5.8 and 5.12 both have."""

    sources: list[SimpleNamespace]

    @classmethod
    def sampleDataSourcesByCategory(cls, category=None):  # noqa: N802
        return [source for source in cls.sources if source.category == category]

    @classmethod
    def registerCustomSampleDataSource(  # noqa: N802
        cls,
        category="Custom",
        sampleName=None,  # noqa: N803
        uris=None,
        fileNames=None,  # noqa: N803
        nodeNames=None,  # noqa: N803
        customDownloader=None,  # noqa: N803
        thumbnailFileName=None,  # noqa: N803
    ):
        assert isinstance(uris, list)
        assert len(uris) == len(fileNames) == len(nodeNames)
        cls.sources.append(
            SimpleNamespace(
                category=category,
                sampleName=sampleName,
                customDownloader=customDownloader,
                thumbnailFileName=thumbnailFileName,
            )
        )


@pytest.fixture
def sample_data_module(monkeypatch) -> type[SampleDataLogic]:
    """A stand-in for the module Sample Data without any data sets."""
    SampleDataLogic.sources = []
    module = ModuleType("SampleData")
    module.SampleDataLogic = SampleDataLogic
    monkeypatch.setitem(sys.modules, "SampleData", module)
    return SampleDataLogic


def test_the_pair_is_offered_once_in_sample_data_with_its_thumbnail(sample_data_module, repository):
    icons = repository / "ElastixPlus" / "Resources" / "Icons"
    sample_data.register_sample_data(icons)
    sample_data.register_sample_data(icons)
    [source] = sample_data_module.sources
    assert source.category == "ElastixPlus"
    assert Path(source.thumbnailFileName).is_file()
    assert source.customDownloader is sample_data.load_phantom_pair


def test_the_button_in_sample_data_adds_the_pair_and_shows_it(scene, monkeypatch):
    shown = {}
    util = ModuleType("slicer.util")
    util.setSliceViewerLayers = lambda **layers: shown.update(layers)
    monkeypatch.setitem(sys.modules, "slicer.util", util)
    monkeypatch.setattr(slicer, "util", util, raising=False)
    monkeypatch.setattr(slicer, "mrmlScene", scene, raising=False)
    sample_data.load_phantom_pair()
    assert shown["background"].GetName() == "Phantom fixed"
    assert shown["foreground"].GetName() == "Phantom moving"
    assert scene.GetNumberOfNodesByClass("vtkMRMLMarkupsFiducialNode") == 2
