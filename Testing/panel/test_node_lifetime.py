"""A node whose Python observers refer to it does not crash the application once nothing else in Python does."""

from __future__ import annotations

import subprocess
import sys

from conftest import REPOSITORY

SCRIPT = """
import gc, sys
import slicer, vtk
from ElastixPlusPanel.node_lifetime import keep_while_in_scene

scene = slicer.vtkMRMLScene()
seen = []

class Observer:
    def __init__(self, node):
        self.node = node
        node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: seen.append(self.node.GetID()))

def add():
    node = scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode", "x")
    Observer(node)
    if sys.argv[1] == "kept":
        keep_while_in_scene(node)
    return node.GetID()

identifier = add()
gc.collect()
scene.GetNodeByID(identifier).Modified()
assert seen == [identifier], seen
scene.RemoveNode(scene.GetNodeByID(identifier))
assert not scene.HasObserver(scene.NodeRemovedEvent)
gc.collect()
print("alive")
"""


def run(how: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, how],
        env={"PYTHONPATH": str(REPOSITORY / "ElastixPlus")},
        capture_output=True,
        text=True,
    )


def test_a_kept_node_still_tells_its_observers_after_a_garbage_collection():
    answer = run("kept")
    assert (answer.returncode, answer.stdout.strip()) == (0, "alive"), answer.stderr


def test_without_it_the_process_crashes_so_it_is_needed():
    assert run("not kept").returncode != 0, "VTK has learnt it: keep_while_in_scene can go"
