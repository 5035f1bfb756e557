"""The choice of a preset: a combo box, narrowed down by words, and one line that says what the preset does."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from ElastixPlusLib.errors import InputError
from ElastixPlusLib.presets import Preset, list_presets
from ElastixPlusLib.presets.description import describe, search_text, text_matches

from .parameter_set import ParameterSet, texts_in


class PresetChoice:
    """Binds a search field, a combo box and a label to the preset of the parameter set.

    :param search_box: a QLineEdit; what is typed there narrows the combo box down.
    :param combo_box: a QComboBox with the presets' titles.
    :param summary_label: a QLabel.
    """

    def __init__(self, search_box: Any, combo_box: Any, summary_label: Any) -> None:
        self._search_box, self._combo_box, self._summary_label = search_box, combo_box, summary_label
        self._presets: tuple[Preset, ...] = ()
        self._search_texts: dict[str, str] = {}
        self._descriptions: dict[str, str] = {}  # read from files once: every choice in the panel shows them anew
        self._parameters: ParameterSet | None = None
        self._is_showing = False
        search_box.connect("textChanged(QString)", self.show)
        search_box.connect("returnPressed()", self._take_first)
        combo_box.connect("currentIndexChanged(int)", self._take)

    @property
    def needs_landmarks(self) -> bool:
        """Whether the chosen preset looks at landmarks alone."""
        if self._parameters is None or texts_in(self._parameters.parameter_files):
            return False
        return any(one.id == self._parameters.preset and one.recipe.landmark_fit for one in self._presets)

    def set_parameters(self, parameters: ParameterSet | None) -> None:
        """Bind to another parameter set, or to none; looks at the preset folders again."""
        self._parameters = parameters
        if parameters is not None:
            self._presets = list_presets()
            self._descriptions = {}
            self._search_texts = {preset.id: search_text(preset) for preset in self._presets}
        self.show()

    def show(self, _text: str = "") -> None:
        """Show the presets that fit the words, and the chosen one in any case."""
        if self._parameters is None or self._is_showing:
            return
        self._is_showing = True
        try:
            shown = [one for one in self._presets if self._fits(one) or one.id == self._parameters.preset]
            self._combo_box.clear()
            for preset in shown:
                self._combo_box.addItem(preset.title, preset.id)
            self._combo_box.currentIndex = self._combo_box.findData(self._parameters.preset)
            self._summary_label.text = self._summary()
        finally:
            self._is_showing = False

    def _fits(self, preset: Preset) -> bool:
        return text_matches(self._search_texts[preset.id], self._search_box.text)

    def _take(self, row: int) -> None:
        if self._parameters is not None and not self._is_showing and row >= 0:
            self._parameters.preset = str(self._combo_box.itemData(row))

    def _take_first(self) -> None:
        """The return key in the search field chooses the first preset that fits."""
        found = next((preset for preset in self._presets if self._fits(preset)), None)
        if found is not None and self._parameters is not None:
            self._search_box.clear()
            self._parameters.preset = found.id
            self.show()

    def _summary(self) -> str:
        if self._parameters is None:
            return ""
        if texts_in(self._parameters.parameter_files):
            return _("Not used: there are own parameter files (Advanced).")
        preset = next((one for one in self._presets if one.id == self._parameters.preset), None)
        if preset is None:
            return _("The preset {name} is not installed here. Choose another one.").format(
                name=self._parameters.preset
            )
        text = self._description(preset)
        fits = sum(self._fits(one) for one in self._presets)
        if self._search_box.text.strip():
            found = _("{count} of {all} presets fit.").format(count=fits, all=len(self._presets))
            return f"{found} {text}"
        return text

    def _description(self, preset: Preset) -> str:
        if preset.id not in self._descriptions:
            try:
                self._descriptions[preset.id] = describe(preset)
            except InputError as error:
                self._descriptions[preset.id] = str(error)
        return self._descriptions[preset.id]
