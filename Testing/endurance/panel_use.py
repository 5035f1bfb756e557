"""The panel, used for a long time: its buttons pressed, on the bench that stands in for the application."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer

from endurance.long_use import ENDLESS, FLYING_AWAY, MOVED_BY, SIZE, SPACING_MM
from phantoms import add_anatomy, add_points, random_points_inside

QUICK = ("NumberOfResolutions=1", "MaximumNumberOfIterations=12")
LONGEST_SECONDS = 60.0
SPECIAL_TURNS = {"in_another_scene": (25, 1), "evaluated": (25, 8), "cancelled": (10, 5), "failed": (20, 12)}


class PanelUse:
    """A pair in the application's scene, chosen in the panel.

    :param widget: the opened panel, an ElastixPlusWidget.
    """

    def __init__(self, widget: Any) -> None:
        self._ui = widget.ui
        self._choose_pair()

    def turn(self, number: int) -> str:
        """Do the registration that has its turn.

        :param number: of the run, counted from 1.
        :returns: what kind it was.
        """
        kinds = (name for name, (every, at) in SPECIAL_TURNS.items() if number % every == at)
        kind = next(kinds, ("with_a_new_node", "with_the_same_node")[number % 2])
        getattr(self, kind)()
        return kind

    def with_the_same_node(self) -> None:
        """The transform of last time takes the result."""
        self._apply(*QUICK)

    def with_a_new_node(self) -> None:
        """A new transform takes the result; that of last time is removed."""
        last = self._ui.outputTransformSelector.currentNode()
        if last is not None:
            slicer.mrmlScene.RemoveNode(last)
        self._apply(*QUICK)

    def evaluated(self) -> None:
        """The result is evaluated, and once more into the same tables."""
        self._apply(*QUICK)
        for _ in range(2):
            self._ui.evaluateButton.click()
            wait_until(lambda: bool(self._ui.evaluateButton.text == "Evaluate"))

    def in_another_scene(self) -> None:
        """The scene is closed, and others are loaded into it."""
        slicer.mrmlScene.Clear(0)
        self._choose_pair()
        self._apply(*QUICK)

    def cancelled(self) -> None:
        """A run that would not end, stopped when elastix is at work."""
        self._press_apply(ENDLESS)
        wait_until(lambda: bool(self._ui.progressBar.value > 0))
        self._ui.applyButton.click()
        assert self._ui.applyButton.text == "Apply"

    def failed(self) -> None:
        """A run that fails in elastix. Its run folder is kept, and removed after a look at the log."""
        self._press_apply(*QUICK[:1], *FLYING_AWAY)
        wait_until(lambda: bool(self._ui.applyButton.text == "Apply"))
        assert self._ui.showLogButton.visible, self._ui.outcomeLabel.text
        self._ui.showLogButton.click()
        (kept,) = Path(tempfile.gettempdir()).glob("elastixplus-*")
        shutil.rmtree(kept)

    def _choose_pair(self) -> None:
        ui, scene = self._ui, slicer.mrmlScene
        fixed = add_anatomy(scene, SIZE, SPACING_MM, name="fixed")
        places = random_points_inside(fixed, 8) * 0.5
        ui.fixedVolumeSelector.setCurrentNode(fixed)
        ui.movingVolumeSelector.setCurrentNode(add_anatomy(scene, SIZE, SPACING_MM, moved_by=MOVED_BY, name="moving"))
        ui.fixedLandmarksSelector.setCurrentNode(add_points(scene, places, name="F"))
        ui.movingLandmarksSelector.setCurrentNode(add_points(scene, places + MOVED_BY[:3, 3], name="M"))
        ui.presetComboBox.currentIndex = ui.presetComboBox.findData("rigid")
        ui.outputVolumeSelector.addNode()

    def _press_apply(self, *overrides: str) -> None:
        self._ui.overridesEdit.setPlainText("\n".join(overrides))
        assert self._ui.applyButton.enabled
        self._ui.applyButton.click()

    def _apply(self, *overrides: str) -> None:
        self._press_apply(*overrides)
        wait_until(lambda: bool(self._ui.applyButton.text == "Apply"))
        assert self._ui.outputTransformSelector.currentNode() is not None, self._ui.outcomeLabel.text


def wait_until(is_reached: Callable[[], bool]) -> None:
    """Let the application work until something is the case."""
    until = time.monotonic() + LONGEST_SECONDS
    while not is_reached():
        assert time.monotonic() < until, "what was waited for did not happen"
        slicer.app.processEvents()
        time.sleep(0.002)
