"""A module is loaded from its .ui file, clicked, saved, reloaded and broken: the bench does what a panel needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

MODULE_FILE = Path(__file__).parent / "sample_module" / "SampleModule.py"


@pytest.fixture
def panel(slicer_bench: Any) -> Iterator[Any]:
    module = slicer_bench.run(lambda: slicer_bench.load_module(MODULE_FILE))
    yield slicer_bench.run(lambda: module.widgetRepresentation().self())
    slicer_bench.run(lambda: slicer_bench.unload_module("SampleModule"))


def add_volume(name: str) -> Any:
    import slicer

    return slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)


def test_the_panel_comes_from_its_form_with_the_defaults_of_the_parameters(panel: Any):
    import slicer

    ui = panel.ui
    assert (ui.sigmaSlider.value, ui.sigmaSlider.maximum, ui.sigmaSlider.suffix) == (2.5, 10.0, " mm")
    assert (ui.threadsSpinBox.value, ui.threadsSpinBox.minimum) == (4, 0)
    assert [ui.strengthComboBox.itemText(row) for row in range(ui.strengthComboBox.count)] == ["Soft", "Firm"]
    assert (ui.strengthComboBox.currentText, ui.orderComboBox.currentText) == ("Firm", "second")
    assert ui.folderEdit.filters == 0x6001
    assert ui.volumeSelector.nodeTypes == ("vtkMRMLScalarVolumeNode",)
    assert slicer.util.getModule("SampleModule").categories == ("Registration",)


def test_a_click_reaches_the_slot_once_the_input_is_chosen(panel: Any):
    panel.ui.applyButton.click()
    assert panel.ui.resultLabel.text == ""
    panel.ui.volumeSelector.setCurrentNode(add_volume("brain"))
    panel.ui.applyButton.click()
    assert panel.ui.resultLabel.text == "brain at 2.5 mm"


def test_widgets_write_into_the_parameter_node_under_the_keys_of_slicer(panel: Any, tmp_path: Path):
    ui, node, volume = panel.ui, panel.parameters.parameterNode, add_volume("brain")
    ui.volumeSelector.setCurrentNode(volume)
    ui.sigmaSlider.value, ui.threadsSpinBox.value, ui.labelEdit.text = 7.25, 2, "left"
    ui.invertCheckBox.click()
    ui.strengthComboBox.currentIndex = ui.orderComboBox.currentIndex = 0
    ui.folderEdit.currentPath = str(tmp_path)
    names = ("sigma_mm", "threads", "label", "invert", "strength", "order", "folder", "volume")
    kept = [node.GetParameter(name) for name in names]
    assert kept == ["7.25", "2", "left", "True", "SOFT", "first", str(tmp_path), ""]
    assert node.GetNodeReferenceID("volume") == volume.GetID()
    assert node.GetAttribute("ModuleName") == "SampleModule"


def test_parameters_written_by_a_script_appear_in_the_panel(panel: Any):
    volume = add_volume("brain")
    panel.parameters.volume, panel.parameters.sigma_mm, panel.parameters.invert = volume, 9.0, True
    assert panel.ui.volumeSelector.currentNode() is volume
    assert (panel.ui.sigmaSlider.value, panel.ui.invertCheckBox.checked) == (9.0, True)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("sigma_mm", 11, ValueError),
        ("threads", -1, ValueError),
        ("threads", 1.5, TypeError),
        ("order", "x", ValueError),
    ],
)
def test_a_parameter_refuses_what_its_annotation_excludes(panel: Any, name: str, value: Any, error: type[Exception]):
    with pytest.raises(error):
        setattr(panel.parameters, name, value)


@pytest.mark.parametrize("ending", ["mrml", "mrb"])
def test_all_choices_come_back_with_the_saved_scene(panel: Any, tmp_path: Path, ending: str):
    import slicer

    panel.ui.volumeSelector.setCurrentNode(add_volume("brain"))
    panel.ui.sigmaSlider.value = 6.5
    panel.ui.strengthComboBox.currentIndex = 0
    scene_file = tmp_path / f"scene.{ending}"
    assert slicer.util.saveScene(str(scene_file))
    slicer.mrmlScene.Clear(0)
    assert panel.ui.volumeSelector.currentNode() is None
    assert panel.ui.sigmaSlider.value == 2.5
    slicer.util.loadScene(str(scene_file))
    panel.bindParameters()
    assert panel.parameters.volume.GetName() == "brain"
    assert (panel.ui.sigmaSlider.value, panel.ui.strengthComboBox.currentText) == (6.5, "Soft")


def test_a_deleted_input_leaves_the_panel_without_one(panel: Any):
    import slicer

    volume = add_volume("brain")
    panel.ui.volumeSelector.setCurrentNode(volume)
    assert panel.ui.applyButton.enabled
    slicer.mrmlScene.RemoveNode(volume)
    assert panel.parameters.volume is None
    assert not panel.ui.applyButton.enabled


def test_reload_makes_a_new_panel_that_shows_the_same_parameters(panel: Any, slicer_bench: Any):
    import slicer

    panel.ui.sigmaSlider.value = 3.5
    old_class = type(panel)
    panel.onReload()
    slicer_bench.process_events()
    again = slicer.util.getModuleWidget("SampleModule")
    assert again is not panel
    assert type(again) is not old_class
    assert again.ui.sigmaSlider.value == 3.5
    assert slicer.util.getModuleLogic("SampleModule") is again.logic


def test_an_exception_in_a_slot_does_not_reach_the_click_and_is_reported(panel: Any, slicer_bench: Any):
    panel.ui.breakButton.click()
    (failure,) = slicer_bench.slot_errors()
    assert isinstance(failure.error, ValueError)
    assert "onBreak" in failure.report


def test_an_exception_in_an_observer_is_reported(slicer_bench: Any):
    import vtk

    def fail(*_: Any) -> None:
        raise ValueError("in an observer")

    node = add_volume("brain")
    node.AddObserver(vtk.vtkCommand.ModifiedEvent, fail)
    node.Modified()
    (failure,) = slicer_bench.slot_errors()
    assert str(failure.error) == "in an observer"


def test_the_test_class_of_the_module_runs(panel: Any):
    import slicer

    slicer.selfTests["SampleModule"](msec=0)


def test_a_timer_fires_and_a_nested_dialog_closes_inside_the_event_loop(slicer_bench: Any):
    import qt

    dialog = qt.QDialog()
    dialog.deleteLater()
    qt.QTimer.singleShot(10, dialog.accept)
    assert dialog.exec_() == 1


def test_a_picture_of_the_panel_can_be_taken(panel: Any, slicer_bench: Any, tmp_path: Path):
    panel.parent.resize(420, 500)
    panel.parent.show()
    slicer_bench.grab(panel.parent, tmp_path / "panel.png")
    panel.parent.hide()
    assert (tmp_path / "panel.png").stat().st_size > 2000


def test_two_parameter_sets_are_chosen_in_a_selector_and_keep_to_themselves(panel: Any):
    import slicer

    kind = "vtkMRMLScriptedModuleNode"
    selector = slicer.qMRMLNodeComboBox()
    selector.nodeTypes, selector.baseName = [kind], "Set"
    selector.setNodeTypeLabel("parameter set", kind)
    selector.addAttribute(kind, "ModuleName", "SampleModule")
    selector.showHidden = True
    selector.setMRMLScene(slicer.mrmlScene)
    first = panel.parameters.parameterNode
    assert selector.currentNode() is first
    second = selector.addNode()
    assert (second.GetAttribute("ModuleName"), selector.nodeCount()) == ("SampleModule", 2)
    widgets = {"sigma_mm": panel.ui.sigmaSlider}
    parameters = type(panel.parameters)(second)
    tag = parameters.connectParametersToGui(widgets)
    panel.ui.sigmaSlider.value = 1.5
    assert parameters.sigma_mm == 1.5
    parameters.disconnectGui(tag)
    panel.ui.sigmaSlider.value = 8.5
    assert (parameters.sigma_mm, panel.parameters.sigma_mm) == (1.5, 8.5)


def test_connect_gui_gives_no_tag_as_in_slicer(panel: Any):
    assert panel.parameters.connectGui(panel.ui) is None


def test_a_panel_that_is_unloaded_is_cleaned_up(slicer_bench: Any):
    import slicer

    module = slicer_bench.load_module(MODULE_FILE)
    panel = module.widgetRepresentation().self()
    bound: list[str] = []
    panel.bindParameters = lambda: bound.append("again")
    slicer.mrmlScene.Clear(0)
    assert bound == ["again"]
    slicer_bench.unload_module("SampleModule")
    slicer.mrmlScene.Clear(0)
    assert bound == ["again"]
