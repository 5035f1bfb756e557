"""The real engines made to fail, one way after the other: cause and remedy are those of what was done to them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ElastixPlusLib.elastix.command import elastix_command
from ElastixPlusLib.elastix.diagnosis import failure
from ElastixPlusLib.elastix.engine import Engine
from ElastixPlusLib.elastix.process import ElastixProcess
from ElastixPlusLib.elastix.workspace import Workspace
from failing_runs import (
    IMAGE_METRIC,
    LANDMARK_METRIC,
    NATIVE,
    SEVERAL,
    SIZE,
    WHEEL,
    anatomy,
    box,
    engine_of,
    failed_run,
    inputs_in,
    option_of,
    parameters,
    run,
    run_folder,
    write_image,
    write_points,
)

both_engines = pytest.mark.parametrize("engine_name", [NATIVE, WHEEL])
native = pytest.mark.parametrize("engine_name", [NATIVE])
wheel = pytest.mark.parametrize("engine_name", [WHEEL])

Change = Callable[[Workspace], object]


def given(**changes: str | None) -> Change:
    """Another parameter file."""
    return lambda files: files.parameter_file(0).write_text(parameters(**changes))


def landmarks(fixed: int = 4, moving: int = 4, announced: int | None = None) -> Change:
    """Landmarks for both volumes."""

    def write(files: Workspace) -> None:
        write_points(files.fixed_landmarks, fixed, announced)
        write_points(files.moving_landmarks, moving)

    return write


def moving_at(x_mm: float) -> Change:
    """A moving volume at another place."""
    return lambda files: write_image(files.moving, anatomy(), (x_mm, 0, 0))


def slices(count: int) -> Change:
    """Volumes of a few slices."""

    def write(files: Workspace) -> None:
        write_image(files.fixed, anatomy()[:count])
        write_image(files.moving, anatomy()[:count])

    return write


def command_in(files: Workspace, engine: Engine) -> list[str]:
    return elastix_command(engine, inputs_in(files), 1)


def fixed_mask(voxels: np.ndarray, x_mm: float = 0) -> Change:
    return lambda files: write_image(files.fixed_mask, voxels, (x_mm, 0, 0))


def moving_voxels(voxels: np.ndarray) -> Change:
    return lambda files: write_image(files.moving, voxels)


def text(name: str, content: str) -> Change:
    return lambda files: (files.folder / name).write_text(content)


def sparse_mask() -> np.ndarray:
    """Three spots in three corners."""
    mask = box(0, 0)
    mask[0, 0, 0] = mask[-1, -1, -1] = mask[10, 10, 10] = 1
    return mask


def constant() -> np.ndarray:
    return np.full((SIZE,) * 3, 5, "<f4")


TWO = {name: f"{value} {value}" for name, value in (("Metric", IMAGE_METRIC), ("Interpolator", '"LinearInterpolator"'))}
PYRAMIDS = {
    name: f'"{name.replace("Image", "SmoothingImage")}" ' for name in ("FixedImagePyramid", "MovingImagePyramid")
}
WITH_LANDMARKS = {"Registration": SEVERAL, "Metric": f"{IMAGE_METRIC} {LANDMARK_METRIC}"}
FAST_AWAY = {"AutomaticParameterEstimation": '"false"', "SP_a": "1e5", "MaximumNumberOfIterations": "9"}
ONE_STEP = {"fixed": ("fixed.mha",) * 2, "moving": ("moving.mha",) * 2}
NO_CHANGE = """(Transform "AffineTransform")
(NumberOfParameters 12)
(TransformParameters 1 0 0 0 1 0 0 0 1 0 0 0)
(CenterOfRotationPoint 0 0 0)
(InitialTransformParametersFileName "NoInitialTransform")
(InitialTransformParameterFileName "NoInitialTransform")
"""
HALF_A_TRANSFORM = '(Transform "AffineTransform")\n(NumberOfParameters 12)\n(TransformParameters 1 0 0)\n'

# name: (what is done to a run that would succeed, the cause has to say, the remedy has to say, the fix offered)
FAILURES: dict[str, tuple[list[Change], str, str, str | None]] = {
    # Overlap and masks
    "no overlap": (
        [moving_at(500)],
        "do not overlap: none of 13824 sample points of the fixed volume lies inside the moving volume",
        "starting from landmarks",
        "--initial gravity",
    ),
    "little overlap": ([moving_at(40)], "Only 2287 of 13824", "crop both", "--initial gravity"),
    "steps too large": ([given(**FAST_AWAY)], "moved apart: in iteration 2 only 0 of 500", "rigid stage", None),
    "moving mask eroded away": (
        [
            given(ErodeMask='"true"', ImagePyramidSchedule="4 4 4"),
            lambda files: write_image(files.moving_mask, box(10, 14)),
        ],
        "inside the moving volume and inside its mask",
        "leave out the moving mask",
        "--initial gravity",
    ),
    "sparse mask": ([fixed_mask(sparse_mask())], "mask is too small for random sampling", "Crop", None),
    "sparse mask, samples on voxels": (
        [fixed_mask(sparse_mask()), given(ImageSampler='"Random"')],
        "mask is too small for random sampling",
        "Crop",
        None,
    ),
    "empty mask": ([fixed_mask(box(0, 0))], "it is empty or lies beside", "Check that the mask lies on", None),
    "label 256": ([fixed_mask(box(4, 20, 256, np.uint16))], "it is empty or lies beside", "Check that the mask", None),
    "mask eroded away": (
        [fixed_mask(box(8, 14)), given(ErodeMask='"true"', ImagePyramidSchedule="4 4 4")],
        "was eroded away",
        "declare its edge a region of interest",
        "--mask-edge region",
    ),
    "mask elsewhere": ([fixed_mask(box(4, 20), 500)], "mask lies outside of the volume", "Check that the mask", None),
    "samples from a mask, no mask": (
        [given(ImageSampler='"RandomSparseMask"')],
        "RandomSparseMask",
        "Give a fixed mask",
        None,
    ),
    # Landmarks
    "landmark metric first": (
        [landmarks(), given(Registration=SEVERAL, Metric=f"{LANDMARK_METRIC} {IMAGE_METRIC}")],
        "names the landmark metric first, or alone",
        "Name an image metric first",
        None,
    ),
    "landmark metric alone": (
        [landmarks(), given(Metric=LANDMARK_METRIC)],
        "names the landmark metric first, or alone",
        "weight 0",
        None,
    ),
    "no landmarks": ([given(**WITH_LANDMARKS)], "and none were given", "Give landmarks for both", None),
    "landmarks that do not pair": (
        [landmarks(3, 4), given(**WITH_LANDMARKS)],
        "There are 3 fixed and 4 moving landmarks",
        "counterpart",
        None,
    ),
    "landmark file too short": (
        [landmarks(3, 5, announced=5), given(**WITH_LANDMARKS)],
        "fixed_landmarks.txt holds fewer points",
        "Write the landmarks again",
        None,
    ),
    # Volumes
    "no contrast": ([moving_voxels(constant())], "has no contrast or a single slice", "contrast and several", None),
    "not a number": (
        [moving_voxels(np.full((SIZE,) * 3, np.nan, "<f4"))],
        "values that are no numbers",
        "ordinary range",
        None,
    ),
    "infinite voxels": (
        [moving_voxels(np.where(anatomy() > 20, np.inf, anatomy()).astype("<f4"))],
        "infinite or very large",
        "ordinary range",
        None,
    ),
    "two slices": (
        [slices(2), given(ImagePyramidSchedule=None, NumberOfResolutions="3")],
        "fewer than 4 slices along axis 2",
        "at least 4 voxels",
        None,
    ),
    "regions larger than the volume": (
        [given(UseRandomSampleRegion='"true"', SampleRegionSize="50 50 50")],
        "regions of 50 mm, and the fixed volume measures 48 mm (24 voxels) along axis 0",
        "such as generic",
        "--preset generic",
    ),
    "four dimensions": (
        [lambda files: write_image(files.fixed, np.stack([anatomy(), anatomy()]))],
        "has 4 dimensions",
        "take one volume out",
        None,
    ),
    "no image file": ([text("fixed.mha", "no image at all")], "read the fixed image", "temporary files", None),
    "no mask file": ([text("fixed_mask.mha", "no image at all")], "read the fixed mask", "temporary files", None),
    "volume removed": ([lambda files: files.moving.unlink()], "read the moving image", "temporary files", None),
    # Parameter files and transforms
    "two metrics for one": (
        [given(**TWO)],
        "has 2 metrics, and its Registration takes one",
        '(Registration "MultiMetricMultiResolutionRegistration")',
        None,
    ),
    "interpolators for some metrics": (
        [
            landmarks(),
            given(
                Registration=SEVERAL,
                Metric=f"{IMAGE_METRIC} {IMAGE_METRIC} {LANDMARK_METRIC}",
                Interpolator=TWO["Interpolator"],
            ),
        ],
        '("The NumberOfInterpolators should equal 1 or equal the NumberOfMetrics")',
        "Name one of each",
        None,
    ),
    "pyramids for some interpolators": (
        [landmarks(), given(**WITH_LANDMARKS, **{name: value * 2 for name, value in PYRAMIDS.items()})],
        '("NumberOfMovingImagePyramids can not exceed the NumberOfInterpolators")',
        "Name one of each",
        None,
    ),
    "a component of no engine": (
        [given(Metric='"MattesMutualInformationWithRigidityPenalty"')],
        "No elastix has MattesMutualInformationWithRigidityPenalty any more",
        "another preset",
        "--preset generic",
    ),
    "no transform named": ([given(Transform=None)], "which Transform to use", "(Transform ...)", None),
    "bracket missing": (
        [text("parameters.0.txt", parameters() + "(NumberOfResolutions 2\n")],
        'cannot read: "(NumberOfResolutions 2"',
        "brackets",
        None,
    ),
    "parameter twice": (
        [text("parameters.0.txt", parameters() + "(NumberOfResolutions 2)\n")],
        "NumberOfResolutions stands in the parameter file more than once",
        "Keep one line",
        None,
    ),
    "number that is none": (
        [given(NumberOfResolutions='"two"')],
        'NumberOfResolutions has the value "two"',
        "Correct the value of NumberOfResolutions",
        None,
    ),
    "yes for true": (
        [given(NewSamplesEveryIteration='"yes"')],
        'has the value "yes", and can only be "true" or "false"',
        "NewSamplesEveryIteration",
        None,
    ),
    "grid without spacing": (
        [given(Transform='"BSplineTransform"', FinalGridSpacingInPhysicalUnits="0")],
        "grid with a spacing of 0",
        "larger than 0",
        None,
    ),
    "half a transform to start from": (
        [text("initial_transform.txt", HALF_A_TRANSFORM)],
        "transform to start from is incomplete",
        "Export the initial transform again",
        None,
    ),
    "grid too fine for the memory": (
        [given(Transform='"BSplineTransform"', FinalGridSpacingInPhysicalUnits="0.002")],
        "ran out of memory",
        "Crop the volumes",
        "--crop overlap",
    ),
    # Folders
    "no output folder": ([lambda files: files.result.rmdir()], "did not find its output folder", "temporary", None),
}


@both_engines
@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_put_into_the_words_of_its_cause(name: str, engine_name: str, tmp_path: Path):
    changes, cause, remedy, option = FAILURES[name]
    files = run_folder(tmp_path)
    for change in changes:
        change(files)
    error = failed_run(files, engine_of(engine_name))
    assert cause in error.what
    assert remedy in error.remedy
    assert option_of(error) == option
    assert not error.what.startswith("Stage")


@both_engines
def test_where_there_is_no_moving_mask_none_is_mentioned(engine_name: str, tmp_path: Path):
    files = run_folder(tmp_path)
    moving_at(500)(files)
    error = failed_run(files, engine_of(engine_name))
    assert "mask" not in error.what + error.remedy


@both_engines
def test_two_pairs_of_volumes_need_two_of_everything(engine_name: str, tmp_path: Path):
    files = run_folder(tmp_path, parameters(Registration=SEVERAL, Metric=TWO["Metric"]))
    error = failed_run(files, engine_of(engine_name), **ONE_STEP)
    assert '("number of fixed image pyramids should be >= the number of fixed images")' in error.what
    assert "Name one of each" in error.remedy


@both_engines
def test_three_metrics_need_three_pairs_of_volumes(engine_name: str, tmp_path: Path):
    names = ("Interpolator", "ImageSampler", "FixedImagePyramid", "MovingImagePyramid")
    three = {name: " ".join([parameters().split(f"({name} ")[1].split(")")[0]] * 3) for name in names}
    metrics = f"{IMAGE_METRIC} {IMAGE_METRIC} {LANDMARK_METRIC}"
    files = run_folder(tmp_path, parameters(Registration=SEVERAL, Metric=metrics, **three))
    landmarks()(files)
    error = failed_run(files, engine_of(engine_name), **ONE_STEP)
    assert "more image metrics than there are pairs of volumes" in error.what
    assert "per pair" in error.remedy


@both_engines
@pytest.mark.parametrize("missing", ["fixed_landmarks.txt", "parameters.0.txt", "initial_transform.txt"])
def test_a_file_that_is_gone_is_named(missing: str, engine_name: str, tmp_path: Path):
    files = run_folder(tmp_path, parameters(**WITH_LANDMARKS))
    landmarks()(files)
    files.initial_transform.write_text(NO_CHANGE)
    inputs = inputs_in(files)
    (files.folder / missing).unlink()
    engine = engine_of(engine_name)
    error, status = run(files, elastix_command(engine, inputs, 1), engine.environment)
    assert status != 0
    assert f"did not find the file {missing}" in error.what
    assert "removes files" in error.remedy


@both_engines
def test_the_stage_that_failed_is_named_and_only_its_text_counts(engine_name: str, tmp_path: Path):
    """The first stage complains of its output, which is no failure; the second one fails."""
    add = {"HowToCombineTransforms": '"Add"', "WriteITKCompositeTransform": '"true"'}
    add["ITKTransformOutputFileNameExtension"] = '"h5"'
    files = run_folder(tmp_path, parameters(), parameters(**add), parameters(**FAST_AWAY))
    error = failed_run(files, engine_of(engine_name))
    assert error.what.startswith("Stage 3: The volumes moved apart")


@both_engines
def test_a_component_that_this_engine_lacks_leads_to_the_other_engine(engine_name: str, tmp_path: Path):
    files = run_folder(tmp_path, parameters(Transform='"MadeUpTransform"'))
    error = failed_run(files, engine_of(engine_name))
    assert "This elastix has no MadeUpTransform" in error.what
    is_wheel = engine_name == "itk"
    assert ("such as an elastix executable" if is_wheel else "such as itk-elastix") in error.remedy
    assert option_of(error) == (None if is_wheel else "--engine itk")


@native
@pytest.mark.parametrize(
    ("role", "component"),
    [
        ("Interpolator", "RayCastInterpolator"),
        ("ResampleInterpolator", "FinalLinearInterpolator"),
        ("Metric", "AdvancedKappaStatistic"),
        ("Transform", "SimilarityTransform"),
        ("Optimizer", "Simplex"),
    ],
)
def test_components_that_a_small_build_leaves_out_are_named(
    role: str, component: str, engine_name: str, tmp_path: Path
):
    engine = engine_of(engine_name)
    if engine.capabilities.similarity_transform:
        pytest.skip(f"elastix {engine.version} is no small build")
    error = failed_run(run_folder(tmp_path, parameters(**{role: f'"{component}"'})), engine)
    assert f"This elastix has no {component}" in error.what
    assert option_of(error) == "--engine itk"


@wheel
def test_rays_without_a_camera_are_explained(engine_name: str, tmp_path: Path):
    files = run_folder(tmp_path, parameters(Interpolator='"RayCastInterpolator"'))
    error = failed_run(files, engine_of(engine_name))
    assert "without saying where the camera stands" in error.what
    assert option_of(error) == "--preset generic"


@native
def test_a_parameter_file_for_slices_is_told_from_the_volumes(engine_name: str, tmp_path: Path):
    files = run_folder(tmp_path, parameters(FixedImageDimension="2", MovingImageDimension="2"))
    error = failed_run(files, engine_of(engine_name))
    assert "for images of 2 dimensions, and the fixed volume has 3" in error.what
    assert "Remove FixedImageDimension" in error.remedy


@both_engines
def test_a_negative_number_is_found_in_the_parameter_file(engine_name: str, tmp_path: Path):
    error = failed_run(run_folder(tmp_path, parameters(NumberOfSpatialSamples="-5")), engine_of(engine_name))
    assert "negative" in error.what or 'has the value "-5"' in error.what
    assert "parameter file" in error.remedy


@native
def test_a_space_in_the_output_folder_is_what_old_versions_stumble_over(engine_name: str, tmp_path: Path):
    engine = engine_of(engine_name)
    if engine.capabilities.space_in_output_path:
        pytest.skip(f"elastix {engine.version} can do it")
    files = run_folder(tmp_path)
    (files.folder / "a place").mkdir()
    error = failed_run(files, engine, output="a place")
    assert "misread spaces" in error.what
    assert "plain letters" in error.remedy
    assert error.exit_status == 254


@wheel
def test_a_transform_that_is_no_composite_is_explained_although_the_run_ended_well(engine_name: str, tmp_path: Path):
    add = {"HowToCombineTransforms": '"Add"', "WriteITKCompositeTransform": '"true"'}
    files = run_folder(tmp_path, parameters(), parameters(**add, ITKTransformOutputFileNameExtension='"h5"'))
    engine = engine_of(engine_name)
    error, status = run(files, elastix_command(engine, inputs_in(files), 1), engine.environment)
    assert status == 0
    assert "adds to the one before it" in error.what
    assert "Compose" in error.remedy


@both_engines
def test_a_real_log_that_breaks_off_anywhere_is_quoted_and_never_ends_in_a_bare_status(
    engine_name: str, tmp_path: Path
):
    files, engine = run_folder(tmp_path, parameters(), parameters()), engine_of(engine_name)
    with ElastixProcess(command_in(files, engine), files.folder, engine.environment, files.console_log) as process:
        assert process.wait(timeout=60) == 0
    lines = files.console_log.read_bytes().splitlines(keepends=True)
    for count in range(len(lines) + 1):
        printed = b"".join(lines[:count])
        files.console_log.write_bytes(printed)
        error = failure(files.console_log, 77)
        assert "without a word on the cause" in error.what, error.what
        assert "77" not in error.what + error.remedy
        assert all(words in printed.decode() for words in re.findall(r'is: "(.*)"\.$', error.what))
    files.console_log.write_bytes(printed + b"ERROR: the moon is full\n\nErrors occurred!\n")
    assert failure(files.console_log, 77).what.endswith('Elastix stopped and said: "the moon is full".')
