"""While full-sized volumes are evaluated or mixed to a checkerboard, the panel answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import phantoms
from panel.test_answering import LONGEST_WORK_SECONDS, choose_full_size_pair, longest_work_of


@pytest.mark.slow
@pytest.mark.parametrize("button", ["evaluateButton", "checkerboardButton"])
def test_the_panel_is_never_without_an_answer_for_long(
    ui: Any, sample_brain_path: Path, wait_until: Any, capsys: Any, button: str
):
    import slicer

    choose_full_size_pair(ui, sample_brain_path)
    transform = phantoms.add_linear_transform(slicer.mrmlScene, phantoms.shift(-4.0, -4.0, -4.0))
    ui.evaluatedTransformSelector.setCurrentNode(transform)
    ui.movingVolumeSelector.currentNode().SetAndObserveTransformNodeID(transform.GetID())

    def has_ended() -> bool:
        if button == "evaluateButton":
            return bool(ui.evaluateButton.text == "Evaluate")
        return bool(slicer.util.getNodes("ElastixPlus checkerboard"))

    longest = longest_work_of(getattr(ui, button).click, has_ended, wait_until, capsys)
    assert longest < LONGEST_WORK_SECONDS
    if button == "evaluateButton":
        assert ui.evaluationTable.visible, ui.evaluationLabel.text
