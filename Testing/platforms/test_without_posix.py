"""The library works in a Python that has lost what only POSIX has, and is told that it runs on Windows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="plays Windows on POSIX")

PLAYED = Path(__file__).with_name("as_windows.py")
NO_WINDOW_AND_A_GROUP = 0x08000200

REGISTRATION = """
import json, sys
from ElastixPlusLib.cli import main
code = main(["doctor"])
print(json.dumps({"code": code, "calls": CALLS, "taken": taken, "told": told}))
"""

CANCELLED = """
import json, os, sys, tempfile, time
import psutil
from pathlib import Path
from ElastixPlusLib.elastix.process import ElastixProcess
from ElastixPlusLib.elastix.workspace import Workspace

grandchild = "import time; print('ready', flush=True); time.sleep(60)"
child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])"
with Workspace.create() as workspace:
    folder = workspace.folder
    with ElastixProcess([sys.executable, "-c", child], folder, dict(os.environ), workspace.console_log) as process:
        while "ready" not in process.poll():
            time.sleep(0.02)
        family = psutil.Process().children(recursive=True)
        began = time.monotonic()
        process.cancel()
        seconds = time.monotonic() - began
gone, alive = psutil.wait_procs(family, timeout=5)
left = [one for one in alive if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
print(json.dumps({"family": len(family), "left": len(left), "folder": folder.exists(), "seconds": seconds,
                  "calls": CALLS, "cancelled": process.was_cancelled}))
"""


FORBIDDEN = """
import json, os, subprocess, sys

def refused(call):
    try:
        call()
    except (AttributeError, ImportError, ValueError) as error:
        return str(error)

print(json.dumps([
    refused(lambda: os.killpg(os.getpid(), 0)),
    refused(lambda: __import__("fcntl")),
    refused(lambda: subprocess.run([sys.executable, "-c", ""], start_new_session=True)),
]))
"""


def told_by(script: str, room: str = "", **variables: str) -> Any:
    """Run a script as if on Windows, and return the last line that it prints."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | variables
    done = subprocess.run(
        [sys.executable, str(PLAYED), script, room], env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.itk_engine
def test_a_registration_needs_nothing_that_only_posix_has():
    native = shutil.which("elastix")
    told = told_by(REGISTRATION, **({"ELASTIXPLUS_ELASTIX": native} if native else {}))
    assert told["code"] == 0
    assert told["taken"] > 60
    assert told["told"] >= 4
    assert ["flags", NO_WINDOW_AND_A_GROUP] in told["calls"]


def test_a_cancelled_run_ends_the_whole_tree_by_the_means_of_windows():
    told = told_by(CANCELLED, "elastix")
    (words,) = [what for kind, what in told["calls"] if kind == "taskkill"]
    assert words[0] == "/PID"
    assert words[2:] == ["/T", "/F"]
    assert told["family"] >= 2
    assert told["left"] == 0
    assert told["cancelled"]
    assert not told["folder"]


def test_what_is_played_would_find_a_call_of_posix():
    called, imported, asked = told_by(FORBIDDEN, "elastix")
    assert "killpg" in called
    assert "fcntl" in imported
    assert "start_new_session" in asked
