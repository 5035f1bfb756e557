"""Several pairs of volumes in one run of the real elastix: each is looked at, and masks and landmarks count in all.

The first contrast of the body changes along x only, the second one along y and z only: neither tells alone how the body
has moved, both together do. The second contrast has other voxels and lies under a parent transform of its own.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from ElastixPlusLib import RegistrationRequest, register
from ElastixPlusLib.elastix.command import transformix_points_command
from ElastixPlusLib.elastix.engine import find_engine
from ElastixPlusLib.elastix.point_file import read_mapped_points, write_point_file
from ElastixPlusLib.errors import InputError, ParameterFileError, VolumeError
from ElastixPlusLib.preflight import preflight
from phantoms import (
    add_linear_transform,
    add_points,
    add_volume,
    grid_matrix,
    grid_positions,
    mapped,
    random_points_inside,
    rotation_about,
    shift,
)

ENGINES = [
    pytest.param("auto", marks=pytest.mark.native_engine, id="native"),
    pytest.param("itk", marks=pytest.mark.itk_engine, id="itk"),
]
MOVED_MM = np.array([3.0, -2.0, 2.5])
NEARLY_MM = 0.4

COMBINED = """
(Registration "MultiMetricMultiResolutionRegistration")
(Metric {metrics})
(Transform "{transform}")
(Optimizer "AdaptiveStochasticGradientDescent")
(AutomaticTransformInitialization "false")
(AutomaticScalesEstimation "true")
(FixedImagePyramid "FixedSmoothingImagePyramid")
(MovingImagePyramid "MovingSmoothingImagePyramid")
(Interpolator "LinearInterpolator")
(ImageSampler "RandomCoordinate")
(ResampleInterpolator "FinalBSplineInterpolator")
(Resampler "DefaultResampler")
(NumberOfResolutions 1)
(MaximumNumberOfIterations {iterations})
(NumberOfSpatialSamples 1000)
(NumberOfSamplesForExactGradient 2000)
(NewSamplesEveryIteration "true")
(FinalGridSpacingInPhysicalUnits 40)
"""
NCC, BENDING = '"AdvancedNormalizedCorrelation"', '"TransformBendingEnergyPenalty"'
SHIFT = COMBINED.format(metrics=f"{NCC} {NCC}", transform="TranslationTransform", iterations=80)
SPLINE = COMBINED.format(metrics=f"{NCC} {NCC} {BENDING}", transform="BSplineTransform", iterations=4)
SINGLE = SHIFT.replace("MultiMetricM", "M").replace(f"{NCC} {NCC}", NCC)


def along_x(points):
    return 100 * np.exp(-((points[:, 0] - 5) ** 2) / 200) + 60 * np.exp(-((points[:, 0] + 18) ** 2) / 60)


def along_y_and_z(points):
    y, z = points[:, 1], points[:, 2]
    return 90 * np.exp(-((y + 4) ** 2) / 150) + 90 * np.exp(-((z - 6) ** 2) / 120) + 40 * np.exp(-((y - 15) ** 2) / 50)


def add_contrast(scene, contrast, name, moved_mm=(0, 0, 0), size=(32, 30, 28), spacing_mm=(2.0, 2.0, 2.0), under=None):
    """A view of the body in one contrast, which lies in the world where every other view of it lies.

    :param moved_mm: of the body; one vector, or one for each voxel.
    :param under: matrix of a parent transform that puts the volume back into its place.
    """
    to_world = grid_matrix(size, spacing_mm)
    voxels = contrast(grid_positions(size, to_world) - moved_mm).reshape(size[::-1]).astype(np.float32)
    node = add_volume(scene, voxels, to_world if under is None else np.linalg.inv(under) @ to_world, name)
    if under is not None:
        node.SetAndObserveTransformNodeID(add_linear_transform(scene, under).GetID())
    return node


@pytest.fixture
def two_contrasts(scene, tmp_path) -> RegistrationRequest:
    """Two pairs; a fifth of a second with the native engine."""
    elsewhere = shift(40, -25, 60) @ rotation_about((1, 2, 0.5), 30.0)
    other = {"size": (26, 34, 30), "spacing_mm": (2.4, 1.8, 1.9)}
    path = tmp_path / "shift.txt"
    path.write_text(SHIFT)
    return RegistrationRequest(
        fixed=add_contrast(scene, along_x, "T1 before"),
        moving=add_contrast(scene, along_x, "T1 after", MOVED_MM),
        further_fixed=(add_contrast(scene, along_y_and_z, "T2 before", under=elsewhere, **other),),
        further_moving=(add_contrast(scene, along_y_and_z, "T2 after", MOVED_MM, under=np.linalg.inv(elsewhere)),),
        parameter_files=(path,),
        threads=1,
        seed=1,
    )


def moved_by(result) -> np.ndarray:
    return (mapped(result.transform, np.zeros((1, 3))))[0]


@pytest.mark.native_engine
def test_both_pairs_together_tell_what_the_first_alone_does_not(two_contrasts):
    together = moved_by(register(two_contrasts))
    assert np.linalg.norm(together - MOVED_MM) < NEARLY_MM
    alone = moved_by(register(replace(two_contrasts, further_fixed=(), further_moving=())))
    assert abs(alone[0] - MOVED_MM[0]) < NEARLY_MM
    assert np.abs(alone[1:] - MOVED_MM[1:]).max() > 1.0


@pytest.mark.parametrize("engine", ENGINES)
def test_a_mask_counts_in_every_pair(two_contrasts, engine, scene):
    """The further moving volume shows the upper half of the body at a wrong place; the mask leaves it out."""
    size = (32, 30, 28)
    is_upper = grid_positions(size, grid_matrix(size, (2, 2, 2)))[:, 2:] > 0
    torn_mm = np.where(is_upper, MOVED_MM + np.array([0, 7, 0]), MOVED_MM)
    torn = add_contrast(scene, along_y_and_z, "T2 torn", torn_mm)
    lower = (~is_upper).reshape(size[::-1]).astype(np.uint8)
    mask = add_volume(scene, lower, grid_matrix(size, (2, 2, 2)), "lower half", "vtkMRMLLabelMapVolumeNode")
    request = replace(two_contrasts, further_moving=(torn,), engine=engine, despite_findings=True)
    masked = moved_by(register(replace(request, fixed_mask=mask)))
    assert abs(masked[1] - MOVED_MM[1]) < 2 * NEARLY_MM
    if engine == "auto":
        assert abs(moved_by(register(request))[1] - MOVED_MM[1]) > 2.0


@pytest.mark.parametrize("engine", ENGINES)
def test_landmarks_pull_beside_two_pairs_from_a_start_through_two_stages_that_import_exactly(
    two_contrasts, engine, scene, tmp_path
):
    """The spline has a metric more than the shift, and a stage of a single metric comes before both."""
    paths = [tmp_path / name for name in ("single.txt", "shift.txt", "spline.txt")]
    for path, text in zip(paths, (SINGLE, SHIFT, SPLINE), strict=True):
        path.write_text(text)
    points = random_points_inside(two_contrasts.fixed, 6) * 0.5
    wanted_mm = MOVED_MM + np.array([0, 0, 4])
    request = replace(
        two_contrasts,
        parameter_files=tuple(paths),
        fixed_landmarks=add_points(scene, points),
        moving_landmarks=add_points(scene, points + wanted_mm),
        landmark_weight=20.0,
        initial="landmarks",
        engine=engine,
        workspace=tmp_path,
        keep_workspace=True,
    )
    result = register(request)
    assert result.landmarks.summary("drive").after_mm < 0.5
    assert "2:Metric3" in (result.workspace / "result" / "IterationInfo.1.R0.txt").read_text()
    probes = random_points_inside(two_contrasts.fixed, 500)
    assert np.abs(mapped(result.transform, probes) - by_transformix(result.workspace, engine, probes)).max() < 1e-3
    texts = [text for _, text in result.parameter_files]
    assert all("CorrespondingPointsEuclideanDistanceMetric" in text for text in texts)


def by_transformix(run_folder, engine: str, points_ras: np.ndarray) -> np.ndarray:
    write_point_file(run_folder / "points.txt", points_ras * [-1, -1, 1])
    found = find_engine(engine)
    command = transformix_points_command(found, "result/TransformParameters.2.txt", "points.txt", "result")
    subprocess.run(command, cwd=run_folder, env=dict(found.environment), check=True, capture_output=True)
    return read_mapped_points(run_folder / "result" / "outputpoints.txt") * [-1, -1, 1]


@pytest.mark.native_engine
def test_the_check_counts_the_memory_of_further_pairs_and_does_not_crop(two_contrasts):
    checked = preflight(replace(two_contrasts, crop="overlap")).checked
    assert not checked.fixed_part.is_cropped
    assert [fixed.dimensions for fixed, _ in checked.further_grids] == [(26, 34, 30)]
    assert checked.image_count == 2


@pytest.mark.native_engine
def test_pairs_that_do_not_fit_are_refused_before_the_run(two_contrasts, tmp_path):
    (further,) = two_contrasts.further_moving
    lacking = replace(two_contrasts, further_moving=())
    of_one_volume = replace(two_contrasts, further_moving=two_contrasts.further_fixed)
    of_a_preset = replace(two_contrasts, parameter_files=(), preset="rigid")
    three = replace(two_contrasts, further_fixed=two_contrasts.further_fixed * 2, further_moving=(further,) * 2)
    expected = [
        (lacking, "1 further fixed and 0 further moving"),
        (of_one_volume, "second pair is the same volume twice"),
        (of_a_preset, "compares one pair of volumes, and 2 are given"),
        (three, r"third pair \(T2 before and T2 after\) is given twice"),
    ]
    for request, said in expected:
        with pytest.raises(VolumeError, match=said):
            register(request)
    path = tmp_path / "single.txt"
    path.write_text(SINGLE)
    with pytest.raises(ParameterFileError, match="every stage compares only one"):
        register(replace(two_contrasts, parameter_files=(path,)))


@pytest.mark.native_engine
def test_a_further_volume_that_lies_elsewhere_is_refused_before_the_run(two_contrasts):
    two_contrasts.further_fixed[0].SetAndObserveTransformNodeID(None)  # without it the volume lies far away
    with pytest.raises(InputError, match=re.escape("second fixed volume shows 0 %")):
        register(two_contrasts)


def test_an_output_that_is_a_further_volume_is_refused(two_contrasts):
    with pytest.raises(InputError, match="same as an input"):
        register(replace(two_contrasts, output_volume=two_contrasts.further_moving[0]))


@pytest.mark.native_engine
def test_one_fixed_volume_may_be_compared_with_two_contrasts(two_contrasts):
    request = replace(two_contrasts, further_fixed=(two_contrasts.fixed,))
    assert preflight(request).checked is not None
