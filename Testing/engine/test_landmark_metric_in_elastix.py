"""Every form of parameter file that the landmark overlay writes, run by the real elastix.

The moving volume is the fixed one shifted by 2 mm along x; the landmarks ask for 3 mm along y on top of that. Volumes
that decide alone end 3 mm away from the landmarks, landmarks that pull bring the transform to themselves.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from ElastixPlusLib.elastix.landmark_metric import (
    LANDMARK_METRIC,
    add_landmark_metric,
    landmark_metric_column,
    landmark_metric_index,
)
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.run_parameters import prepare_for_run

pytestmark = pytest.mark.native_engine

IMAGES_WANT = np.array([2.0, 0.0, 0.0])
LANDMARKS_WANT = np.array([2.0, 3.0, 0.0])
STRONG = 1.0
BETWEEN = 1.5  # mm, half of the way from what the images want to what the landmarks want

COMMON = """
(FixedImagePyramid "FixedSmoothingImagePyramid")
(MovingImagePyramid "MovingSmoothingImagePyramid")
(Interpolator "LinearInterpolator")
(ImageSampler "RandomCoordinate")
"""
FEW_ITERATIONS = """
(Transform "TranslationTransform")
(Optimizer "AdaptiveStochasticGradientDescent")
(ResampleInterpolator "FinalBSplineInterpolator")
(Resampler "DefaultResampler")
(AutomaticTransformInitialization "false")
(NumberOfResolutions 2)
(NumberOfSpatialSamples 500)
(NewSamplesEveryIteration "true")
(FixedImageBSplineInterpolationOrder 1)
(MaximumNumberOfIterations 60)
(MaximumStepLength 0.5)
"""
TWO_OF_EACH = """
(FixedImagePyramid "FixedSmoothingImagePyramid" "FixedSmoothingImagePyramid")
(MovingImagePyramid "MovingSmoothingImagePyramid" "MovingSmoothingImagePyramid")
(Interpolator "LinearInterpolator" "LinearInterpolator")
(ImageSampler "RandomCoordinate" "RandomCoordinate")
"""
SINGLE = '(Registration "MultiResolutionRegistration")\n'
SEVERAL = '(Registration "MultiMetricMultiResolutionRegistration")\n'
MI_AND_NCC = '(Metric "AdvancedMattesMutualInformation" "AdvancedNormalizedCorrelation")\n'
POINTS = f'"{LANDMARK_METRIC}"'

FORMS = {
    "mutual information": SINGLE + '(Metric "AdvancedMattesMutualInformation")' + COMMON,
    "correlation": SINGLE + '(Metric "AdvancedNormalizedCorrelation")' + COMMON,
    "mean squares": SINGLE + '(Metric "AdvancedMeanSquares")' + COMMON,
    "no registration named": '(Metric "AdvancedMattesMutualInformation")' + COMMON,
    "one of several metrics": SEVERAL + '(Metric "AdvancedMattesMutualInformation")' + COMMON,
    "two metrics": SEVERAL + MI_AND_NCC + COMMON,
    "weights per resolution": SEVERAL + MI_AND_NCC + "(Metric0Weight 1 0.5)\n(Metric1Weight 0 1)" + COMMON,
    "a component for each metric": SEVERAL + MI_AND_NCC + TWO_OF_EACH,
    "relative weights": SEVERAL + MI_AND_NCC + '(UseRelativeWeights "true")\n' + COMMON,
    "landmarks already there": SEVERAL
    + f'(Metric "AdvancedMattesMutualInformation" {POINTS})\n(Metric0Weight 1)\n(Metric1Weight 0.0)'
    + COMMON,
    "landmarks there but not combined": SINGLE + f'(Metric "AdvancedMattesMutualInformation" {POINTS})' + COMMON,
    "landmarks in the first place": SEVERAL
    + f'(Metric {POINTS} "AdvancedMattesMutualInformation")\n(Metric0Weight 0)\n(Metric1Weight 1)'
    + TWO_OF_EACH,
    "landmarks in the middle": SEVERAL
    + f'(Metric "AdvancedMattesMutualInformation" {POINTS} "AdvancedNormalizedCorrelation")\n(Metric1Use "false")'
    + COMMON,
}


@pytest.fixture(scope="module")
def volumes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("volumes")
    write_volume(folder / "fixed.mha", blobs(shift=np.zeros(3)))
    write_volume(folder / "moving.mha", blobs(shift=IMAGES_WANT))
    points = np.array([[8.0, 9, 10], [20, 10, 15], [12, 20, 9], [18, 17, 20]])
    write_points(folder / "fixed.txt", points)
    write_points(folder / "moving.txt", points + LANDMARKS_WANT)
    return folder


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_strong_landmarks_win_and_landmarks_of_no_weight_change_nothing(form, volumes, tmp_path):
    parameters = ParameterFile.parse(form + FEW_ITERATIONS)
    ignored = run(add_landmark_metric(parameters, 0.0, image_variance=volume_variance()), volumes, tmp_path / "a")
    pulled = run(add_landmark_metric(parameters, STRONG, image_variance=volume_variance()), volumes, tmp_path / "b")
    assert np.linalg.norm(ignored - IMAGES_WANT) < BETWEEN < np.linalg.norm(ignored - LANDMARKS_WANT)
    assert np.linalg.norm(pulled - LANDMARKS_WANT) < 0.3 * np.linalg.norm(ignored - LANDMARKS_WANT)


def test_a_single_metric_counts_as_much_as_without_landmarks(volumes, tmp_path):
    parameters = ParameterFile.parse(FORMS["mutual information"] + FEW_ITERATIONS)
    run(parameters, volumes, tmp_path / "alone")
    run(add_landmark_metric(parameters, 0.0), volumes, tmp_path / "with")
    alone, with_landmarks = (first_iteration(tmp_path / name)["2:Metric"] for name in ("alone", "with"))
    assert with_landmarks == pytest.approx(alone, rel=1e-4)


def test_landmarks_pull_beside_a_penalty_on_a_bspline(volumes, tmp_path):
    penalised = SEVERAL + '(Metric "AdvancedMattesMutualInformation" "TransformBendingEnergyPenalty")' + TWO_OF_EACH
    bspline = FEW_ITERATIONS.replace("TranslationTransform", "BSplineTransform") + "(FinalGridSpacingInVoxels 12)\n"
    parameters = add_landmark_metric(ParameterFile.parse(penalised + bspline), STRONG)
    run(parameters, volumes, tmp_path / "run")
    column = landmark_metric_column(parameters)
    begin, end = rows_of(tmp_path / "run", 0)[0][column], rows_of(tmp_path / "run", 1)[-1][column]
    assert end < 0.3 * begin


def test_the_landmark_column_holds_the_mean_landmark_distance_in_mm(volumes, tmp_path):
    parameters = add_landmark_metric(ParameterFile.parse(FORMS["two metrics"] + FEW_ITERATIONS), 0.0)
    run(parameters, volumes, tmp_path / "run")
    distance = first_iteration(tmp_path / "run")[landmark_metric_column(parameters)]
    assert distance == pytest.approx(np.linalg.norm(LANDMARKS_WANT), abs=0.01)


def test_a_weight_per_resolution_counts_only_in_its_resolution(volumes, tmp_path):
    parameters = ParameterFile.parse(FORMS["mutual information"] + FEW_ITERATIONS)
    early = run(add_landmark_metric(parameters, [STRONG, 0.0]), volumes, tmp_path / "early")
    late = run(add_landmark_metric(parameters, [0.0, STRONG]), volumes, tmp_path / "late")
    assert np.linalg.norm(late - LANDMARKS_WANT) < BETWEEN < np.linalg.norm(early - LANDMARKS_WANT)


def test_the_transform_is_written_with_all_its_digits(volumes, tmp_path):
    run(ParameterFile.parse(FORMS["mutual information"] + FEW_ITERATIONS), volumes, tmp_path / "run")
    text = (tmp_path / "run" / "TransformParameters.0.txt").read_text()
    assert len(re.search(r"\(TransformParameters -?\d+\.(\d+)", text).group(1)) > 10


def run(parameters: ParameterFile, volumes: Path, out: Path) -> np.ndarray:
    """Run elastix and return the translation that it found, in mm."""
    out.mkdir()
    prepare_for_run(parameters, seed=1).write(out / "parameters.txt")
    engine = os.environ.get("ELASTIXPLUS_ELASTIX") or shutil.which("elastix")
    command = [str(engine), "-out", str(out), "-threads", "1", "-p", str(out / "parameters.txt")]
    command += ["-f", str(volumes / "fixed.mha"), "-m", str(volumes / "moving.mha")]
    if landmark_metric_index(parameters) is not None:
        command += ["-fp", str(volumes / "fixed.txt"), "-mp", str(volumes / "moving.txt")]
    finished = subprocess.run(command, capture_output=True, check=False)
    assert finished.returncode == 0, finished.stdout.decode(errors="replace")[-1500:]
    text = (out / "TransformParameters.0.txt").read_text()
    return np.array(re.search(r"\(TransformParameters ([^)]*)\)", text).group(1).split(), dtype=float)


def first_iteration(out: Path) -> dict[str, float]:
    return rows_of(out, level=0)[0]


def rows_of(out: Path, level: int) -> list[dict[str, float]]:
    header, *rows = (out / f"IterationInfo.0.R{level}.txt").read_text().splitlines()
    return [dict(zip(header.split("\t"), map(float, row.split("\t")), strict=True)) for row in rows]


def blobs(shift: np.ndarray) -> np.ndarray:
    random = np.random.default_rng(3)
    grid = np.stack(np.meshgrid(*[np.arange(32.0)] * 3, indexing="ij"), axis=-1)[..., ::-1]
    volume = np.zeros((32, 32, 32))
    for _ in range(12):
        centre, width, height = random.uniform(6, 26, 3), random.uniform(2, 5), random.uniform(50, 200)
        volume += height * np.exp(-((grid - centre - shift) ** 2).sum(-1) / (2 * width**2))
    return volume.astype("<f4")


def volume_variance() -> float:
    return float(blobs(np.zeros(3)).var())


def write_volume(path: Path, volume: np.ndarray) -> None:
    header = (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nDimSize = 32 32 32\n"
        "ElementSpacing = 1 1 1\nOffset = 0 0 0\nElementType = MET_FLOAT\nElementDataFile = LOCAL\n"
    )
    path.write_bytes(header.encode() + volume.tobytes())


def write_points(path: Path, points: np.ndarray) -> None:
    lines = ["point", str(len(points)), *(" ".join(map(repr, map(float, point))) for point in points)]
    path.write_text("\n".join(lines) + "\n")
