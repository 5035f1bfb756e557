"""Real failures that depend on the engine, on the stage or on more than one file, and logs that break off."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ElastixPlusLib.elastix.diagnosis import failure
from ElastixPlusLib.elastix.process import ElastixProcess
from failing_runs import (
    FAST_AWAY,
    IMAGE_METRIC,
    LANDMARK_METRIC,
    NATIVE,
    NO_CHANGE,
    SEVERAL,
    TWO,
    TWO_PAIRS,
    WHEEL,
    WITH_LANDMARKS,
    anatomy,
    command_in,
    engine_of,
    failed_run,
    option_of,
    parameters,
    run,
    run_folder,
    write_image,
    write_landmarks,
)

both_engines = pytest.mark.parametrize("engine_name", [NATIVE, WHEEL])
native = pytest.mark.parametrize("engine_name", [NATIVE])
wheel = pytest.mark.parametrize("engine_name", [WHEEL])


@both_engines
def test_where_there_is_no_moving_mask_none_is_mentioned(engine_name: str, tmp_path: Path):
    files = run_folder(tmp_path)
    write_image(files.moving, anatomy(), (500, 0, 0))
    error = failed_run(files, engine_of(engine_name))
    assert "mask" not in error.what + error.remedy


@both_engines
def test_two_pairs_of_volumes_need_two_of_everything(engine_name: str, tmp_path: Path):
    files = run_folder(tmp_path, parameters(Registration=SEVERAL, Metric=TWO["Metric"]))
    error = failed_run(files, engine_of(engine_name), **TWO_PAIRS)
    assert '("number of fixed image pyramids should be >= the number of fixed images")' in error.what
    assert "Name one of each" in error.remedy


@both_engines
def test_three_metrics_need_three_pairs_of_volumes(engine_name: str, tmp_path: Path):
    names = ("Interpolator", "ImageSampler", "FixedImagePyramid", "MovingImagePyramid")
    three = {name: " ".join([parameters().split(f"({name} ")[1].split(")")[0]] * 3) for name in names}
    metrics = f"{IMAGE_METRIC} {IMAGE_METRIC} {LANDMARK_METRIC}"
    files = run_folder(tmp_path, parameters(Registration=SEVERAL, Metric=metrics, **three))
    write_landmarks(files)
    error = failed_run(files, engine_of(engine_name), **TWO_PAIRS)
    assert "more image metrics than there are pairs of volumes" in error.what
    assert "per pair" in error.remedy


@both_engines
@pytest.mark.parametrize("missing", ["fixed_landmarks.txt", "parameters.0.txt", "initial_transform.txt"])
def test_a_file_that_is_gone_is_named(missing: str, engine_name: str, tmp_path: Path):
    files = run_folder(tmp_path, parameters(**WITH_LANDMARKS))
    write_landmarks(files)
    files.initial_transform.write_text(NO_CHANGE)
    engine = engine_of(engine_name)
    command = command_in(files, engine)
    (files.folder / missing).unlink()
    error, status = run(files, command, engine.environment)
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
    error, status = run(files, command_in(files, engine), engine.environment)
    assert status == 0
    assert "adds to the one before it" in error.what
    assert "Compose" in error.remedy


NO_NUMBER_OF_A_LOG = 7_654_321  # a status that no time or count in a real log holds by chance


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
        error = failure(files.console_log, NO_NUMBER_OF_A_LOG)
        assert "without a word on the cause" in error.what, error.what
        assert str(NO_NUMBER_OF_A_LOG) not in error.what + error.remedy
        assert all(words in printed.decode() for words in re.findall(r'is: "(.*)"\.$', error.what))
    files.console_log.write_bytes(printed + b"ERROR: the moon is full\n\nErrors occurred!\n")
    assert failure(files.console_log, NO_NUMBER_OF_A_LOG).what.endswith('Elastix stopped and said: "the moon is full".')
