"""An elastix that hangs, floods or crashes: the panel answers, says what happened, and goes on."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from panel.conftest import Pair

pytestmark = pytest.mark.skipif(os.name == "nt", reason="stands in for elastix by a script for POSIX")

FAKE = '#!/bin/sh\nif [ "$1" = --version ]; then echo "elastix version: 5.0.1"; exit 0; fi\n'
LONGEST_ANSWER_SECONDS = 0.3  # what a person takes for "at once", on a computer that has other things to do


@pytest.fixture
def elastix_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lets the panel find an elastix that does what a shell script says."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def make(body: str) -> None:
        path = tmp_path / "elastix"
        path.write_text(FAKE + body)
        path.chmod(0o755)
        monkeypatch.setenv("ELASTIXPLUS_ELASTIX", str(path))

    return make


def children() -> list[psutil.Process]:
    return [one for one in psutil.Process().children(recursive=True) if one.status() != psutil.STATUS_ZOMBIE]


def run_folders() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob("elastixplus-*"))


def nodes() -> list[tuple[str, int]]:
    import slicer

    scene = slicer.mrmlScene
    some = (scene.GetNthNode(index) for index in range(scene.GetNumberOfNodes()))
    return [(node.GetID(), node.GetMTime()) for node in some if node.IsA("vtkMRMLDisplayableNode")]


@pytest.mark.parametrize(
    "body", ["sleep 60", "while :; do echo one more line of no use at all; done"], ids=["in silence", "and floods"]
)
def test_a_panel_with_an_elastix_that_hangs_answers_and_can_cancel(
    body: str, ui: Any, chosen_pair: Pair, elastix_that: Callable[[str], None], wait_until: Callable[..., None]
) -> None:
    import slicer

    elastix_that(body)
    before, processes = nodes(), len(children())
    ui.applyButton.click()
    wait_until(lambda: run_folders() and list(run_folders()[0].glob("console.txt")))
    answers = []
    for _ in range(30):
        began = time.perf_counter()
        slicer.app.processEvents()
        answers.append(time.perf_counter() - began)
        time.sleep(0.01)
    assert sorted(answers)[len(answers) // 2] < LONGEST_ANSWER_SECONDS
    assert ui.applyButton.text == "Cancel"
    ui.applyButton.click()
    assert ui.applyButton.text == "Apply"
    assert "cancelled" in ui.outcomeLabel.text
    wait_until(lambda: len(children()) <= processes, 2)
    assert not run_folders()
    assert nodes() == before


def test_a_panel_with_an_elastix_that_crashes_says_so_and_can_be_used_again(
    ui: Any, chosen_pair: Pair, elastix_that: Callable[[str], None], wait_until: Callable[..., None]
) -> None:
    elastix_that("echo 'Resolution: 0'; kill -SEGV $$")
    before = nodes()
    ui.applyButton.click()
    wait_until(lambda: ui.applyButton.text == "Apply")
    what, remedy = ui.outcomeLabel.text.split("\n")
    assert "Elastix crashed" in what
    assert remedy.endswith(".")
    assert ui.showLogButton.visible
    assert len(run_folders()) == 1
    assert nodes() == before
    assert ui.applyButton.enabled
