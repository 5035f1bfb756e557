"""However often something is registered, nothing is left of it: no memory, file, thread, process, folder or node."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import pytest

from conftest import REPOSITORY
from endurance.long_use import KINDS, Held, LongUse, held_now

QUICK_ONES = ("with_new_nodes", "in_steps", "landmarks_alone", "checked", "failed")
MEASURED = (*QUICK_ONES, *KINDS, *QUICK_ONES)
FEWEST_OBJECTS_OF_A_LEAK = len(MEASURED)  # one for each run


@pytest.fixture(scope="module")
def before_and_after(tmp_path_factory: pytest.TempPathFactory) -> tuple[Held, Held]:
    """What this process holds when it has done a run of each kind, and nineteen more later."""
    import slicer

    patch = pytest.MonkeyPatch()
    patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))
    scene = slicer.vtkMRMLScene()
    use = LongUse(scene, tmp_path_factory.mktemp("parameters"))
    found = []
    for kinds in (KINDS, MEASURED):
        for kind in kinds:
            getattr(use, kind)()
        found.append(held_now(scene))
    patch.undo()
    return found[0], found[1]


@pytest.mark.native_engine
@pytest.mark.parametrize("what", ["vtk_objects", "nodes", "observers", "files", "threads", "processes", "folders"])
def test_after_many_runs_there_are_no_more(what: str, before_and_after: tuple[Held, Held]):
    before, after = (asdict(held)[what] for held in before_and_after)
    assert after <= before  # what other tests have left may go meanwhile


@pytest.mark.native_engine
def test_no_temporary_folder_is_left(before_and_after: tuple[Held, Held]):
    assert [held.folders for held in before_and_after] == [0, 0]


@pytest.mark.native_engine
def test_after_many_runs_python_holds_no_more_objects(before_and_after: tuple[Held, Held]):
    before, after = before_and_after
    assert after.python_objects - before.python_objects < FEWEST_OBJECTS_OF_A_LEAK


def test_what_is_left_is_seen(scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = held_now(scene)
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    left = [[], node, scene.AddObserver("ModifiedEvent", lambda *_: None)]
    (tmp_path / "elastixplus-left").mkdir()
    with (
        (tmp_path / "open").open("w"),
        subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE),
    ):
        after = held_now(scene)
    more = {name: value - getattr(before, name) for name, value in asdict(after).items()}
    assert more["python_objects"] >= len(left)
    assert more["own_mib"] >= 0
    assert (more["vtk_objects"], more["nodes"], more["folders"], more["processes"]) == (1, 1, 1, 1)
    assert more["files"] == 2  # the file and the pipe
    assert more["observers"] == 1


@pytest.mark.endurance
@pytest.mark.native_engine
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("runs", [("1000", "0"), ("0", "100")], ids=["by register()", "in the panel"])
def test_nothing_grows_in_a_thousand_runs(runs: tuple[str, str]):
    words = [str(REPOSITORY / "benchmarks" / "endurance.py"), "--runs", runs[0], "--panel-runs", runs[1]]
    answer = subprocess.run([sys.executable, *words], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "Nothing has grown." in answer.stdout
