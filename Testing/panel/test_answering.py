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


@pytest.mark.native_engine
def test_the_panel_is_never_without_an_answer_for_long(
    ui: Any, sample_brain_path: Path, wait_until: Callable[..., None], capsys: Any
):
    import qt
    import slicer

    places = np.random.default_rng(3).uniform(-40, 40, (8, 3))
    ui.fixedVolumeSelector.setCurrentNode(add_full_size_brain(sample_brain_path, "fixed", 0.0))
    ui.movingVolumeSelector.setCurrentNode(add_full_size_brain(sample_brain_path, "moving", 4.0))
    ui.fixedLandmarksSelector.setCurrentNode(add_points(slicer.mrmlScene, places))
    ui.movingLandmarksSelector.setCurrentNode(add_points(slicer.mrmlScene, places + 4.0))
    ui.fixedMaskSelector.setCurrentNode(None)
    ui.startFromLandmarksCheckBox.checked = True
    ui.outputVolumeSelector.addNode()
    gaps: list[tuple[float, float]] = []
    last = [(time.perf_counter(), time.thread_time())]

    def note_gap() -> None:
        now = time.perf_counter(), time.thread_time()
        gaps.append((now[0] - last[0][0], now[1] - last[0][1]))
        last[0] = now

    timer = qt.QTimer()
    timer.setInterval(TICK_MS)
    timer.connect("timeout()", note_gap)
    timer.start()
    note_gap()
    ui.applyButton.click()
    wait_until(lambda: ui.applyButton.text == "Apply")
    wait_until(lambda: len(gaps) > 100, 1)
    timer.stop()
    assert "Driving landmarks" in ui.outcomeLabel.text
    longest_seconds, longest_work = (max(values) for values in zip(*gaps[1:], strict=True))
    with capsys.disabled():
        print(
            f"\n  longest time without an answer: {1000 * longest_seconds:.0f} ms, "
            f"of which {1000 * longest_work:.0f} ms computing ({len(gaps)} looks)"
        )
    assert longest_work < LONGEST_WORK_SECONDS
