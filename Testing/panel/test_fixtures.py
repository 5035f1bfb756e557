"""The fixture fails a test that leaves an exception in a slot behind, and a test that hangs can be ended."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CONFTEST = "from bench.fixtures import *\n"
SLOT_THAT_RAISES = """
def test_click(slicer_bench):
    import qt

    def fail():
        raise ValueError("nobody catches this")

    button = qt.QPushButton("x")
    button.connect("clicked()", fail)
    button.click()
"""
LOOP_THAT_HANGS = """
def test_wait(slicer_bench):
    import qt

    qt.QEventLoop().exec_()

def test_after(slicer_bench):
    import qt

    assert qt.QLabel("x").text == "x"
"""
ORDER = """
def test_on_the_bench(slicer_bench):
    import slicer

    assert slicer.app

def test_in_the_library():
    import slicer

    assert not hasattr(slicer, "app")
"""


def run_pytest(folder: Path, source: str, *arguments: str) -> str:
    """Run one test file in a process of its own and return what pytest prints."""
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (folder / "test_it.py").write_text(source, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), *arguments]
    done = subprocess.run(
        [*command, str(folder)], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    return done.stdout


def test_an_exception_in_a_slot_fails_the_test(tmp_path: Path):
    output = run_pytest(tmp_path, SLOT_THAT_RAISES)
    assert "1 error" in output
    assert "nobody catches this" in output


def test_a_test_that_hangs_in_an_event_loop_is_ended_by_its_timeout(tmp_path: Path):
    output = run_pytest(tmp_path, LOOP_THAT_HANGS, "--timeout", "3", "-o", "timeout_func_only=true")
    assert "1 failed, 1 passed" in output
    assert "Timeout" in output


def test_tests_on_the_bench_run_after_those_that_must_not_see_it(tmp_path: Path):
    assert "2 passed" in run_pytest(tmp_path, ORDER)
