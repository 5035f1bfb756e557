"""The ways to run one registration that are measured against each other; each leaves time and peak memory."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pairs import REPOSITORY, Pair

from ElastixPlusLib.elastix.engine import Engine, find_engine
from ElastixPlusLib.elastix.parameter_file import ParameterFile

CALL_SCRIPT = Path(__file__).with_name("timed_call.py")


class Measurement(NamedTuple):
    """Wall time, and peak resident memory of elastix and of the Python process that started it."""

    seconds: float
    child_mib: float
    parent_mib: float


@dataclass(frozen=True)
class PreparedRun:
    """One registration, with the parameter and point files exactly as ElastixPlus gives them to elastix."""

    pair: Pair
    preset: str
    threads: int
    engine: Engine
    folder: Path
    parameter_files: tuple[Path, ...]
    landmarks: tuple[str, ...]

    def elastix_words(self, parameter_files: tuple[Path, ...], output: Path) -> list[str]:
        """The command line of elastix for the pair as the user has it."""
        words = [*self.engine.elastix_command, "-f", str(self.pair.fixed), "-m", str(self.pair.moving), *self.landmarks]
        for path in parameter_files:
            words += ["-p", str(path)]
        return [*words, "-out", str(output), "-threads", str(self.threads)]


def prepared_run(pair: Pair, preset: str, threads: int, folder: Path) -> PreparedRun:
    """Let ElastixPlus make the files once, and keep them for the bare runs."""
    folder.mkdir()
    words = ["--preset", preset, "--workspace", str(folder), "--keep-workspace", "--skip-unusable-landmarks", "--quiet"]
    subprocess.run(cli("register", *pair.options(), *words, "--threads", str(threads)), check=True, env=environment())
    (kept,) = folder.glob("elastixplus-*")
    points = (kept / "fixed_landmarks.txt", kept / "moving_landmarks.txt")
    return PreparedRun(
        pair,
        preset,
        threads,
        find_engine(),
        folder,
        tuple(sorted(kept.glob("parameters.*.txt"))),
        ("-fp", str(points[0]), "-mp", str(points[1])) if points[0].is_file() else (),
    )


def bare_elastix(run: PreparedRun) -> Measurement:
    """elastix by hand, on the same parameter files, without result images."""
    with tempfile.TemporaryDirectory() as output:
        seconds, child_mib = timed(run.elastix_words(run.parameter_files, Path(output)))
    return Measurement(seconds, child_mib, 0.0)


def with_result_images_and_transformix(run: PreparedRun) -> Measurement:
    """The usual pipeline: result images, then transformix for the resampled volume and a displacement field."""
    with tempfile.TemporaryDirectory() as name:
        output, again = Path(name) / "elastix", Path(name) / "transformix"
        output.mkdir()
        again.mkdir()
        files = []
        for path in run.parameter_files:
            files.append(Path(name) / path.name)
            ParameterFile.read(path).with_values("WriteResultImage", "true").write(files[-1])
        first_seconds, first_mib = timed(run.elastix_words(tuple(files), output))
        last = output / f"TransformParameters.{len(files) - 1}.txt"
        assert run.engine.transformix_command is not None
        words = [*run.engine.transformix_command, "-tp", str(last), "-in", str(run.pair.moving), "-def", "all"]
        seconds, mib = timed([*words, "-out", str(again), "-threads", str(run.threads)])
    return Measurement(first_seconds + seconds, max(first_mib, mib), 0.0)


def python_call(run: PreparedRun) -> Measurement:
    """``register()`` on nodes that are loaded, with export, import and output volume."""
    words = [sys.executable, str(CALL_SCRIPT), run.preset, str(run.threads), *run.pair.options()]
    answer = subprocess.run(words, check=True, env=environment(), capture_output=True, text=True)
    return Measurement(**json.loads(answer.stdout.splitlines()[-1]))


def command_line(run: PreparedRun) -> Measurement:
    """``elastixplus register`` from start to end, with both outputs written."""
    with tempfile.TemporaryDirectory() as output:
        words = ["--preset", run.preset, "--threads", str(run.threads), "--skip-unusable-landmarks", "--quiet"]
        words += ["--output-transform", f"{output}/T.h5", "--output-volume", f"{output}/V.nrrd"]
        seconds, mib = timed(cli("register", *run.pair.options(), *words))
    return Measurement(seconds, 0.0, mib)


def help_text() -> Measurement:
    """``elastixplus --help``."""
    seconds, mib = timed(cli("--help"))
    return Measurement(seconds, 0.0, mib)


def cli(*words: str) -> list[str]:
    installed = shutil.which("elastixplus", path=str(Path(sys.executable).parent))
    return [installed, *words] if installed else [sys.executable, "-m", "ElastixPlusLib", *words]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPOSITORY / "ElastixPlus")}


def timed(words: list[str]) -> tuple[float, float]:
    """Wall time and peak resident memory, in MiB, of one process."""
    started = time.perf_counter()
    process = subprocess.Popen(words, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.stderr is not None
    if process.returncode != 0:
        raise RuntimeError(f"{words[0]} ended with {process.returncode}: {process.stderr.read()!r}")
    process.stderr.close()
    return seconds, usage.ru_maxrss / 1024
