"""ElastixPlus in 3D Slicer: the module, its panel, its logic for scripts and its test.

Everything that is computed is in ElastixPlusLib, everything that is seen in ElastixPlusPanel; this file joins them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

if TYPE_CHECKING:
    from ElastixPlusLib import Preflight, RegistrationRequest, RegistrationResult
    from ElastixPlusLib.evaluation.evaluation import Evaluation
    from ElastixPlusLib.record.run_record import RunRecord
    from ElastixPlusLib.rerun import Rerun
    from ElastixPlusPanel.background_registration import BackgroundRegistration, RunCallbacks


class ElastixPlus(ScriptedLoadableModule):
    """What the application knows of the module before its panel is opened."""

    def __init__(self, parent: Any) -> None:
        from ElastixPlusPanel.module_texts import ACKNOWLEDGEMENT, HELP

        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("ElastixPlus")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Registration")]
        parent.dependencies = ["Markups", "Plots", "Segmentations"]
        parent.contributors = ["ElastixPlus contributors"]
        parent.helpText = _(HELP)
        parent.acknowledgementText = _(ACKNOWLEDGEMENT)
        parent.associatedNodeTypes = ["vtkMRMLScriptedModuleNode"]
        slicer.app.connect("startupCompleted()", self.registerSampleData)

    def registerSampleData(self) -> None:
        """Offer a pair of volumes with landmarks in the Sample Data module."""
        from ElastixPlusPanel.sample_data import register_sample_data

        register_sample_data(Path(self.resourcePath("Icons")))


class ElastixPlusWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic: Any = None
        self.panel: Any = None

    def setup(self) -> None:
        """Make the panel from its .ui file and bind it to the parameter set of the scene."""
        from ElastixPlusPanel.panel import RegistrationPanel

        ScriptedLoadableModuleWidget.setup(self)
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/ElastixPlus.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        self.ui.parameterSetSelector.addAttribute("vtkMRMLScriptedModuleNode", "ModuleName", self.moduleName)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = ElastixPlusLogic()
        self.panel = RegistrationPanel(self.ui, self.logic, Path(self.resourcePath("Icons")))
        self.ui.parameterSetSelector.connect("currentNodeChanged(vtkMRMLNode*)", self.onParameterSetChosen)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneEndClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self.onSceneEndImport)
        self.initializeParameterNode()

    def cleanup(self) -> None:
        """Leave nothing behind: the module is unloaded or the application quits."""
        self.removeObservers()
        if self.panel is not None:
            # The widgets of a panel that was reloaded live on, hidden, and would go on choosing.
            self.ui.parameterSetSelector.disconnect("currentNodeChanged(vtkMRMLNode*)", self.onParameterSetChosen)
            self.panel.close()

    def enter(self) -> None:
        """Show the parameter set of the scene, which may be another one than when the panel was left."""
        self.initializeParameterNode()

    def exit(self) -> None:
        """Stop placing landmarks and flicker; a registration goes on while the user looks at another module."""
        self.panel.leave()

    def setEditedNode(self, node: Any, role: str = "", context: str = "") -> bool:
        """Show a parameter set that the user wants to edit from another module, such as Data."""
        if self.nodeEditable(node) == 0.0:
            return False
        self.panel.bind(node)
        return True

    def nodeEditable(self, node: Any) -> float:
        """How sure it is, from 0 to 1, that a node is one of this module's parameter sets."""
        is_own = node is not None and node.GetAttribute("ModuleName") == self.moduleName
        return 0.7 if is_own else 0.0

    def initializeParameterNode(self) -> None:
        """Bind the panel to the chosen parameter set; to the first one, made if need be, if there is none."""
        chosen = self.panel.parameter_node
        self.panel.bind(chosen if chosen is not None and chosen.GetScene() else self.logic.getParameterNode())

    def onParameterSetChosen(self, node: Any) -> None:
        """Bind the panel to the parameter set that the user chose; to another one if the last was removed."""
        if node is not None:
            self.panel.bind(node)
        else:
            qt.QTimer.singleShot(0, self.replaceRemovedParameterSet)  # when the node is gone for good

    def replaceRemovedParameterSet(self) -> None:
        """Show another parameter set if the one that was shown is not in the scene any more."""
        shown = self.panel.parameter_node
        if shown is not None and shown.GetScene() is None:
            self.panel.unbind(stops_run=False)
            self.initializeParameterNode()

    def onSceneStartClose(self, caller: Any, event: Any) -> None:
        """Stop a registration, whose volumes are about to go, and let go of the parameter set."""
        self.panel.unbind()

    def onSceneEndClose(self, caller: Any, event: Any) -> None:
        """The scene is empty: begin with a new parameter set if the panel is seen, else when it is entered."""
        if self.parent.isEntered:
            self.initializeParameterNode()

    def onSceneEndImport(self, caller: Any, event: Any) -> None:
        """A scene was loaded: show the parameter set that came with it instead of one in which nothing was chosen."""
        shown = self.panel.parameter_node
        loaded = [node for node in self.logic.getAllParameterNodes() if node is not shown]
        if shown is None or not loaded or not self.panel.is_untouched:
            return
        self.panel.bind(loaded[0])
        slicer.mrmlScene.RemoveNode(shown)

    def onReload(self) -> None:
        """Load the library and the panel anew, too, when a developer reloads the module."""
        for name in [*sys.modules]:
            if name.split(".")[0] in ("ElastixPlusLib", "ElastixPlusPanel"):
                del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)


class ElastixPlusLogic(ScriptedLoadableModuleLogic):
    """Registration for scripts, without the panel: ``slicer.util.getModuleLogic("ElastixPlus")``."""

    def __init__(self) -> None:
        ScriptedLoadableModuleLogic.__init__(self)
        self.isSingletonParameterNode = False
        self.backgroundRun: BackgroundRegistration | None = None

    def registerVolumes(
        self,
        fixedVolumeNode: Any,
        movingVolumeNode: Any,
        parameterFilenames: Sequence[str] | None = None,
        outputVolumeNode: Any = None,
        outputTransformNode: Any = None,
        fixedVolumeMaskNode: Any = None,
        movingVolumeMaskNode: Any = None,
        forceDisplacementFieldOutputTransform: bool | None = None,
        initialTransformNode: Any = None,
        *,
        wait: bool = True,
        onProgress: Callable[[Any], None] | None = None,
        onDone: Callable[[Any], None] | None = None,
        onError: Callable[[Exception], None] | None = None,
        **options: Any,
    ) -> RegistrationResult | BackgroundRegistration:
        """Register two volumes, guided by landmarks and masks.

        The first nine arguments are those of SlicerElastix, so that a script changes only where the logic comes from.

        :param parameterFilenames: own elastix parameter files, one per stage; None takes the preset.
        :param outputVolumeNode: takes the resampled moving volume; True adds a node, None makes none.
        :param outputTransformNode: takes the transform; None adds a node.
        :param fixedVolumeMaskNode: labelmap, segmentation, ROI or closed surface model; or "body" or "field-of-view",
            which are found in the volume itself. ``movingVolumeMaskNode`` likewise.
        :param forceDisplacementFieldOutputTransform: True stores the result as a displacement field, False as it is;
            None decides by the output node: a field only for a grid transform node.
        :param initialTransformNode: the position to start from, *from parent* of the moving volume.
        :param wait: False returns at once; the callbacks tell of progress, result and error, and the returned object
            has ``cancel()`` and ``is_running``.
        :param onProgress: gets a ``ProgressEvent`` (stage, resolution, metric, fraction, seconds left ...).
        :param onDone: gets the result, if ``wait`` is False.
        :param onError: gets the exception, if ``wait`` is False.
        :param options: ``preset="generic"``, ``parameterOverrides=()`` (parameters that are changed for this run, such
            as "bspline.FinalGridSpacingInPhysicalUnits=8"), ``furtherFixedVolumeNodes=()`` and
            ``furtherMovingVolumeNodes=()`` (the same anatomy in other contrasts, for a preset that compares several
            pairs), ``fixedLandmarksNode``, ``movingLandmarksNode``,
            ``checkLabels=()``, ``landmarkWeight="balanced"``, ``skipUnusableLandmarks``, ``fixedMaskSegments=()``,
            ``movingMaskSegments=()``, ``fixedExcludeNode`` (what does not count) with ``fixedExcludeSegments=()``,
            ``movingExcludeNode`` with ``movingExcludeSegments=()``, ``maskEdge="auto"`` (or "region", "artificial"),
            ``maskMarginMm``, ``crop="auto"`` (or "overlap", "none"), ``startFrom="auto"`` (or "none", "centers",
            "gravity", "landmarks", "landmarks-similarity", "landmarks-affine"), ``despiteFindings`` (True runs in spite
            of what the check before finds), ``engine="auto"``, ``threads``, ``seed``, ``keepFiles``, ``workspace``.
        :returns: the result, with the nodes and ``as_dict()``; the running registration if ``wait`` is False.
        :raises ElastixPlusError: with cause and remedy; the scene is then as it was.
        :raises RefusedRequestError: an ``ElastixPlusError`` with ``findings``: it would fail or come out wrong.

        Example::

            logic = slicer.util.getModuleLogic("ElastixPlus")
            result = logic.registerVolumes(fixedVolume, movingVolume,
                fixedLandmarksNode=fixedPoints, movingLandmarksNode=movingPoints, checkLabels=["3", "6"])
            print(result.landmarks.summary("check").after_mm)
        """
        from ElastixPlusPanel.background_registration import RunCallbacks, do_nothing
        from ElastixPlusPanel.scripting_request import register_for_script, scripting_request

        request = scripting_request(
            fixedVolumeNode,
            movingVolumeNode,
            parameterFilenames,
            outputVolumeNode,
            outputTransformNode,
            fixedVolumeMaskNode,
            movingVolumeMaskNode,
            forceDisplacementFieldOutputTransform,
            initialTransformNode,
            options,
        )
        if not wait:
            callbacks = RunCallbacks(onProgress or do_nothing, onDone or do_nothing, onError or do_nothing)
            return self.startRegistration(request, callbacks)
        self._requireNoOtherRun()
        return register_for_script(request, onProgress)

    def checkVolumes(
        self,
        fixedVolumeNode: Any,
        movingVolumeNode: Any,
        parameterFilenames: Sequence[str] | None = None,
        outputVolumeNode: Any = None,
        outputTransformNode: Any = None,
        fixedVolumeMaskNode: Any = None,
        movingVolumeMaskNode: Any = None,
        forceDisplacementFieldOutputTransform: bool | None = None,
        initialTransformNode: Any = None,
        **options: Any,
    ) -> Preflight:
        """Look for what would make a registration fail or come out wrong, without running it.

        The arguments are those of :meth:`registerVolumes`.

        :returns: ``findings`` (each with ``severity``, ``what``, ``remedy``, ``fix``), ``can_run`` and ``fixes``.

        Example::

            logic = slicer.util.getModuleLogic("ElastixPlus")
            found = logic.checkVolumes(fixedVolume, movingVolume, fixedVolumeMaskNode="body")
            for finding in found.findings:
                print(finding.severity, finding.sentence)
            print("can run" if found.can_run else "would fail or come out wrong")
        """
        from ElastixPlusLib.preflight import preflight
        from ElastixPlusPanel.scripting_request import scripting_request

        request = scripting_request(
            fixedVolumeNode,
            movingVolumeNode,
            parameterFilenames,
            outputVolumeNode,
            outputTransformNode,
            fixedVolumeMaskNode,
            movingVolumeMaskNode,
            forceDisplacementFieldOutputTransform,
            initialTransformNode,
            options,
        )
        return preflight(request)

    def evaluateTransform(
        self, transformNode: Any, fixedVolumeNode: Any, movingVolumeNode: Any, addNodes: bool = True, **options: Any
    ) -> Evaluation:
        """Measure how good a transform is, made by ElastixPlus or not; None measures the volumes as they lie.

        :param addNodes: put tables, charts and error arrows into the scene, as the panel does.
        :param options: ``fixedLandmarksNode``, ``movingLandmarksNode``, ``checkLabels`` or ``driveLabels`` (a list, or
            "all"; left out, what is known of a result), ``fixedSegmentationNode``, ``movingSegmentationNode``,
            ``structurePairs`` (names), ``maskNode`` (or "body", "none"), ``maskMarginMm``, ``toleranceMm``,
            ``placingSdMm`` (of landmarks, along each axis), ``withJacobianMap``.
        :returns: ``evidence``, ``warnings``, ``as_dict()``.
        :raises ElastixPlusError: something that was given cannot be used.

        Example::

            logic = slicer.util.getModuleLogic("ElastixPlus")
            found = logic.evaluateTransform(transform, fixedVolume, movingVolume,
                fixedLandmarksNode=fixedPoints, movingLandmarksNode=movingPoints, driveLabels=["1", "2"])
            print(found.evidence.landmarks.summary("check").after_mm)
        """
        from ElastixPlusPanel.scripting_evaluation import evaluate_for_script

        return evaluate_for_script(transformNode, fixedVolumeNode, movingVolumeNode, addNodes, options)

    def recordOf(self, transformNode: Any) -> RunRecord | None:
        """What is kept of the run that made a transform: versions, inputs, parameter files, landmarks, timings ...

        :returns: None if nothing is recorded with the transform.
        :raises RecordError: the record is damaged, or was written by a newer ElastixPlus.
        """
        from ElastixPlusPanel.record_of_node import record_of

        return record_of(transformNode)

    def rerunRecord(
        self,
        transformNodeOrPath: Any,
        nodes: dict[str, Any] | None = None,
        engine: str | None = None,
        despiteDifferences: bool = False,
        onProgress: Callable[[Any], None] | None = None,
    ) -> Rerun:
        """Do a run again with the very parameter files of its record, and hold the result against it.

        :param transformNodeOrPath: a result, or the path of a record or of a run folder.
        :param nodes: inputs by their roles, such as ``{"fixed": volumeNode}``, where the scene has not exactly one node
            of the recorded class and name. They have to lie as they did then: take them out from under the result.
        :param engine: "auto", "itk" or a path; None takes one of this computer, never the path in the record.
        :param despiteDifferences: run although not the same goes in.
        :returns: ``result`` in a new transform node, and ``comparison`` (``sentence``, ``is_identical``,
            ``largest_mm``, ``differences``).
        :raises RecordError: there is no record, or not the same would go in.
        """
        from ElastixPlusPanel.scripting_record import rerun_for_script

        self._requireNoOtherRun()
        return rerun_for_script(transformNodeOrPath, nodes or {}, engine, despiteDifferences, onProgress)

    def saveSupportBundle(self, transformNodeOrFolder: Any, path: str, names: Sequence[str] = ()) -> Path:
        """Pack the record of a run, its parameter files and its log into one file, without voxels and without names.

        :param transformNodeOrFolder: a result, or the folder of a run that failed.
        :param names: further words to take out, such as the name of a patient.
        """
        from ElastixPlusPanel.scripting_record import save_support_for_script

        return save_support_for_script(transformNodeOrFolder, path, names)

    def startRegistration(self, request: RegistrationRequest, callbacks: RunCallbacks) -> BackgroundRegistration:
        """Start a registration that goes on while the application stays usable.

        :raises InputError: another one is running.
        """
        from ElastixPlusPanel.background_registration import BackgroundRegistration

        self._requireNoOtherRun()
        self.backgroundRun = BackgroundRegistration(request, callbacks)
        self.backgroundRun.start()
        return self.backgroundRun

    def cancelRegistration(self) -> None:
        """Stop the registration that runs in the background, if there is one."""
        run, self.backgroundRun = self.backgroundRun, None
        if run is not None:
            run.cancel()

    def getRegistrationPresets(self) -> list[Any]:
        """All presets, the generic one first; each has ``getID()``, ``getDescription()``, ``getParameterFiles()`` ...

        Example::

            for preset in slicer.util.getModuleLogic("ElastixPlus").getRegistrationPresets():
                print(preset.getID(), preset.getDescription())
        """
        from ElastixPlusPanel.scripting_presets import scripting_presets

        return scripting_presets()

    def _requireNoOtherRun(self) -> None:
        from ElastixPlusLib.errors import InputError

        if self.backgroundRun is not None and self.backgroundRun.is_running:
            raise InputError("A registration is already running.", "Wait for its end, or cancel it.")


class ElastixPlusTest(ScriptedLoadableModuleTest):
    """What has to work in every application that has the module: Reload and Test runs it."""

    longestRunSeconds = 60

    def setUp(self) -> None:
        """Begin with an empty scene."""
        slicer.mrmlScene.Clear(0)

    def runTest(self) -> None:
        """Run all tests of this class, one after the other."""
        for name in [name for name in dir(self) if name.startswith("test_")]:
            self.setUp()
            self.delayDisplay(name.replace("_", " "))
            getattr(self, name)()

    def test_the_panel_registers_two_volumes_with_landmarks(self) -> None:
        """Choose two volumes and landmarks, press Apply, find the result in the scene."""
        pair = self.makePair()
        ui = self.openPanel()
        ui.fixedVolumeSelector.setCurrentNode(pair.fixed)
        self.assertFalse(ui.applyButton.enabled)
        ui.movingVolumeSelector.setCurrentNode(pair.moving)
        ui.fixedLandmarksSelector.setCurrentNode(pair.fixed_landmarks)
        ui.movingLandmarksSelector.setCurrentNode(pair.moving_landmarks)
        ui.startFromLandmarksCheckBox.checked = True
        self.assertTrue(ui.applyButton.enabled)
        ui.applyButton.click()
        self.assertEqual(ui.applyButton.text, _("Cancel"))
        self.waitFor(lambda: ui.applyButton.text == _("Apply"))
        transform = ui.outputTransformSelector.currentNode()
        self.assertIsNotNone(transform, ui.outcomeLabel.text)
        self.assertIs(pair.moving.GetParentTransformNode(), transform)
        self.assertLess(pair.largest_error_mm(transform), 4.0)

    def test_the_panel_cancels_and_leaves_the_scene_as_it_was(self) -> None:
        """Press Apply, then Cancel: no node comes or goes."""
        pair = self.makePair()
        ui = self.openPanel()
        ui.fixedVolumeSelector.setCurrentNode(pair.fixed)
        ui.movingVolumeSelector.setCurrentNode(pair.moving)
        before = slicer.mrmlScene.GetNumberOfNodes()
        ui.applyButton.click()
        self.waitFor(lambda: ui.progressBar.value > 0)
        ui.applyButton.click()
        self.assertEqual(ui.applyButton.text, _("Apply"))
        self.assertEqual(slicer.mrmlScene.GetNumberOfNodes(), before)

    def test_the_panel_refuses_what_would_fail_and_says_what_helps(self) -> None:
        """Volumes far apart are refused; with a start from the landmarks there is nothing to complain about."""
        from ElastixPlusPanel.phantom_pair import shift_along_x

        pair = self.makePair()
        away = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "away")
        away.SetMatrixTransformToParent(shift_along_x(400.0))
        for node in (pair.moving, pair.moving_landmarks):
            node.SetAndObserveTransformNodeID(away.GetID())
        ui = self.openPanel()
        ui.fixedVolumeSelector.setCurrentNode(pair.fixed)
        ui.movingVolumeSelector.setCurrentNode(pair.moving)
        ui.fixedLandmarksSelector.setCurrentNode(pair.fixed_landmarks)
        ui.movingLandmarksSelector.setCurrentNode(pair.moving_landmarks)
        ui.applyButton.click()
        self.waitFor(lambda: ui.applyButton.text == _("Apply"))
        self.assertTrue(ui.runAnywayButton.isVisibleTo(ui.findingsFrame))
        self.assertIsNone(ui.outputTransformSelector.currentNode())
        ui.startFromLandmarksCheckBox.checked = True
        ui.checkButton.click()
        self.waitFor(lambda: ui.checkButton.text == _("Check"))
        self.assertEqual(ui.findingsLabel.text, _("Nothing to complain about."))

    def test_a_script_registers_two_volumes(self) -> None:
        """The logic returns the result as nodes and as plain data."""
        pair = self.makePair()
        result = ElastixPlusLogic().registerVolumes(
            pair.fixed,
            pair.moving,
            preset="rigid",
            outputVolumeNode=True,
            fixedLandmarksNode=pair.fixed_landmarks,
            movingLandmarksNode=pair.moving_landmarks,
            checkLabels=["7", "8"],
            startFrom="landmarks",
        )
        self.assertEqual(result.as_dict()["landmarks"]["check"]["n"], 2)
        self.assertLess(result.landmarks.summary("check").after_mm, 8.0)
        self.assertIs(result.volume.GetScene(), slicer.mrmlScene)

    def openPanel(self) -> Any:
        """The widgets of the panel; where no one has opened the module, as by ctest, it is opened."""
        widget = slicer.util.getModuleWidget("ElastixPlus")
        widget.enter()
        return widget.ui

    def makePair(self) -> Any:
        """Two volumes that show the same head, with landmarks and known positions to check with."""
        from ElastixPlusPanel.phantom_pair import make_phantom_pair

        return make_phantom_pair(slicer.mrmlScene)

    def waitFor(self, isReached: Callable[[], bool]) -> None:
        """Let the application work until something is the case; fail if it takes too long."""
        until = time.monotonic() + self.longestRunSeconds
        while not isReached():
            self.assertLess(time.monotonic(), until, "the registration did not end")
            slicer.app.processEvents()
            time.sleep(0.01)
