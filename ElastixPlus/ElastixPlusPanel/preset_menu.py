"""The menu of the presets: edit, duplicate, keep in the scene, export, import, delete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
import slicer
from slicer.i18n import tr as _

from ElastixPlusLib.presets import Preset
from ElastixPlusLib.presets.library import user_preset_folder
from ElastixPlusLib.steps import in_background

from .background_registration import do_nothing
from .background_steps import BackgroundSteps
from .engine_choice import engine_settings
from .engine_components import components_at_hand
from .preset_choice import PresetChoice
from .preset_dialogs import PresetDialogs, default_file_name
from .preset_text import FIRST_IN_THE_LIST, rich

if TYPE_CHECKING:
    from ElastixPlusLib.presets.imported import Imported

MOST_NOTES = 12


@dataclass(frozen=True)
class Item:
    """One line of the menu.

    :param key: its name in the source.
    :param text: what the line says.
    :param tip: what it does.
    :param take: is called when it is chosen.
    """

    key: str
    text: str
    tip: str
    take: Callable[[], None]


class PresetMenu:
    """Fills the menu of a tool button; every line does what it says to the chosen preset.

    :param button: a QToolButton.
    :param choice: knows the chosen preset.
    :param look_again: is called when presets have come, gone or changed.
    """

    def __init__(self, button: Any, choice: PresetChoice, look_again: Callable[[], None]) -> None:
        self._button, self._choice, self._look_again = button, choice, look_again
        self.dialogs = PresetDialogs()
        self.actions: dict[str, Any] = {}
        self._items = self._make_items()
        self._import: BackgroundSteps[None, Imported] | None = None
        self._editor: Any = None
        self._components: BackgroundSteps[None, frozenset[str] | None] | None = None
        self._menu = qt.QMenu(button)
        self._menu.toolTipsVisible = True
        for item in self._items:
            self._add(item)
        self._menu.connect("aboutToShow()", self.show)
        button.setMenu(self._menu)

    def show(self) -> None:
        """Say of every line whether it can be chosen, and why not."""
        preset = self._choice.preset
        for item in self._items:
            reason = _why_not(item.key, preset)
            action = self.actions[item.key]
            action.enabled = not reason
            action.toolTip = rich(reason or item.tip)

    def stop(self) -> None:
        """Import nothing any more."""
        work, self._import = self._import, None
        if work is not None:
            work.stop()
        if self._components is not None:
            self._components.stop()

    def close(self) -> None:
        """Let go of everything: the panel is unloaded or reloaded."""
        self.stop()
        editor, self._editor = self._editor, None
        if editor is not None:
            editor.stop()

    def _make_items(self) -> tuple[Item, ...]:
        return (
            Item("edit", _("Edit..."), _("Change stages and parameters; of a built-in preset, in a copy."), self._edit),
            Item("duplicate", _("Duplicate..."), _("Make a copy under a name of yours."), self._duplicate),
            Item("keep", _("Save to scene"), _("Keep a copy in the scene, for whoever opens it."), self._keep),
            Item("export", _("Export..."), _("Write the preset into one file."), self._export),
            Item(
                "import", _("Import..."), _("Read presets or parameter files, also of SlicerElastix."), self._ask_import
            ),
            Item("delete", _("Delete"), _("Remove the preset, after a question."), self._delete),
        )

    def _add(self, item: Item) -> None:
        action = self._menu.addAction(item.text)
        action.connect("triggered(bool)", lambda _checked=False: self._take(item))
        self.actions[item.key] = action
        if item.key in ("duplicate", "import"):
            self._menu.addSeparator()

    def _take(self, item: Item) -> None:
        """A slot: whatever goes wrong has to reach the user from here."""
        try:
            if not _why_not(item.key, self._choice.preset):
                item.take()
        except Exception as error:
            self.dialogs.show_error(self._button, error)

    def _edit(self) -> None:
        from ElastixPlusLib.presets.user_presets import duplicate_of

        preset = self._chosen()
        if preset.origin == "built-in":
            preset = duplicate_of(preset, taken=self._taken())
        if self._editor is None:
            self._editor = self.dialogs.make_editor(self._button)
        self._editor.open(preset, self._saved)
        self._find_components()

    def _find_components(self) -> None:
        """Let the editor know what the engine can create, as soon as that is known."""
        settings = engine_settings()
        self._components = BackgroundSteps(
            in_background(lambda: components_at_hand(settings)),
            do_nothing,
            self._tell_components,
            do_nothing,
            do_nothing,
        )
        self._components.start()

    def _tell_components(self, components: frozenset[str] | None) -> None:
        if self._editor is not None:
            self._editor.know_components(components)

    def _duplicate(self) -> None:
        from ElastixPlusLib.presets.user_presets import duplicate_of, save_user_preset

        preset = self._chosen()
        title = self.dialogs.ask_for_title(self._button, _("Copy of {title}").format(title=preset.title))
        if title:
            self._saved(save_user_preset(duplicate_of(preset, title=title, taken=self._taken())))

    def _keep(self) -> None:
        from ElastixPlusLib.presets_at_hand import keep_in_scene

        kept = keep_in_scene(self._chosen(), slicer.mrmlScene)
        self._saved(kept)
        self.dialogs.show_note(
            self._button, _('"{title}" is in the scene now, and will be saved with it.').format(title=kept.title)
        )

    def _export(self) -> None:
        from ElastixPlusLib.presets.archive import SUFFIX, export_preset

        preset = self._chosen()
        path = self.dialogs.ask_for_new_file(self._button, default_file_name(preset.id, SUFFIX))
        if path:
            export_preset(preset, Path(path))

    def _ask_import(self) -> None:
        paths = tuple(Path(path) for path in self.dialogs.ask_for_files(self._button))
        if not paths:
            return
        self.stop()
        taken = self._taken()
        self._import = BackgroundSteps(
            in_background(lambda: import_as_own(paths, taken)), do_nothing, self._imported, self._failed, do_nothing
        )
        self._import.start()

    def _imported(self, imported: Imported) -> None:
        self._import = None
        try:
            self._look_again()
            if imported.presets:
                self._choice.choose(imported.presets[0].id)
            self.dialogs.show_note(self._button, _import_text(imported))
        except Exception as error:  # called by a timer: what is not shown here, nobody sees
            self.dialogs.show_error(self._button, error)

    def _failed(self, error: Exception) -> None:
        self._import = None
        self._look_again()  # some may have been saved before
        self.dialogs.show_error(self._button, error)

    def _delete(self) -> None:
        from ElastixPlusLib.presets.preset_folder import remove_preset
        from ElastixPlusLib.presets_at_hand import remove_from_scene

        preset = self._chosen()
        if preset.origin == "scene":
            question = _('Delete the preset "{title}" from the scene?').format(title=preset.title)
        else:
            question = _('Delete your preset "{title}" and its folder {folder}? This cannot be undone.').format(
                title=preset.title, folder=preset.folder
            )
        if not self.dialogs.is_confirmed(self._button, question):
            return
        if preset.origin == "scene":
            remove_from_scene(preset.id, slicer.mrmlScene)
        else:
            remove_preset(preset)
        self._look_again()
        if self._choice.preset is None:  # else another one of the same id has come to light
            self._choice.choose(FIRST_IN_THE_LIST[0])

    def _saved(self, preset: Preset) -> None:
        self._look_again()
        self._choice.choose(preset.id)

    def _chosen(self) -> Preset:
        preset = self._choice.preset
        if preset is None:  # no line can be chosen then
            raise LookupError("no preset is chosen")
        return preset

    def _taken(self) -> frozenset[str]:
        """The ids that a new preset must not have: also those of folders that hold no sound preset."""
        folder = user_preset_folder()
        folders = [place.name for place in folder.iterdir()] if folder.is_dir() else []
        return frozenset((*(preset.id for preset in self._choice.presets), *folders))


def import_as_own(paths: tuple[Path, ...], taken: frozenset[str]) -> Imported:
    """Read presets from files and save them among the user's own; one whose id is taken gets another one.

    :raises ElastixPlusError: a file cannot be used, or the presets cannot be saved.
    """
    from ElastixPlusLib.presets.imported import free_names
    from ElastixPlusLib.presets.importing import import_presets
    from ElastixPlusLib.presets.user_presets import save_user_preset

    imported = import_presets(paths if len(paths) > 1 else paths[0])
    return replace(imported, presets=tuple(save_user_preset(one) for one in free_names(imported.presets, taken)))


def _import_text(imported: Imported) -> str:
    titles = ", ".join(f'"{preset.title}"' for preset in imported.presets[:MOST_NOTES])
    if len(imported.presets) > MOST_NOTES:
        titles += ", ..."
    count = len(imported.presets)
    head = _("Imported {count}: {titles}.").format(count=count, titles=titles) if count else _("Nothing was imported.")
    notes = list(imported.notes[:MOST_NOTES])
    if len(imported.notes) > MOST_NOTES:
        notes.append(_("... and {count} more notes.").format(count=len(imported.notes) - MOST_NOTES))
    return "\n".join([head, *notes])


def _why_not(key: str, preset: Preset | None) -> str:
    """Why a line of the menu cannot be chosen; empty if it can."""
    if key == "import":
        return ""
    if preset is None:
        return _("Choose a preset first.")
    if key == "edit" and not preset.stages:
        return _("It has no parameters: it fits the landmarks alone.")
    if key == "keep" and preset.origin == "scene":
        return _("It lies in the scene already.")
    if key == "keep" and preset.origin == "built-in":
        return _("It comes with ElastixPlus, so that everyone has it. Duplicate it to keep a changed one.")
    if key == "delete" and preset.origin == "built-in":
        return _("It comes with ElastixPlus and stays. Only presets of yours can be deleted.")
    return ""
