"""A throw-away module that shows what a panel does on the bench: load, click, keep parameters, reload, fail."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import slicer
import vtk
from slicer import vtkMRMLScalarVolumeNode
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import Choice, Default, Minimum, WithinRange, parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin


class Strength(enum.Enum):
    SOFT = "soft"
    FIRM = "firm"

    def label(self) -> str:
        return self.value.capitalize()


@parameterNodeWrapper
class SampleParameters:
    volume: vtkMRMLScalarVolumeNode
    sigma_mm: Annotated[float, WithinRange(0, 10), Default(2.5)]
    threads: Annotated[int, Minimum(0)] = 4
    invert: bool
    label: str
    folder: Path
    strength: Strength = Strength.FIRM
    order: Annotated[str, Choice(["first", "second"])] = "second"


class SampleModule(ScriptedLoadableModule):
    def __init__(self, parent):
        super().__init__(parent)
        parent.title = _("Sample module")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Registration")]
        parent.helpText = _("Nothing to see.")


class SampleModuleWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        panel = slicer.util.loadUI(self.resourcePath("UI/SampleModule.ui"))
        self.layout.addWidget(panel)
        self.ui = slicer.util.childWidgetVariables(panel)
        panel.setMRMLScene(slicer.mrmlScene)
        self.logic = SampleModuleLogic()
        self.ui.applyButton.connect("clicked(bool)", self.onApply)
        self.ui.breakButton.clicked.connect(self.onBreak)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneClosed)
        self.bindParameters()

    def bindParameters(self):
        self.parameters = SampleParameters(self.logic.getParameterNode())
        self.parameters.connectGui(self.ui)
        self.removeObservers(self.checkApply)
        self.addObserver(self.parameters.parameterNode, vtk.vtkCommand.ModifiedEvent, self.checkApply)
        self.checkApply()

    def onSceneClosed(self, _caller, _event):
        self.bindParameters()

    def checkApply(self, _caller=None, _event=None):
        self.ui.applyButton.enabled = self.parameters.volume is not None

    def onApply(self):
        self.ui.resultLabel.text = _("{name} at {sigma} mm").format(
            name=self.parameters.volume.GetName(), sigma=self.parameters.sigma_mm
        )

    def onBreak(self):
        with slicer.util.tryWithErrorDisplay(_("It broke."), waitCursor=True):
            raise ValueError("on purpose")

    def cleanup(self):
        self.removeObservers()


class SampleModuleLogic(ScriptedLoadableModuleLogic):
    pass


class SampleModuleTest(ScriptedLoadableModuleTest):
    def runTest(self):
        ui = slicer.util.getModuleWidget("SampleModule").ui
        volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "tested")
        ui.volumeSelector.setCurrentNode(volume)
        ui.applyButton.click()
        self.delayDisplay("applied")
        self.assertEqual(ui.resultLabel.text, "tested at 2.5 mm")
