"""Cancelling: the child, all that it started, within a second, and never anything else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ElastixPlusLib.elastix.engine import find_engine
from ElastixPlusLib.elastix.process import ElastixProcess
from ElastixPlusLib.elastix.process_tree import end_tree, start_options

posix_only = pytest.mark.skipif(os.name == "nt", reason="counts processes with POSIX signals")

# Prints its own process id and that of a child of its own, then neither prints anything more.
SILENT_PARENT = """
import os, signal, subprocess, sys, time
{before}
child = subprocess.Popen([sys.executable, "-c", {child!r}], stdout=subprocess.PIPE)
child.stdout.readline()
print(os.getpid(), child.pid, flush=True)
{after}
"""
SILENT_CHILD = "import time; print(flush=True); time.sleep(60)"
STUBBORN_CHILD = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"


def lives(process_id: int) -> bool:
    """Whether a process runs; one that has ended and waits to be collected does not count."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process_id}/stat")
    return not (status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] == "Z")


def all_end(process_ids: list[int], within_seconds: float) -> bool:
    deadline = time.monotonic() + within_seconds
    while any(map(lives, process_ids)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def first_line(process: ElastixProcess) -> str:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if lines := process.poll():
            return lines[0]
        time.sleep(0.01)
    raise AssertionError("the child printed nothing")


@pytest.fixture
def family(tmp_path: Path) -> Callable[..., tuple[ElastixProcess, list[int]]]:
    """Starts a silent child with a silent child of its own; gives the process and both ids."""

    def start(child: str = SILENT_CHILD, before: str = "", after: str = "time.sleep(60)"):
        code = SILENT_PARENT.format(child=child, before=before, after=after)
        process = ElastixProcess([sys.executable, "-c", code], tmp_path, dict(os.environ), tmp_path / "console.txt")
        process.start()
        return process, [int(word) for word in first_line(process).split()]

    return start


@posix_only
@pytest.mark.parametrize(
    ("child", "before"),
    [
        (SILENT_CHILD, ""),
        (STUBBORN_CHILD, ""),
        (STUBBORN_CHILD, "signal.signal(signal.SIGTERM, signal.SIG_IGN)"),
    ],
    ids=["both obey", "the grandchild ignores the signal", "both ignore the signal"],
)
def test_a_silent_family_is_gone_within_a_second(family, child: str, before: str):
    process, members = family(child, before)
    started = time.monotonic()
    process.cancel()
    assert all_end(members, 1.0 - (time.monotonic() - started))
    assert time.monotonic() - started < 1.0
    assert process.was_cancelled
    assert not process.is_running
    assert process.exit_status != 0


@posix_only
def test_an_exception_while_waiting_leaves_no_process(family):
    process, members = family(after="time.sleep(0.5); print('a line', flush=True); time.sleep(60)")

    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        process.wait(on_line=interrupted, timeout=10)
    assert all_end(members, 0.5)


@posix_only
def test_leaving_the_context_leaves_no_process(family):
    process, members = family()
    with pytest.raises(ValueError, match="elsewhere"), process:
        raise ValueError("a mistake elsewhere")
    assert all_end(members, 0.5)


@posix_only
def test_a_grandchild_that_outlives_the_child_does_not_keep_the_run_open(family):
    process, members = family(STUBBORN_CHILD, after="os._exit(5)")
    started = time.monotonic()
    assert process.wait(timeout=10) == 5
    assert time.monotonic() - started < 3
    process.close()
    assert all_end(members, 1.0)


@posix_only
def test_a_grandchild_with_the_pipe_open_is_ended_on_closing(tmp_path: Path):
    code = (
        "import os, subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True)\nos._exit(0)\n"
    )
    process = ElastixProcess([sys.executable, "-c", code], tmp_path, dict(os.environ), tmp_path / "console.txt")
    with process:
        grandchild = int(first_line(process))
        assert process.wait(timeout=10) == 0
    assert all_end([grandchild], 1.0)
    assert not process.was_cancelled


@posix_only
def test_cancelling_does_not_touch_the_processes_of_others(family):
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        process, _ = family()
        process.cancel()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_cancel_after_the_end_changes_nothing(tmp_path: Path):
    process = ElastixProcess([sys.executable, "-c", ""], tmp_path, dict(os.environ), tmp_path / "console.txt")
    with process:
        assert process.wait(timeout=20) == 0
        process.cancel()
        process.cancel()
    assert process.exit_status == 0
    assert not process.was_cancelled


class FakeWindowsProcess:
    """A child as Windows has it: no groups, no signals."""

    pid = 4711

    def __init__(self) -> None:
        self.was_killed = False

    def poll(self) -> int | None:
        return 1 if self.was_killed else None

    def kill(self) -> None:
        self.was_killed = True


def test_on_windows_the_tree_is_ended_by_the_taskkill_of_the_system():
    calls: list[list[str]] = []
    process = FakeWindowsProcess()
    end_tree(
        process,  # type: ignore[arg-type]
        windows=True,
        environment={"SystemRoot": r"D:\Windows"},
        run=lambda command, **_: calls.append(command),
    )
    assert calls == [[r"D:\Windows\System32\taskkill.exe", "/PID", "4711", "/T", "/F"]]
    assert process.was_killed


@pytest.mark.parametrize("trouble", [FileNotFoundError(2, "none"), subprocess.TimeoutExpired("taskkill", 1)])
def test_on_windows_the_child_is_ended_even_without_taskkill(trouble: Exception):
    def fails(*_: object, **__: object) -> None:
        raise trouble

    process = FakeWindowsProcess()
    end_tree(process, windows=True, environment={}, run=fails)  # type: ignore[arg-type]
    assert process.was_killed


def test_on_windows_the_child_has_a_group_of_its_own_and_no_window():
    assert start_options(windows=True) == {"creationflags": 0x00000200 | 0x08000000}


def write_noise(path: Path) -> None:
    """Write a volume as MetaImage."""
    header = (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nDimSize = 48 48 48\n"
        "ElementSpacing = 1 1 1\nElementType = MET_FLOAT\nElementDataFile = LOCAL\n"
    )
    voxels = np.random.default_rng(0).normal(size=(48, 48, 48)).astype("<f4")
    path.write_bytes(header.encode() + voxels.tobytes())


ENDLESS = """(Registration "MultiResolutionRegistration")
(Metric "AdvancedMeanSquares")
(Transform "TranslationTransform")
(Optimizer "StandardGradientDescent")
(FixedImagePyramid "FixedSmoothingImagePyramid")
(MovingImagePyramid "MovingSmoothingImagePyramid")
(Interpolator "LinearInterpolator")
(ResampleInterpolator "FinalBSplineInterpolator")
(Resampler "DefaultResampler")
(ImageSampler "Full")
(NumberOfResolutions 1)
(MaximumNumberOfIterations 100000)
(SP_a 0.0)
(WriteResultImage "false")
"""


@pytest.mark.parametrize(
    "choice",
    [pytest.param("native", marks=pytest.mark.native_engine), pytest.param("itk", marks=pytest.mark.itk_engine)],
)
def test_a_real_run_is_gone_within_a_second(tmp_path: Path, choice: str):
    engine = find_engine("itk" if choice == "itk" else os.environ.get("ELASTIXPLUS_ELASTIX") or "elastix")
    write_noise(tmp_path / "volume.mha")
    (tmp_path / "endless.txt").write_text(ENDLESS)
    words = "-f volume.mha -m volume.mha -p endless.txt -out . -threads 1".split()
    process = ElastixProcess([*engine.elastix_command, *words], tmp_path, engine.environment, tmp_path / "console.txt")
    seen: list[str] = []
    with process:
        deadline = time.monotonic() + 30
        while not any(line.startswith("2\t") for line in seen) and time.monotonic() < deadline:
            seen += process.poll()
            time.sleep(0.01)
        assert process.is_running, seen[-5:]
        started = time.monotonic()
        process.cancel()
        assert time.monotonic() - started < 1.0
    assert not process.is_running
