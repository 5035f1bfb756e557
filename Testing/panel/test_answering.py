"""While a registration of full-sized volumes runs, the panel answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ElastixPlusLib.mrml.files import read_volume
from ElastixPlusLib.mrml.volumes import own_grid, voxel_array
from phantoms import add_points, add_volume

LONGEST_WORK_SECONDS = 0.1  # of the computing time of the thread that answers, so that a busy machine does not count
TICK_MS = 2
# What elastix does meanwhile is not looked at; before and after it everything has the size that it has in earnest.
FEW_ITERATIONS = "MaximumNumberOfIterations=20"


def add_full_size_brain(path: Path, name: str, shift_mm: float) -> Any:
    """The sample brain with every voxel cut into eight: 7 million voxels of about a millimetre."""
    import slicer

    coarse = read_volume(slicer.mrmlScene, path, "coarse")
    voxels = voxel_array(coarse.GetImageData()).astype(np.float32)
    grid = own_grid(coarse).ijk_to_world
    for axis in range(3):
        voxels = voxels.repeat(2, axis=axis)
    grid[:3, :3] /= 2
    grid[:3, 3] += shift_mm
    slicer.mrmlScene.RemoveNode(coarse)
    return add_volume(slicer.mrmlScene, voxels, grid, name)


def choose_full_size_pair(ui: Any, path: Path) -> None:
    """Two brains of 7 million voxels with eight landmarks, the moving one 4 mm away."""
    import slicer

    places = np.random.default_rng(3).uniform(-40, 40, (8, 3))
    ui.fixedVolumeSelector.setCurrentNode(add_full_size_brain(path, "fixed", 0.0))
    ui.movingVolumeSelector.setCurrentNode(add_full_size_brain(path, "moving", 4.0))
    ui.fixedLandmarksSelector.setCurrentNode(add_points(slicer.mrmlScene, places))
    ui.movingLandmarksSelector.setCurrentNode(add_points(slicer.mrmlScene, places + 4.0))


def longest_work_of(press: Callable[[], None], has_ended: Callable[[], bool], wait_until: Any, capsys: Any) -> float:
    """Press a button and look every few milliseconds until something has ended.

    :returns: the longest that the answering thread has computed without a look, in seconds. What the node selectors of
        the bench compute to list nodes does not count: they do in Python what those of the application do in C++, for
        every panel that earlier tests have left.
    """
    import qt

    from bench.node_combo_box import ListingClock

    gaps: list[tuple[float, float]] = []
    last = [(time.perf_counter(), time.thread_time() - ListingClock.seconds)]

    def note_gap() -> None:
        now = time.perf_counter(), time.thread_time() - ListingClock.seconds
        gaps.append((now[0] - last[0][0], now[1] - last[0][1]))
        last[0] = now

    timer = qt.QTimer()
    timer.setInterval(TICK_MS)
    timer.connect("timeout()", note_gap)
    timer.start()
    note_gap()
    press()
    wait_until(has_ended)
    wait_until(lambda: len(gaps) > 100, 1)
    timer.stop()
    longest_seconds, longest_work = (max(values) for values in zip(*gaps[1:], strict=True))
    with capsys.disabled():
        print(
            f"\n  longest time without an answer: {1000 * longest_seconds:.0f} ms, "
            f"of which {1000 * longest_work:.0f} ms computing ({len(gaps)} looks)"
        )
    return longest_work


@pytest.mark.native_engine
def test_the_panel_is_never_without_an_answer_for_long(
    ui: Any, sample_brain_path: Path, wait_until: Callable[..., None], capsys: Any
):
    choose_full_size_pair(ui, sample_brain_path)
    ui.fixedMaskSelector.setCurrentNode(None)
    ui.startFromLandmarksCheckBox.checked = True
    ui.outputVolumeSelector.addNode()
    ui.overridesEdit.setPlainText(FEW_ITERATIONS)
    longest = longest_work_of(ui.applyButton.click, lambda: ui.applyButton.text == "Apply", wait_until, capsys)
    assert "Driving landmarks" in ui.outcomeLabel.text
    assert longest < LONGEST_WORK_SECONDS


@pytest.mark.native_engine
def test_the_panel_answers_during_a_check_with_masks_of_full_size(
    panel: Any, ui: Any, sample_brain_path: Path, wait_until: Callable[..., None], capsys: Any
):
    choose_full_size_pair(ui, sample_brain_path)
    ui.fixedMaskUseComboBox.currentIndex = ui.fixedMaskUseComboBox.findText("body, without:")
    ui.movingMaskUseComboBox.currentIndex = ui.movingMaskUseComboBox.findText("field of view, without:")
    ui.cropComboBox.currentIndex = ui.cropComboBox.findText("to what both show")
    longest = longest_work_of(ui.checkButton.click, lambda: ui.checkButton.text == "Check", wait_until, capsys)
    assert ui.findingsFrame.visible
    assert "went wrong" not in ui.findingsLabel.text
    assert longest < LONGEST_WORK_SECONDS
