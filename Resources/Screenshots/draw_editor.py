"""The preset editor for the user guide, with a misspelt parameter: drawn by `make screenshots` after the panel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
WIDTH, HEIGHT = 760, 620
TABLE, TEXT = 0, 1


def draw_editor(work_until: Callable[..., None], work_for: Callable[[float], None]) -> None:
    """Open a preset of the user's own, draw its table, misspell a name and draw its text."""
    import slicer

    from ElastixPlusLib.presets import find_preset
    from ElastixPlusLib.presets.user_presets import duplicate_of
    from ElastixPlusPanel.preset_editor import PresetEditor

    editor = PresetEditor(None, slicer.mrmlScene)
    editor.open(duplicate_of(find_preset("generic"), title="Knee after surgery"), lambda _preset: None)
    window, form = editor.window, editor.form
    window.resize(WIDTH, HEIGHT)
    form.stageList.setCurrentRow(1)
    for name, tab in (("table", TABLE), ("text", TEXT)):
        form.stageTabs.currentIndex = tab
        if tab == TEXT:
            misspell(form.textEdit)
        editor.look()
        work_until(lambda: editor.is_checked)
        work_for(0.2)
        path = FOLDER / f"preset-editor-{name}.png"
        if not window.grab().save(str(path)):
            raise OSError(f"{path} could not be written")
    editor.ask_to_discard = lambda *_asked: True
    editor.stop()


def misspell(text_edit: Any) -> None:
    """Write a name as users do."""
    text_edit.setPlainText(text_edit.toPlainText().replace("(NumberOfResolutions", "(NumberOfResolution", 1))
