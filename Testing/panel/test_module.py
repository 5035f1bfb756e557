"""The module as the application sees it: opening, help, reload, its own test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import REPOSITORY
from panel.conftest import Pair

OPENING = """
import sys, tempfile, time
from pathlib import Path
import bench
bench.start(Path(tempfile.mkdtemp()))
def open_module():
    before = time.perf_counter()
    gui = bench.load_module(Path(sys.argv[1])).widgetRepresentation()
    gui.enter()
    print(time.perf_counter() - before)
bench.run(open_module)
print(*sys.modules)
"""
HEAVY = {
    "itk",
    "matplotlib",
    "scipy",
    "SimpleITK",
    "rich",
    "ElastixPlusLib.registration",
    "ElastixPlusLib.elastix.process",
}


def test_opening_the_module_loads_nothing_that_only_a_registration_needs(started_bench: Any, capsys: Any):
    surroundings = {"PYTHONPATH": f"{REPOSITORY / 'Testing'}", "QT_QPA_PLATFORM": "offscreen", "HOME": "."}
    answer = subprocess.run(
        [sys.executable, "-c", OPENING, str(REPOSITORY / "ElastixPlus" / "ElastixPlus.py")],
        env=surroundings,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, modules = answer.stdout.strip().splitlines()
    assert HEAVY & set(modules.split()) == set()
    with capsys.disabled():
        print(f"\n  opening the module: {float(seconds):.2f} s")


def test_the_module_says_what_it_is(loaded_module: Any):
    assert loaded_module.title == "ElastixPlus"
    assert loaded_module.categories == ("Registration",)
    assert "registerVolumes" in loaded_module.helpText
    assert "doi.org/10.1109/TMI.2009.2035616" in loaded_module.acknowledgementText
    assert not loaded_module.icon.isNull()


@pytest.mark.native_engine
def test_the_test_of_the_module_passes_as_reload_and_test_runs_it(slicer_bench: Any, panel: Any):
    import slicer

    panel.onReload()
    slicer.selfTests["ElastixPlus"](msec=0)


def test_reload_brings_a_panel_that_shows_the_same_choices(panel: Any, pair: Pair):
    import slicer

    panel.ui.fixedVolumeSelector.setCurrentNode(pair.fixed)
    panel.ui.strengthComboBox.currentIndex = panel.ui.strengthComboBox.findText("firm")
    code = sys.modules["ElastixPlusPanel.panel"]
    panel.onReload()
    renewed = slicer.util.getModuleWidget("ElastixPlus")
    assert renewed is not panel
    assert sys.modules["ElastixPlusPanel.panel"] is not code
    assert renewed.ui.fixedVolumeSelector.currentNode() is pair.fixed
    assert renewed.ui.strengthComboBox.currentText == "firm"


def test_the_panel_from_before_a_reload_takes_no_part_any_more(panel: Any):
    import slicer

    first = panel.panel.parameter_node
    panel.onReload()
    slicer.util.getModuleWidget("ElastixPlus").ui.parameterSetSelector.addNode()
    slicer.mrmlScene.RemoveNode(first)
    assert panel.panel.parameter_node is None


@pytest.mark.native_engine
def test_reload_during_a_run_ends_it(panel: Any, chosen_pair: Pair, wait_until: Callable[..., None]):
    import slicer

    panel.ui.applyButton.click()
    wait_until(lambda: panel.ui.progressBar.value > 0)
    run = panel.logic.backgroundRun
    panel.onReload()
    assert not run.is_running
    ui = slicer.util.getModuleWidget("ElastixPlus").ui
    assert ui.applyButton.text == "Apply"
    ui.applyButton.click()
    wait_until(lambda: ui.applyButton.text == "Apply")
    assert ui.outputTransformSelector.currentNode() is not None


def test_the_icons_that_the_code_names_are_there():
    folder = REPOSITORY / "ElastixPlus"
    named = {"ElastixPlus.png", "check.png", "warning.png", "error.png", "phantom_pair.png"}
    texts = "".join(path.read_text(encoding="utf-8") for path in (folder / "ElastixPlusPanel").glob("*.py"))
    assert all(name in texts for name in named - {"ElastixPlus.png"})
    assert all((folder / "Resources" / "Icons" / name).is_file() for name in named)


def test_a_parameter_set_can_be_edited_from_another_module(panel: Any):
    import slicer

    other = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScriptedModuleNode", "second")
    other.SetAttribute("ModuleName", "ElastixPlus")
    foreign = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScriptedModuleNode", "foreign")
    assert panel.nodeEditable(other) > 0
    assert panel.nodeEditable(foreign) == 0
    assert panel.setEditedNode(other)
    assert panel.ui.parameterSetSelector.currentNode() is other
    assert not panel.setEditedNode(foreign)
    assert panel.ui.parameterSetSelector.currentNode() is other


def test_a_loaded_scene_brings_its_parameter_set_in_place_of_an_untouched_one(panel: Any, pair: Pair, tmp_path: Path):
    import slicer

    panel.ui.fixedVolumeSelector.setCurrentNode(pair.fixed)
    panel.ui.threadsSpinBox.value = 3
    scene_file = tmp_path / "scene.mrml"
    assert slicer.util.saveScene(str(scene_file))
    slicer.mrmlScene.Clear(0)
    assert panel.ui.threadsSpinBox.value == 0
    slicer.util.loadScene(str(scene_file))
    assert panel.ui.threadsSpinBox.value == 3
    assert panel.ui.fixedVolumeSelector.currentNode().GetName() == "fixed"
    assert len(panel.logic.getAllParameterNodes()) == 1


@pytest.mark.native_engine
def test_importing_a_scene_does_not_stop_a_run(
    panel: Any, chosen_pair: Pair, wait_until: Callable[..., None], tmp_path: Path
):
    import slicer

    empty = slicer.vtkMRMLScene()
    empty.SetURL(str(tmp_path / "other.mrml"))
    assert empty.Commit()
    panel.ui.applyButton.click()
    wait_until(lambda: panel.ui.progressBar.value > 0)
    slicer.mrmlScene.SetURL(str(tmp_path / "other.mrml"))
    slicer.mrmlScene.Import()
    assert panel.ui.applyButton.text == "Cancel"
    wait_until(lambda: panel.ui.applyButton.text == "Apply")
    assert panel.ui.outputTransformSelector.currentNode() is not None


@pytest.mark.native_engine
def test_the_tests_of_the_module_open_it_where_nobody_has(panel: Any):
    panel.parent.exit()
    test = sys.modules["ElastixPlus"].ElastixPlusTest()
    test.setUp()
    test.test_the_panel_cancels_and_leaves_the_scene_as_it_was()  # one of them: all take as long as the test above


def test_closing_the_scene_makes_no_parameter_set_while_another_module_is_shown(panel: Any, wait_until: Any):
    import slicer

    panel.parent.exit()
    slicer.mrmlScene.Clear(0)
    for _ in range(5):
        slicer.app.processEvents()
    assert panel.logic.getAllParameterNodes() == []
