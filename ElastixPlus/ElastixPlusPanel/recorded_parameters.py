"""The parameter files of a record, where a registration uses exactly those instead of a preset."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from .parameter_set import ParameterSet, stored_texts, texts_in


class RecordedParameters:
    """Says below the preset that it is not used, and lets the user return to it.

    :param ui: the widgets of the panel.
    """

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        self._parameters: ParameterSet | None = None
        ui.dropExactParametersButton.connect("clicked(bool)", self.drop)
        self.show()

    def set_parameters(self, parameters: ParameterSet | None) -> None:
        """Bind to another parameter set, or to none."""
        self._parameters = parameters
        self.show()

    def show(self) -> None:
        """Show what the parameter set says."""
        count = len(texts_in(self._parameters.exact_parameters)) if self._parameters is not None else 0
        self._ui.exactParametersRow.setVisible(bool(count))
        self._ui.exactParametersLabel.text = _(
            "Parameter files of a record: {count}. Elastix gets them to the letter. Preset, strength of the landmarks "
            "and edge of the masks change nothing in them."
        ).format(count=count)

    def drop(self) -> None:
        """Use the preset again."""
        if self._parameters is not None:
            self._parameters.exact_parameters = stored_texts(())
            self.show()
