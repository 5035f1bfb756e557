"""A run with its record, and what the panel shows of it; shared by several test files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from panel.conftest import Pair
from panel.evaluation_seen import loaded

Wait = Callable[..., None]
QUICK = '(Transform "EulerTransform")\n(MaximumNumberOfIterations 3)\n(RandomSeed 7)\n'


@pytest.fixture
def result(panel: Any, ui: Any, pair: Pair, slicer_bench: Any, wait_until: Wait) -> Any:
    """The transform of a fit of the landmarks, two of eight checking; nothing but its record is chosen in the panel."""

    def run() -> Any:
        made = panel.logic.registerVolumes(
            pair.fixed,
            pair.moving,
            preset="landmarks-rigid",
            fixedLandmarksNode=pair.fixed_landmarks,
            movingLandmarksNode=pair.moving_landmarks,
            checkLabels=["3", "6"],
        )
        ui.recordSection.collapsed = False
        ui.recordedTransformSelector.setCurrentNode(made.transform)
        wait_until(lambda: ui.showRecordButton.enabled)
        return made.transform

    return slicer_bench.run(run)


@pytest.fixture
def fill(panel: Any, ui: Any, wait_until: Wait) -> Callable[[], list[str]]:
    """Fill the panel from the record and wait for the end; returns what was said, line by line."""

    def press() -> list[str]:
        assert ui.fillFromRecordButton.enabled, ui.fillFromRecordButton.toolTip
        ui.fillFromRecordButton.click()
        wait_until(lambda: not panel.panel.record.is_comparing)
        return str(ui.recordStatusLabel.text).split("\n")[1:]

    return press


def record_of(node: Any) -> Any:
    return loaded("ElastixPlusPanel.record_of_node").record_of(node)


def change_record(node: Any, **fields: Any) -> None:
    """Let a record say something else; what is no field of it is one of its choices."""
    record = record_of(node)
    own = {name: fields.pop(name) for name in [*fields] if name in vars(record)}
    choices = replace(own.pop("choices", record.choices), **fields)
    text = loaded("ElastixPlusLib.record.record_json").record_text(replace(record, **own, choices=choices))
    loaded("ElastixPlusLib.mrml.stored_record").store_record_text(node, text)


def parameter_text(text: str, name: str = "0-rigid.txt") -> Any:
    return loaded("ElastixPlusLib.record.run_record").ParameterText(name, text)


def see_again(ui: Any, wait_until: Wait) -> None:
    """Wait until the record is read after it was changed."""
    wait_until(lambda: not ui.recordSummaryLabel.text.startswith("Reading"))
