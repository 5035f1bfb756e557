"""Landmarks, masks and a start combine with every kind of parameter file, in the real elastix; what cannot says why.

Each kind is run for a few iterations with landmarks, both masks and a transform to start from. elastix's own table of
iterations then has the mean distance of the landmarks after that start, and its log tells that it has both masks.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ElastixPlusLib import RegistrationRequest, register
from ElastixPlusLib.elastix.landmark_metric import LANDMARK_METRIC, landmark_metric_column
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.errors import LandmarkError, ParameterFileError
from phantoms import add_anatomy, add_linear_transform, add_points, add_volume, grid_matrix, random_points_inside, shift

SIZE, SPACING_MM = (28, 26, 24), (2.5, 2.5, 2.5)
START_MM, LANDMARKS_WANT_MM = np.array([1.0, 2.0, -1.0]), np.array([2.0, 4.0, -2.0])
AFTER_START_MM = float(np.linalg.norm(LANDMARKS_WANT_MM - START_MM))

COMMON = """
(AutomaticTransformInitialization "false")
(AutomaticScalesEstimation "true")
(ResampleInterpolator "FinalBSplineInterpolator")
(Resampler "DefaultResampler")
(NumberOfResolutions 2)
(MaximumNumberOfIterations 3)
(MaximumStepLength 0.5)
(NumberOfSpatialSamples 400)
(NumberOfSamplesForExactGradient 500)
(NewSamplesEveryIteration "true")
"""
USUAL = {
    "Transform": ["EulerTransform"],
    "Optimizer": ["AdaptiveStochasticGradientDescent"],
    "FixedImagePyramid": ["FixedSmoothingImagePyramid"],
    "MovingImagePyramid": ["MovingSmoothingImagePyramid"],
    "Interpolator": ["LinearInterpolator"],
    "ImageSampler": ["RandomCoordinate"],
}
MI, NCC, SQUARES = "AdvancedMattesMutualInformation", "AdvancedNormalizedCorrelation", "AdvancedMeanSquares"
TISSUE, BENDING = "SumSquaredTissueVolumeDifference", "TransformBendingEnergyPenalty"
SPLINE = "(FinalGridSpacingInPhysicalUnits 30)\n"


def file_of(*metrics: str, more: str = "", registration: str = "", **components: str | list[str]) -> str:
    """A parameter file; several metrics are combined unless another registration is named."""
    combined = "MultiMetricMultiResolutionRegistration" if len(metrics) > 1 else "MultiResolutionRegistration"
    named = {**USUAL, **components, "Metric": list(metrics), "Registration": registration or combined}
    lists = {name: [value] if isinstance(value, str) else value for name, value in named.items()}
    lines = (f"({name}" + "".join(f' "{value}"' for value in values) + ")\n" for name, values in lists.items())
    return "".join(lines) + COMMON + more


def twice(name: str) -> list[str]:
    return USUAL[name] * 2


PER_METRIC = {name: twice(name) for name in ("FixedImagePyramid", "MovingImagePyramid", "Interpolator", "ImageSampler")}
KINDS = {
    "mutual information": file_of(MI),
    "squared differences": file_of(SQUARES),
    "tissue volume": file_of(TISSUE),
    "normalized mutual information": file_of("NormalizedMutualInformation"),
    "translation": file_of(MI, Transform="TranslationTransform"),
    "a smoothness penalty": file_of(MI, BENDING, more=SPLINE + "(Metric1Weight 0.1)\n", Transform="BSplineTransform"),
    "weights per resolution": file_of(MI, NCC, more="(Metric0Weight 1 0.5)\n(Metric1Weight 0 1)\n"),
    "relative weights": file_of(MI, NCC, more='(UseRelativeWeights "true")\n(Metric1RelativeWeight 0.5)\n'),
    "a metric that is not always used": file_of(MI, NCC, more='(Metric0Use "false" "true")\n'),
    "components for each metric": file_of(MI, NCC, **PER_METRIC),
    "falling landmark weights": file_of(MI, LANDMARK_METRIC, more="(Metric1Weight 0.05 0.005)\n"),
    "landmarks in the middle": file_of(MI, LANDMARK_METRIC, NCC),
    "a sampler that needs a mask": file_of(MI, ImageSampler="RandomSparseMask"),
    "every voxel": file_of(NCC, ImageSampler="Full"),
    "a grid of samples": file_of(NCC, ImageSampler="Grid"),
    "a spline through the landmarks": file_of(MI, Transform="SplineKernelTransform"),
    "a recursive spline": file_of(MI, more=SPLINE, Transform="RecursiveBSplineTransform"),
}
OPTIMIZERS = (
    *("StandardGradientDescent", "RegularStepGradientDescent", "ConjugateGradient", "QuasiNewtonLBFGS", "Powell"),
    "FiniteDifferenceGradientDescent",
)
KINDS |= {optimizer: file_of(MI, Optimizer=optimizer) for optimizer in OPTIMIZERS}
ONLY_IN_WHEEL = {
    "overlap of labels and one step per parameter": file_of(
        "AdvancedKappaStatistic",
        more='(UseForegroundValue "false")\n',
        Transform="TranslationTransform",
        Optimizer="RSGDEachParameterApart",
    ),
    "a displacement penalty, similarity and an evolution strategy": file_of(
        *(SQUARES, "DisplacementMagnitudePenalty"),
        more="(Metric1Weight 0.01)\n",
        Transform="SimilarityTransform",
        Optimizer="CMAEvolutionStrategy",
    ),
}
# Start at the landmarks themselves, or print only what is left after a step.
WITHOUT_DISTANCE_AFTER_START = (
    *("a spline through the landmarks", "ConjugateGradient", "QuasiNewtonLBFGS", "Powell"),
    *("FiniteDifferenceGradientDescent", "a displacement penalty, similarity and an evolution strategy"),
)


@pytest.fixture
def guided(scene, tmp_path) -> RegistrationRequest:
    """A pair with everything that guides it; the landmarks want half as much again as the start gives."""
    fixed = add_anatomy(scene, SIZE, SPACING_MM, name="fixed")
    moving = add_anatomy(scene, SIZE, SPACING_MM, moved_by=shift(*LANDMARKS_WANT_MM), name="moving")
    inside = np.zeros(SIZE[::-1], dtype=np.uint8)
    inside[2:-2, 2:-2, 2:-2] = 1
    mask = add_volume(scene, inside, grid_matrix(SIZE, SPACING_MM), "mask", "vtkMRMLLabelMapVolumeNode")
    points = random_points_inside(fixed, 8) * 0.5
    start = add_linear_transform(scene, np.linalg.inv(shift(*START_MM)))
    return RegistrationRequest(
        fixed, moving, fixed_landmarks=add_points(scene, points), landmark_weight="balanced", initial=start,
        moving_landmarks=add_points(scene, points + LANDMARKS_WANT_MM), fixed_mask=mask, moving_mask=mask,
        threads=1, seed=1, workspace=tmp_path, keep_workspace=True, despite_findings=True,
    )  # fmt: skip


def with_file(request: RegistrationRequest, text: str) -> RegistrationRequest:
    path = request.workspace / "stage.txt"
    path.write_text(text)
    return replace(request, parameter_files=(path,))


@pytest.mark.native_engine
@pytest.mark.parametrize("kind", KINDS)
def test_landmarks_masks_and_a_start_combine_with(kind, guided):
    require_all_used(guided, kind, KINDS[kind])


@pytest.mark.itk_engine
@pytest.mark.parametrize("kind", ONLY_IN_WHEEL)
def test_landmarks_masks_and_a_start_combine_in_the_wheel_with(kind, guided):
    require_all_used(replace(guided, engine="itk"), kind, ONLY_IN_WHEEL[kind])


def require_all_used(request: RegistrationRequest, kind: str, text: str) -> None:
    result = register(with_file(request, text))
    folder = result.workspace / "result"
    column = landmark_metric_column(ParameterFile.parse(result.parameter_files[0][1]))
    heading, first, *_ = (folder / "IterationInfo.0.R0.txt").read_text().splitlines()
    distance_mm = float(dict(zip(heading.split("\t"), first.split("\t"), strict=True))[column])
    if kind not in WITHOUT_DISTANCE_AFTER_START:
        assert distance_mm == pytest.approx(AFTER_START_MM, abs=0.01)
    log = (folder / "elastix.log").read_text()
    for side in ("Fixed", "Moving"):  # asked for only where elastix has a mask
        assert f'The parameter "Erode{side}Mask", requested' in log


@pytest.mark.native_engine
def test_landmark_weights_of_a_file_are_told_with_what_the_choice_does_to_them(guided):
    text = KINDS["falling landmark weights"]
    for strength, said in (("balanced", "(0.05, 0.005), which is used as it is"), ("firm", "multiplied by 20")):
        result = register(with_file(replace(guided, landmark_weight=strength), text))
        assert any(said in finding.what for finding in result.findings if finding.kind == "own-landmark-weights")
    assert "(Metric1Weight 1.0 0.1)" in result.parameter_files[0][1]


CANNOT = {
    "features": (
        file_of("KNNGraphAlphaMutualInformation", registration="MultiResolutionRegistrationWithFeatures"),
        "uses MultiResolutionRegistrationWithFeatures, which cannot be combined with landmarks",
    ),
    "a preconditioned optimizer": (
        file_of(MI, Optimizer="PreconditionedStochasticGradientDescent"),
        "crashes where landmarks pull",
    ),
    "penalties only": (
        file_of(BENDING, more=SPLINE, Transform="BSplineTransform"),
        "compares no images, so that nothing would hold against the landmarks",
    ),
}


@pytest.mark.native_engine
@pytest.mark.parametrize("kind", CANNOT)
def test_what_landmarks_cannot_pull_in_says_so_before_the_run(kind, guided):
    text, said = CANNOT[kind]
    with pytest.raises(ParameterFileError, match=said) as caught:
        register(with_file(guided, text))
    assert caught.value.fix.changes == {"landmark_weight": 0.0}
    assert caught.value.remedy


@pytest.mark.native_engine
def test_landmarks_that_cannot_pull_still_start_and_measure(guided):
    request = with_file(guided, CANNOT["a preconditioned optimizer"][0])
    result = register(replace(request, landmark_weight=0.0, initial="landmarks"))
    assert LANDMARK_METRIC not in result.parameter_files[0][1]
    assert (result.workspace / "initial_transform.txt").is_file()
    assert result.landmarks.summary("drive").n == 8


@pytest.mark.parametrize("kind", ["falling landmark weights", "a spline through the landmarks"])
def test_a_file_that_lives_on_landmarks_is_refused_without(kind, guided):
    without = replace(guided, fixed_landmarks=None, moving_landmarks=None, initial="none")
    with pytest.raises(LandmarkError, match=r"stage\.txt uses landmarks, but no landmarks drive"):
        register(with_file(without, KINDS[kind]))


@pytest.mark.native_engine
def test_a_sampler_that_needs_a_mask_runs_without_one(guided):
    request = with_file(replace(guided, fixed_mask=None), KINDS["a sampler that needs a mask"])
    assert '(ImageSampler "RandomCoordinate")' in register(request).parameter_files[0][1]
