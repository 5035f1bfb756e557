"""The text field with parameters that are changed for one run."""

from __future__ import annotations

import re
from typing import Any

from .parameter_set import ParameterSet, stored_texts, texts_in

_BETWEEN = re.compile(r"[\n\r;]+")


def overrides_of(parameters: ParameterSet) -> tuple[str, ...]:
    """The changes that a parameter set holds: one per line, or with semicolons between them."""
    parts = _BETWEEN.split("\n".join(texts_in(parameters.overrides)))
    return tuple(part.strip() for part in parts if part.strip())


class OverridesText:
    """Binds a text field to the changes of the parameter set.

    The wrapper of parameter nodes would write the text anew with every letter, and the cursor would jump.

    :param text_edit: a QPlainTextEdit.
    """

    def __init__(self, text_edit: Any) -> None:
        self._text_edit = text_edit
        self._parameters: ParameterSet | None = None
        self._is_showing = False
        text_edit.connect("textChanged()", self._take)

    def set_parameters(self, parameters: ParameterSet | None) -> None:
        """Bind to another parameter set, or to none."""
        self._parameters = parameters
        self.show()

    def show(self) -> None:
        """Show what the parameter set says."""
        text = "\n".join(texts_in(self._parameters.overrides)) if self._parameters is not None else ""
        if str(self._text_edit.toPlainText()) == text:
            return
        self._is_showing = True
        try:
            self._text_edit.setPlainText(text)
        finally:
            self._is_showing = False

    def _take(self) -> None:
        if self._parameters is not None and not self._is_showing:
            text = str(self._text_edit.toPlainText())
            self._parameters.overrides = stored_texts(tuple(text.split("\n")) if text else ())
