"""Every test in this folder may use the bench, and the panel of ElastixPlus on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import phantoms
from bench.fixtures import *  # noqa: F403
from conftest import REPOSITORY
from panel.editing_presets import editor, form, look, made_editor  # noqa: F401 - fixtures

MODULE_FILE = REPOSITORY / "ElastixPlus" / "ElastixPlus.py"
PANEL_WIDTH, PANEL_HEIGHT = 420, 1200
LONGEST_RUN_SECONDS = 90.0
FEW_ITERATIONS = "MaximumNumberOfIterations=50"  # a fifth of what the rigid preset has; enough for the pair made here
TURN = phantoms.shift(5.0, -4.0, 3.0) @ phantoms.rotation_about((0.2, 0.3, 1.0), 6.0)


@dataclass(frozen=True)
class Pair:
    """Two volumes of one imaginary body, and eight landmarks in each, in the application's scene."""

    fixed: Any
    moving: Any
    fixed_landmarks: Any
    moving_landmarks: Any


@pytest.fixture(scope="session")
def loaded_module(started_bench: ModuleType) -> Any:
    """The module ElastixPlus, loaded once."""
    return started_bench.run(lambda: started_bench.load_module(MODULE_FILE))


@pytest.fixture
def panel(slicer_bench: ModuleType, loaded_module: Any) -> Iterator[Any]:
    """The opened panel (an ElastixPlusWidget) with an empty scene; no registration is left running."""

    def enter() -> Any:
        gui = loaded_module.widgetRepresentation()
        gui.resize(PANEL_WIDTH, PANEL_HEIGHT)
        gui.show()
        gui.enter()
        let_go_of_the_last_test(gui.self().ui)
        return gui.self()

    def leave() -> None:
        loaded_module.widgetRepresentation().self().logic.cancelRegistration()
        loaded_module.widgetRepresentation().exit()

    yield slicer_bench.run(enter)
    slicer_bench.run(leave)


def let_go_of_the_last_test(ui: Any) -> None:
    """Wait until the table does not show the landmarks of the test before, which it does some milliseconds longer."""
    import slicer

    until = time.monotonic() + LONGEST_RUN_SECONDS
    while ui.landmarkTable.rowCount or not ui.makeListsButton.enabled:
        assert time.monotonic() < until, "the panel goes on showing the landmarks of the test before"
        slicer.app.processEvents()
        time.sleep(0.002)


@pytest.fixture
def ui(panel: Any) -> Any:
    """The widgets of the panel by their names in the .ui file."""
    return panel.ui


@pytest.fixture
def pair(slicer_bench: ModuleType) -> Pair:
    """Two small volumes, one turned by 6 degrees and shifted by 7 mm, with landmarks."""
    return slicer_bench.run(add_pair)


def add_pair() -> Pair:
    import slicer

    scene = slicer.mrmlScene
    places = np.random.default_rng(3).uniform(-25, 25, (8, 3))
    return Pair(
        phantoms.add_anatomy(scene, name="fixed"),
        phantoms.add_anatomy(scene, moved_by=TURN, name="moving"),
        phantoms.add_points(scene, places, name="F"),
        phantoms.add_points(scene, places @ TURN[:3, :3].T + TURN[:3, 3], name="M"),
    )


@pytest.fixture
def chosen_pair(ui: Any, pair: Pair, slicer_bench: ModuleType) -> Pair:
    """The pair, chosen in the panel with the rigid preset: Apply would register it in about two seconds."""

    def choose() -> Pair:
        ui.fixedVolumeSelector.setCurrentNode(pair.fixed)
        ui.movingVolumeSelector.setCurrentNode(pair.moving)
        ui.presetComboBox.currentIndex = ui.presetComboBox.findData("rigid")
        return pair

    return slicer_bench.run(choose)


@pytest.fixture
def wait_until(slicer_bench: ModuleType) -> Callable[..., None]:
    """Let the application work until something is the case."""

    def wait(is_reached: Callable[[], bool], seconds: float = LONGEST_RUN_SECONDS) -> None:
        import slicer

        until = time.monotonic() + seconds
        while not is_reached():
            assert time.monotonic() < until, "what was waited for did not happen"
            slicer.app.processEvents()
            time.sleep(0.005)

    return wait


@pytest.fixture
def evaluate(ui: Any, wait_until: Callable[..., None]) -> Callable[[], None]:
    """Callable[[], None] Evaluate and wait for the end."""

    def press() -> None:
        assert ui.evaluateButton.enabled, ui.evaluationHintLabel.text
        ui.evaluateButton.click()
        assert ui.evaluateButton.text == "Cancel"
        wait_until(lambda: ui.evaluateButton.text == "Evaluate")

    return press


@pytest.fixture
def landmarked_pair(ui: Any, chosen_pair: Pair, slicer_bench: Any) -> Pair:
    """The pair with its landmarks, chosen; the section is open."""

    def choose() -> Pair:
        ui.fixedLandmarksSelector.setCurrentNode(chosen_pair.fixed_landmarks)
        ui.movingLandmarksSelector.setCurrentNode(chosen_pair.moving_landmarks)
        ui.evaluationSection.collapsed = False
        return chosen_pair

    return slicer_bench.run(choose)


@pytest.fixture
def true_transform(slicer_bench: Any, pair: Pair) -> Any:
    """A transform that was not made here and is right: under it the moving volume lies on the fixed one."""

    def add() -> Any:
        node = phantoms.add_linear_transform(pair.fixed.GetScene(), np.linalg.inv(TURN))
        node.SetName("theirs")
        return node

    return slicer_bench.run(add)
