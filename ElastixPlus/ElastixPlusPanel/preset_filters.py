"""What narrows the list of presets down: words, an anatomy, a modality."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from slicer.i18n import tr as _

from ElastixPlusLib.presets import Preset
from ElastixPlusLib.presets.finding import Filter, anatomies, modalities
from ElastixPlusLib.presets.preset import ANY


class PresetFilters:
    """Binds a search field and two combo boxes to a filter, which no parameter set keeps.

    :param ui: the widgets of the panel.
    :param on_change: is called when something else is looked for.
    """

    def __init__(self, ui: Any, on_change: Callable[[], None]) -> None:
        self._search_box = ui.presetSearchBox
        self._anatomy_box, self._modality_box = ui.presetAnatomyComboBox, ui.presetModalityComboBox
        self._on_change = on_change
        self._is_filling = False
        self._search_box.connect("textChanged(QString)", self._changed)
        for combo_box in (self._anatomy_box, self._modality_box):
            combo_box.connect("currentIndexChanged(int)", self._changed)

    @property
    def wanted(self) -> Filter:
        """What is looked for now."""
        return Filter(str(self._search_box.text), _chosen(self._anatomy_box), _chosen(self._modality_box))

    def offer(self, presets: Iterable[Preset]) -> None:
        """Offer what the presets name; what is chosen stays chosen if there still is any of it."""
        presets = tuple(presets)
        self._is_filling = True
        try:
            _fill(self._anatomy_box, anatomies(presets), _("any anatomy"))
            _fill(self._modality_box, modalities(presets), _("any modality"))
        finally:
            self._is_filling = False

    def clear(self) -> None:
        """Look for nothing any more."""
        self._is_filling = True
        try:
            self._search_box.clear()
            self._anatomy_box.currentIndex = self._modality_box.currentIndex = 0
        finally:
            self._is_filling = False
        self._on_change()

    def _changed(self, _value: Any = None) -> None:
        if not self._is_filling:
            self._on_change()


def _fill(combo_box: Any, choices: Sequence[str], any_text: str) -> None:
    chosen = _chosen(combo_box)
    combo_box.clear()
    for choice in choices:
        combo_box.addItem(any_text if choice == ANY else choice, choice)
    combo_box.currentIndex = choices.index(chosen) if chosen in choices else 0


def _chosen(combo_box: Any) -> str:
    row = combo_box.currentIndex
    return str(combo_box.itemData(row)) if row >= 0 else ANY
