"""The script that draws the panel for the README."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from conftest import REPOSITORY

FOLDER = REPOSITORY / "Resources" / "Screenshots"
MOST_BYTES = 150_000


@pytest.fixture
def script(slicer_bench: Any) -> ModuleType:
    """Resources/Screenshots/draw_panel.py as a module; nothing is drawn yet."""
    spec = importlib.util.spec_from_file_location("draw_panel", FOLDER / "draw_panel.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_empty_panel_is_drawn_light_and_dark_without_a_blank_end(
    script: ModuleType, panel: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import qt
    import slicer

    monkeypatch.setattr(script, "FOLDER", tmp_path)
    before = qt.QPalette(slicer.app.palette())
    try:
        script.draw(panel.parent, "empty")
    finally:
        slicer.app.setPalette(before)
    pictures = [qt.QImage(str(tmp_path / f"panel-empty-{name}.png")) for name in ("light", "dark")]
    assert {picture.width() for picture in pictures} == {script.WIDTH}
    assert all(500 < picture.height() < script.TALL for picture in pictures)
    light, dark = (picture.pixelColor(1, picture.height() // 2).lightness() for picture in pictures)
    assert light > 200
    assert dark < 80


def test_every_picture_of_the_readme_is_there_and_those_of_the_panel_are_small():
    shown = re.findall(r"!\[[^\]]*\]\((Resources/[^)]+)\)", (REPOSITORY / "README.md").read_text(encoding="utf-8"))
    assert "Resources/Screenshots/panel.png" in shown
    assert [path for path in shown if not (REPOSITORY / path).is_file()] == []
    assert [one.name for one in FOLDER.glob("panel*.png") if one.stat().st_size > MOST_BYTES] == []
