"""The questions and messages about presets that open a window of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from .preset_text import rich
from .run_text import error_text

FILES_TO_IMPORT = "*.json *.zip *.txt *.toml *.xml"


def ask_for_title(parent: Any, title: str) -> str:
    """Let the user name a preset; empty if the dialog is cancelled."""
    answer = qt.QInputDialog.getText(parent, _("Duplicate preset"), _("Name of the copy:"), qt.QLineEdit.Normal, title)
    text = answer[0] if isinstance(answer, tuple) else answer  # PythonQt gives the text alone
    return str(text or "").strip()


def ask_for_new_file(parent: Any, name: str) -> str:
    """Let the user name a file to write; empty if the dialog is cancelled."""
    chosen = qt.QFileDialog.getSaveFileName(parent, _("Export preset"), name, _("Presets (*.json)"))
    return str(chosen or "")


def ask_for_files(parent: Any) -> tuple[str, ...]:
    """Let the user choose files to import; none if the dialog is cancelled."""
    kinds = _("Presets and parameter files ({endings});;All files (*)").format(endings=FILES_TO_IMPORT)
    chosen = qt.QFileDialog.getOpenFileNames(parent, _("Import presets"), "", kinds)
    return tuple(str(path) for path in chosen)


def is_confirmed(parent: Any, question: str) -> bool:
    """Let the user say yes or no."""
    return bool(slicer.util.confirmYesNoDisplay(rich(question), windowTitle=_("Presets"), parent=parent))


def show_note(parent: Any, text: str) -> None:
    """Tell the user something."""
    slicer.util.infoDisplay(rich(text), windowTitle=_("Presets"), parent=parent)


def show_error(parent: Any, error: Exception) -> None:
    """Tell the user what went wrong, and what helps."""
    slicer.util.errorDisplay(rich(error_text(error)), windowTitle=_("Presets"), parent=parent)


def make_editor(parent: Any) -> Any:
    """The window in which presets are edited; it lives as long as somebody holds it."""
    from .preset_editor import PresetEditor  # loaded when the first preset is edited

    return PresetEditor(parent, slicer.mrmlScene)


@dataclass
class PresetDialogs:
    """All windows about presets; tests put their own answers here."""

    ask_for_title: Callable[[Any, str], str] = ask_for_title
    ask_for_new_file: Callable[[Any, str], str] = ask_for_new_file
    ask_for_files: Callable[[Any], tuple[str, ...]] = ask_for_files
    is_confirmed: Callable[[Any, str], bool] = is_confirmed
    show_note: Callable[[Any, str], None] = show_note
    show_error: Callable[[Any, Exception], None] = show_error
    make_editor: Callable[[Any], Any] = make_editor


def default_file_name(identifier: str, suffix: str) -> str:
    """Where an exported preset is offered to be written: in the user's own folder."""
    return str(Path.home() / f"{identifier}{suffix}")
