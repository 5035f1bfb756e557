"""The opened preset editor, and what a user does with it; shared by several test files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from panel.evaluation_seen import loaded

TITLE, VALUE, UNIT = range(3)
PARAMETERS_TAB, TEXT_TAB = range(2)

Look = Callable[[], None]


def find_preset(identifier: str) -> Any:
    """A built-in preset."""
    return loaded("ElastixPlusLib.presets").find_preset(identifier)


@pytest.fixture(scope="module")
def made_editor(started_bench: ModuleType) -> Iterator[Any]:
    """An editor; to make its window takes longer than to use it."""

    def make() -> Any:
        import slicer

        return loaded("ElastixPlusPanel.preset_editor").PresetEditor(None, slicer.mrmlScene)

    editor = started_bench.run(make)
    yield editor
    started_bench.run(editor.stop)


@pytest.fixture
def editor(slicer_bench: ModuleType, made_editor: Any) -> Iterator[Any]:
    """The editor, opened with the generic preset; what it has saved is in its list `kept`."""

    def opened() -> Any:
        made_editor.kept = []
        made_editor.ask_to_discard = lambda *_asked: False
        made_editor.form.stageTabs.currentIndex = PARAMETERS_TAB
        assert made_editor.open(find_preset("generic"), made_editor.kept.append)
        return made_editor

    def closed() -> None:
        made_editor.ask_to_discard = lambda *_asked: True
        made_editor.close()

    yield slicer_bench.run(opened)
    slicer_bench.run(closed)


@pytest.fixture
def form(editor: Any) -> Any:
    """The widgets of the editor by their names in the .ui file."""
    return editor.form


@pytest.fixture
def look(editor: Any, wait_until: Callable[..., None]) -> Callable[[], None]:
    """Let the editor look at what was typed, as it does when typing stops."""

    def look_and_wait() -> None:
        editor.look()
        wait_until(lambda: editor.is_checked, 10.0)

    return look_and_wait


def row_of(editor: Any, title: str) -> int:
    table = editor.form.parameterTable
    return [table.item(row, TITLE).text() for row in range(table.rowCount)].index(title)


def value_of(editor: Any, title: str) -> str:
    row = row_of(editor, title)
    combo_box = editor.form.parameterTable.cellWidget(row, VALUE)
    return combo_box.currentText if combo_box is not None else editor.form.parameterTable.item(row, VALUE).text()


def type_value(editor: Any, title: str, text: str) -> None:
    editor.form.parameterTable.item(row_of(editor, title), VALUE).setText(text)


def choose_value(editor: Any, title: str, word: str) -> None:
    combo_box = editor.form.parameterTable.cellWidget(row_of(editor, title), VALUE)
    combo_box.currentIndex = combo_box.findData(word)
    combo_box.activated.emit(combo_box.currentIndex)


def replace_text(editor: Any, old: str, new: str) -> None:
    """What a user does who marks something in the text and types over it."""
    import qt

    text_edit = editor.form.textEdit
    place = text_edit.plainText.index(old)
    cursor = text_edit.textCursor()
    cursor.setPosition(place)
    cursor.setPosition(place + len(old), qt.QTextCursor.KeepAnchor)
    text_edit.setTextCursor(cursor)
    text_edit.insertPlainText(new)


def press(widget: Any, key: str) -> None:
    """Press a key as on the keyboard, such as "Ctrl+Z"; what a widget does not take goes to its parents."""
    import qt
    from PySide6.QtCore import QCoreApplication

    *modifiers, letter = key.split("+")
    pressed = qt.Qt.NoModifier
    for name in modifiers:
        pressed |= {"Ctrl": qt.Qt.ControlModifier, "Shift": qt.Qt.ShiftModifier}[name]
    for kind in (qt.QEvent.KeyPress, qt.QEvent.KeyRelease):
        QCoreApplication.sendEvent(widget, qt.QKeyEvent(kind, getattr(qt.Qt, f"Key_{letter}"), pressed))


def look_at(editor: Any, text: str) -> Any:
    """How the first letter of a text is drawn."""
    plain = editor.form.textEdit.plainText
    cursor = editor.form.textEdit.textCursor()
    cursor.setPosition(len(plain[: plain.index(text)].encode("utf-16-le")) // 2 + 1)
    return cursor.charFormat()


def color_at(editor: Any, text: str) -> str:
    return str(look_at(editor, text).foreground().color().name())


def is_underlined(editor: Any, text: str) -> bool:
    return bool(look_at(editor, text).fontUnderline())


def stage_texts(editor: Any) -> list[str]:
    return [editor.form.stageList.item(row).text() for row in range(editor.form.stageList.count)]


def findings(editor: Any) -> list[str]:
    return [editor.form.findingList.item(row).text() for row in range(editor.form.findingList.count)]
