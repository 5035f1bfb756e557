"""The real engines without memory, without disk, killed: cause and remedy name that."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ElastixPlusLib.elastix.command import transformix_field_command
from ElastixPlusLib.elastix.diagnosis import failure
from ElastixPlusLib.elastix.engine import Engine
from ElastixPlusLib.elastix.process import ElastixProcess
from ElastixPlusLib.elastix.workspace import Workspace
from ElastixPlusLib.errors import ElastixFailedError
from failing_runs import (
    NATIVE,
    WHEEL,
    command_in,
    engine_of,
    option_of,
    parameters,
    run,
    run_folder,
    write_image,
)

both_engines = pytest.mark.parametrize("engine_name", [NATIVE, WHEEL])
native = pytest.mark.parametrize("engine_name", [NATIVE])
wheel = pytest.mark.parametrize("engine_name", [WHEEL])
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs the ways of Linux")
posix_only = pytest.mark.skipif(os.name == "nt", reason="needs signals or permissions of POSIX")

LIMITED = """import os, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]) << 20,) * 2)
os.execvp(sys.argv[2], sys.argv[2:])
"""
# More than any address space: 40,000 voxels along each axis of 12 bytes are 768 TB.
TOO_LARGE = 40_000
WITH_A_RESULT = parameters(WriteResultImage='"true"')
# The identity on the grid of the small volumes, or on one that no memory holds.
TRANSFORM = """(Transform "AffineTransform")
(NumberOfParameters 12)
(TransformParameters 1 0 0 0 1 0 0 0 1 0 0 0)
(CenterOfRotationPoint 0 0 0)
(InitialTransformParametersFileName "NoInitialTransform")
(InitialTransformParameterFileName "NoInitialTransform")
(HowToCombineTransforms "Compose")
(Size {size} {size} {size})
(Spacing 1 1 1)
(Index 0 0 0)
(Origin 0 0 0)
(Direction 1 0 0 0 1 0 0 0 1)
(FixedImageDimension 3)
(MovingImageDimension 3)
(FixedInternalImagePixelType "float")
(MovingInternalImagePixelType "float")
(UseDirectionCosines "true")
(ResampleInterpolator "FinalBSplineInterpolator")
(FinalBSplineInterpolationOrder 3)
(Resampler "DefaultResampler")
(ResultImageFormat "mha")
"""


def run_with_little_memory(files: Workspace, engine: Engine, megabytes: int) -> tuple[ElastixFailedError, int]:
    """Run the engine; numpy would otherwise need memory for every core of the machine."""
    command = [sys.executable, "-c", LIMITED, str(megabytes), *command_in(files, engine)]
    return run(files, command, {**engine.environment, "OPENBLAS_NUM_THREADS": "1"})


def always_full(path: Path) -> None:
    """Put a device without room where elastix will write."""
    path.symlink_to("/dev/full")


# Memory


@linux_only
@both_engines
def test_too_little_memory_is_the_cause_and_cropping_the_fix(engine_name: str, tmp_path: Path):
    files, engine = run_folder(tmp_path), engine_of(engine_name)
    noise = np.random.default_rng(0).normal(size=(160,) * 3).astype("<f4")
    write_image(files.fixed, noise)
    write_image(files.moving, noise)
    error, status = run_with_little_memory(files, engine, 450 if engine_name == "itk" else 150)
    assert status != 0
    assert error.what == "Elastix ran out of memory."
    assert "Crop the volumes" in error.remedy
    assert option_of(error) == "--crop overlap"


@linux_only
@both_engines
def test_memory_too_small_to_load_the_libraries_is_no_missing_library(engine_name: str, tmp_path: Path):
    files, engine = run_folder(tmp_path), engine_of(engine_name)
    error, status = run_with_little_memory(files, engine, 250 if engine_name == "itk" else 80)
    assert status != 0
    assert error.what == "Elastix ran out of memory."


@linux_only
@both_engines
def test_a_field_larger_than_the_memory_is_explained_whatever_transformix_ends_with(engine_name: str, tmp_path: Path):
    files, engine = run_folder(tmp_path), engine_of(engine_name)
    files.initial_transform.write_text(TRANSFORM.format(size=TOO_LARGE))
    command = transformix_field_command(engine, files.initial_transform.name, "result", 1)
    error, _ = run(files, command, engine.environment)
    assert error.what == "Elastix ran out of memory."
    assert not files.displacement_field.exists()


# Disk


@linux_only
@both_engines
def test_a_disk_that_fills_up_is_the_cause_although_elastix_ends_well(engine_name: str, tmp_path: Path):
    files, engine = run_folder(tmp_path, WITH_A_RESULT), engine_of(engine_name)
    always_full(files.result / "result.0.mha")
    error, status = run(files, command_in(files, engine), engine.environment)
    assert status == 0
    assert "the disk is full" in error.what
    assert "enough room" in error.remedy


@linux_only
@both_engines
def test_a_transform_that_found_no_room_is_explained_although_nothing_was_said(engine_name: str, tmp_path: Path):
    files, engine = run_folder(tmp_path), engine_of(engine_name)
    always_full(files.transform_parameters(0))
    error, status = run(files, command_in(files, engine), engine.environment)
    assert status == 0
    assert "its result is missing or incomplete" in error.what
    assert "enough room" in error.remedy


@linux_only
@both_engines
def test_a_field_that_found_no_room_is_explained(engine_name: str, tmp_path: Path):
    files, engine = run_folder(tmp_path), engine_of(engine_name)
    files.initial_transform.write_text(TRANSFORM.format(size=8))
    always_full(files.displacement_field)
    command = transformix_field_command(engine, files.initial_transform.name, "result", 1)
    error, _ = run(files, command, engine.environment)
    assert "the disk is full" in error.what


@linux_only
@native
def test_a_file_larger_than_allowed_is_explained(engine_name: str, tmp_path: Path):
    files, engine = run_folder(tmp_path, WITH_A_RESULT), engine_of(engine_name)
    command = ["/bin/sh", "-c", 'trap - XFSZ; ulimit -f 8; exec "$@"', "sh", *command_in(files, engine)]
    error, _ = run(files, command, engine.environment)
    assert "could not write its files" in error.what or "larger than the system allows" in error.what
    assert "enough room" in error.remedy


@linux_only
@native
def test_a_folder_that_cannot_be_written_is_explained(engine_name: str, tmp_path: Path):
    files, engine = run_folder(tmp_path), engine_of(engine_name)
    files.result.rmdir()
    files.result.symlink_to("/proc/sys")  # where not even root can write
    error, status = run(files, command_in(files, engine), engine.environment)
    assert status != 0
    assert error.what == "Elastix could not write to its output folder."


# Killed


def killed_run(files: Workspace, engine: Engine, number: int, after: str) -> ElastixFailedError:
    """Send a signal to the real engine when it has printed a certain line."""
    with ElastixProcess(command_in(files, engine), files.folder, engine.environment, files.console_log) as process:
        deadline = time.monotonic() + 60
        while not any(after in line for line in process.poll()) and time.monotonic() < deadline:
            time.sleep(0.005)
        assert process._process is not None
        os.kill(process._process.pid, number)
        status = process.wait(timeout=20)
    assert status == -number
    return failure(files.console_log, status)


LONG = parameters(MaximumNumberOfIterations="100000000")
KILLED = [
    ("SIGKILL", "memory was full", "Crop the volumes", "--crop overlap"),
    ("SIGSEGV", "crashed while it compared the volumes", "contrast", None),
    ("SIGABRT", "gave up (SIGABRT)", "choose another one", "other engine"),
    ("SIGTERM", "ended from outside", "Start the registration again", None),
    ("SIGINT", "ended from outside", "Start the registration again", None),
    ("SIGBUS", "crashed while it compared the volumes", "contrast", None),
    ("SIGFPE", "divided by zero", "contrast", None),
    ("SIGILL", "instructions that this processor does not have", "choose another one", "other engine"),
    ("SIGXCPU", "more computing time than the system allows", "quicker preset", None),
]


@posix_only
@native
@pytest.mark.parametrize(("name", "cause", "remedy", "option"), KILLED)
def test_a_signal_is_put_into_words(
    name: str, cause: str, remedy: str, option: str | None, engine_name: str, tmp_path: Path
):
    files = run_folder(tmp_path, LONG)
    error = killed_run(files, engine_of(engine_name), getattr(signal, name), after="1:ItNr")
    assert cause in error.what
    assert remedy in error.remedy
    assert option_of(error) == ("--engine itk" if option == "other engine" else option)


@posix_only
@wheel
@pytest.mark.parametrize(("name", "cause", "remedy", "option"), [KILLED[0], KILLED[2]])
def test_a_signal_to_the_wheel_is_put_into_words(
    name: str, cause: str, remedy: str, option: str | None, engine_name: str, tmp_path: Path
):
    files = run_folder(tmp_path, LONG)
    error = killed_run(files, engine_of(engine_name), getattr(signal, name), after="1:ItNr")
    assert cause in error.what
    assert remedy in error.remedy
    assert option_of(error) == (None if option == "other engine" else option)


@posix_only
@wheel
def test_a_crash_before_the_volumes_are_read_points_to_libraries(engine_name: str, tmp_path: Path):
    error = killed_run(run_folder(tmp_path, LONG), engine_of(engine_name), signal.SIGSEGV, after="is started at")
    assert "crashed before it had read the volumes" in error.what
    assert "search path" in error.remedy


@posix_only
@native
def test_a_crash_after_everything_was_done_is_told_from_one_before(engine_name: str, tmp_path: Path):
    files, engine = run_folder(tmp_path), engine_of(engine_name)
    command = ["/bin/sh", "-c", '"$@"; kill -SEGV $$', "sh", *command_in(files, engine)]
    error, status = run(files, command, engine.environment)
    assert status == -signal.SIGSEGV
    assert "crashed when it had already finished" in error.what
    assert option_of(error) == "--engine itk"


@posix_only
@wheel
def test_a_crash_of_the_wheel_when_it_unloads_is_told_from_one_before(engine_name: str, tmp_path: Path):
    files, engine = run_folder(tmp_path), engine_of(engine_name)
    code = "import atexit, os\natexit.register(lambda: os.kill(os.getpid(), 11))\n"
    (files.folder / "sitecustomize.py").write_text(code)
    places = os.pathsep.join([str(files.folder), engine.environment["PYTHONPATH"]])
    error, status = run(files, command_in(files, engine), {**engine.environment, "PYTHONPATH": places})
    assert status == -signal.SIGSEGV
    assert "crashed when it had already finished" in error.what
