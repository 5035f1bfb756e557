"""The host is killed in the middle of a run of the real engines: elastix ends as well, and the run folder goes.

What the guard does and leaves alone besides is in ``faults/test_host_guard.py``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from cli.conftest import QUICK_RIGID
from failing_runs import NATIVE, WHEEL

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the guard is a program for POSIX")

ENDLESS = QUICK_RIGID.replace("Iterations 100", "Iterations 1000000") + '(WriteResultImage "false")\n'
HOST = """
import sys
from pathlib import Path
import slicer
from ElastixPlusLib import RegistrationRequest, register
from phantoms import add_anatomy, shift

runs, parameters, engine = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
scene, tiny = slicer.vtkMRMLScene(), {"dimensions": (16,) * 3, "spacing_mm": (4.0,) * 3}
volumes = add_anatomy(scene, **tiny), add_anatomy(scene, **tiny, moved_by=shift(3, 0, 0))
options = {"engine": engine, "workspace": runs, "threads": 1, "despite_findings": True}
request = RegistrationRequest(*volumes, parameter_files=(parameters,), **options)
register(request, on_progress=lambda event: print("runs", flush=True) if event.iteration == 2 else None)
"""


def processes_in(folder: Path) -> list[psutil.Process]:
    """Processes that run in a folder or below it, or know it as an argument."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            told = [*process.cmdline(), process.cwd()]
            if process.status() != psutil.STATUS_ZOMBIE and any(word.startswith(str(folder)) for word in told):
                found.append(process)
    return found


def happens(what: Callable[[], bool], seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Where run folders are made: a place with a letter that is not ASCII, beside files of somebody else."""
    folder = tmp_path / "Jörg's runs"
    folder.mkdir()
    (folder / "elastixplus-thesis").mkdir()
    (folder / "elastixplus-thesis" / "thesis.txt").write_text("years of work")
    return folder


@pytest.fixture
def host(runs: Path, tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Starts a host; returns when its elastix is at work."""
    hosts: list[subprocess.Popen[str]] = []

    def start(engine: str) -> subprocess.Popen[str]:
        parameters = tmp_path / "endless.txt"
        parameters.write_text(ENDLESS)
        words = [sys.executable, "-c", HOST, str(runs), str(parameters), engine]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        hosts.append(subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True))
        assert hosts[-1].stdout is not None
        assert hosts[-1].stdout.readline() == "runs\n"
        return hosts[-1]

    yield start
    for process in hosts:
        process.kill()
        process.wait()
        process.stdout.close()
    for left in processes_in(runs):
        left.kill()


def run_folders(runs: Path) -> list[Path]:
    return [path for path in runs.iterdir() if path.name != "elastixplus-thesis"]


@pytest.mark.parametrize("engine_name", [NATIVE, WHEEL])
def test_elastix_and_the_run_folder_go_with_a_host_that_is_killed(engine_name: str, host, runs: Path, request):
    engine = "itk" if engine_name == "itk" else str(request.getfixturevalue("native_engine_path"))
    process = host(engine)
    (folder,) = run_folders(runs)
    assert [one for one in processes_in(runs) if one.cwd() == str(folder)], "elastix is at work"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert happens(lambda: not processes_in(runs))
    assert happens(lambda: not run_folders(runs))
    assert (runs / "elastixplus-thesis" / "thesis.txt").read_text() == "years of work"
