"""Keys that a text field would take for itself, and the closing of a window that may be refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt


class EditorKeys(qt.QObject):
    """Watches a window and its text field.

    :param window: asked about before it closes.
    :param text_edit: its keys for undo and redo go to the editor, as its own undo is off.
    :param may_close: whether the window may close.
    :param slots: what is called for which keys, such as ``qt.QKeySequence.Undo``.
    """

    def __init__(
        self,
        window: Any,
        text_edit: Any,
        may_close: Callable[[], bool],
        slots: dict[Any, Callable[[], None]],
    ) -> None:
        qt.QObject.__init__(self)
        self._may_close, self._slots = may_close, slots
        window.installEventFilter(self)
        text_edit.installEventFilter(self)

    def eventFilter(self, _watched: Any, event: Any) -> bool:  # noqa: N802
        """Whether the event is dealt with here; Qt calls this."""
        if event.type() == qt.QEvent.Close and not self._may_close():
            event.ignore()
            return True
        if event.type() == qt.QEvent.KeyPress:
            for keys, slot in self._slots.items():
                if event.matches(keys):
                    slot()
                    return True
        return False
