"""The choice of a preset: a combo box, narrowed down by filters, and one line that says what the preset does."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from ElastixPlusLib.errors import InputError
from ElastixPlusLib.presets import Preset
from ElastixPlusLib.presets.description import describe
from ElastixPlusLib.presets.finding import PresetIndex
from ElastixPlusLib.presets_at_hand import presets_at_hand
from ElastixPlusLib.steps import in_background

from .background_registration import do_nothing
from .background_steps import BackgroundSteps
from .parameter_set import ParameterSet, texts_in
from .preset_filters import PresetFilters
from .preset_text import listed_first, listed_title


class PresetChoice:
    """Binds filters, a combo box and a label to the preset of the parameter set.

    :param ui: the widgets of the panel: what is typed in its search field narrows its combo box down.
    """

    def __init__(self, ui: Any) -> None:
        self._combo_box, self._summary_label = ui.presetComboBox, ui.presetSummaryLabel
        self._index = PresetIndex(())
        self._found: tuple[Preset, ...] = ()
        self._descriptions: dict[str, str] = {}  # read from files once: every choice in the panel shows them anew
        self._parameters: ParameterSet | None = None
        self._is_showing = False
        self._reading: BackgroundSteps[None, Any] | None = None
        self._filters = PresetFilters(ui, self._narrow)
        ui.presetSearchBox.connect("returnPressed()", self._take_first)
        self._combo_box.connect("currentIndexChanged(int)", self._take)

    @property
    def presets(self) -> tuple[Preset, ...]:
        """Everything that can be chosen, in the order of the list; none without a parameter set."""
        return self._index.presets

    @property
    def ids(self) -> frozenset[str]:
        """The ids of everything that can be chosen."""
        return frozenset(preset.id for preset in self.presets)

    @property
    def preset(self) -> Preset | None:
        """The chosen preset; None if there is none, or it is not at hand."""
        if self._parameters is None:
            return None
        return next((one for one in self.presets if one.id == self._parameters.preset), None)

    @property
    def uses_own_files(self) -> bool:
        """Whether own parameter files, or those of a record, are registered with instead of the preset."""
        parameters = self._parameters
        return parameters is not None and bool(
            texts_in(parameters.parameter_files) or texts_in(parameters.exact_parameters)
        )

    @property
    def needs_landmarks(self) -> bool:
        """Whether the chosen preset cannot run without landmarks."""
        preset = None if self.uses_own_files else self.preset
        return preset is not None and ("landmarks" in preset.needs or bool(preset.recipe.landmark_fit))

    def set_parameters(self, parameters: ParameterSet | None) -> None:
        """Bind to another parameter set, or to none; looks for presets again."""
        self._parameters = parameters
        self.look_again()

    def look_again(self, is_changed: bool = False) -> None:
        """Look at the folders and the scene again: presets may have come or gone.

        :param is_changed: the files of one may say something else than before.
        """
        if self._parameters is None:
            self._stop_reading()
            return
        presets = tuple(sorted(presets_at_hand(slicer.mrmlScene), key=listed_first))
        if is_changed or presets != self.presets:
            self._read(PresetIndex(presets))
            self._filters.offer(presets)
        self._narrow()

    def _read(self, index: PresetIndex) -> None:
        """Take other presets, and read their files in the background before somebody looks for words in them."""
        self._index, self._descriptions = index, {}
        self._stop_reading()
        self._reading = BackgroundSteps(
            in_background(lambda: index.texts), do_nothing, self._has_read, self._has_read, do_nothing
        )
        self._reading.start()

    def _has_read(self, _outcome: Any) -> None:
        self._reading = None

    def _stop_reading(self) -> None:
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.stop()

    def choose(self, identifier: str) -> None:
        """Choose a preset."""
        if self._parameters is not None:
            self._parameters.preset = identifier
            self.show()

    def show(self) -> None:
        """Show the presets that are found, and the chosen one in any case."""
        if self._parameters is None or self._is_showing:
            return
        self._is_showing = True
        try:
            chosen = self._parameters.preset
            is_found = any(one.id == chosen for one in self._found)
            shown = [*self._found, *(() if is_found or self.preset is None else (self.preset,))]
            self._fill([(listed_title(one), one.id) for one in shown])
            self._combo_box.currentIndex = self._combo_box.findData(chosen)
            self._summary_label.text = self._summary()
        finally:
            self._is_showing = False

    def _fill(self, rows: list[tuple[str, str]]) -> None:
        combo_box = self._combo_box
        if rows == [(combo_box.itemText(row), combo_box.itemData(row)) for row in range(combo_box.count)]:
            return  # every choice in the panel comes here
        combo_box.clear()
        for title, identifier in rows:
            combo_box.addItem(title, identifier)

    def _narrow(self) -> None:
        if self._parameters is not None:
            self._found = self._index.found(self._filters.wanted)
            self.show()

    def _take(self, row: int) -> None:
        if self._parameters is not None and not self._is_showing and row >= 0:
            self._parameters.preset = str(self._combo_box.itemData(row))

    def _take_first(self) -> None:
        """The return key in the search field chooses the first preset that is found."""
        if self._found:
            first = self._found[0]
            self._filters.clear()
            self.choose(first.id)

    def _summary(self) -> str:
        if self._parameters is None:
            return ""
        if texts_in(self._parameters.exact_parameters):
            return _("Not used: there are parameter files of a record.")
        if self.uses_own_files:
            return _("Not used: there are own parameter files (Advanced).")
        if self.preset is None:
            return _("The preset {name} is not installed here. Choose another one.").format(
                name=self._parameters.preset
            )
        text = self._description(self.preset)
        if self._filters.wanted.narrows:
            found = _("{count} of {all} presets fit.").format(count=len(self._found), all=len(self.presets))
            return f"{found} {text}"
        return text

    def _description(self, preset: Preset) -> str:
        if preset.id not in self._descriptions:
            try:
                self._descriptions[preset.id] = describe(preset)
            except InputError as error:
                self._descriptions[preset.id] = str(error)
        return self._descriptions[preset.id]
