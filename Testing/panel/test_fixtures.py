"""The fixture fails a test that leaves an exception in a slot behind, and a test that hangs can be ended."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
import pytest

@pytest.mark.timeout(2, func_only=True)
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


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest prints when it runs the three files in a process of its own: starting the bench takes seconds."""
    folder = tmp_path_factory.mktemp("files")
    for name, source in (("conftest", CONFTEST), ("test_slot", SLOT_THAT_RAISES), ("test_loop", LOOP_THAT_HANGS)):
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    (folder / "test_order.py").write_text(ORDER, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "--rootdir", str(folder)]
    done = subprocess.run(
        [*command, str(folder)], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    return done.stdout


def test_an_exception_in_a_slot_fails_the_test(output: str):
    assert "ERROR test_slot.py::test_click" in output
    assert "nobody catches this" in output


def test_a_test_that_hangs_in_an_event_loop_is_ended_by_its_timeout(output: str):
    assert "FAILED test_loop.py::test_wait - Failed: Timeout" in output
    assert "PASSED test_loop.py::test_after" in output


def test_tests_on_the_bench_run_after_those_that_must_not_see_it(output: str):
    assert "PASSED test_order.py::test_on_the_bench" in output
    assert "PASSED test_order.py::test_in_the_library" in output


def test_nothing_else_fails(output: str):
    last = output.splitlines()[-1]
    assert "1 failed, 4 passed" in last
    assert "1 error" in last
