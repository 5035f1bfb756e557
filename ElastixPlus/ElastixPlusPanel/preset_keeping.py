"""Where an edited preset is kept: among the user's own on disk, or in the scene."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from ElastixPlusLib.presets import Preset
from ElastixPlusLib.presets.draft import PresetDraft, draft_of, preset_of
from ElastixPlusLib.presets.user_presets import builtin_identifiers, free_identifier, save_user_preset
from ElastixPlusLib.presets_at_hand import keep_in_scene, presets_at_hand

from .preset_text import rich


def ask_title(parent: Any, proposed: str) -> str:
    """Let the user give a title; empty if the dialog is cancelled."""
    return str(
        qt.QInputDialog.getText(parent, _("Save as another preset"), _("Title:"), qt.QLineEdit.Normal, proposed)
    ).strip()


def ask_to_discard(parent: Any, title: str) -> bool:
    """Ask whether changes that are not saved may be lost."""
    return bool(
        slicer.util.confirmYesNoDisplay(
            rich(_('The changes of the preset "{title}" are not saved. Discard them?').format(title=title)),
            parent=parent,
        )
    )


def save_in_its_place(draft: PresetDraft, opened: Preset, scene: Any) -> Preset:
    """Save a draft where the preset that was opened lies; what is built in becomes one of the user's own.

    :param opened: the preset that the draft began with.
    :raises InputError: the draft is faulty, or cannot be written.
    """
    if opened.origin == "scene":
        return keep_in_scene(preset_of(draft), scene)
    if opened.origin == "user" and draft.described.id not in builtin_identifiers():
        return save_user_preset(preset_of(draft), replace=opened.folder is not None)
    return save_under(draft, own_title(draft, scene), scene)


def save_under(draft: PresetDraft, title: str, scene: Any) -> Preset:
    """Save a draft as another preset of the user's own.

    :raises InputError: the draft is faulty, or cannot be written.
    """
    return save_user_preset(_as_another(preset_of(draft), title, scene))


def save_in_scene(draft: PresetDraft, opened: Preset, scene: Any) -> Preset:
    """Keep a draft in the scene; under another id if one on disk that differs has the same.

    :raises InputError: the draft is faulty.
    """
    preset = preset_of(draft)
    on_disk = [one for one in presets_at_hand() if one.id == preset.id]
    if on_disk and (opened.origin == "built-in" or _differs(draft, on_disk[0])):
        preset = _as_another(preset, own_title(draft, scene), scene)
    return keep_in_scene(preset, scene)


def own_title(draft: PresetDraft, scene: Any) -> str:
    """A title that no preset has: the one of the draft, if it is new."""
    titles = {preset.title for preset in presets_at_hand(scene)}
    title = draft.described.title.strip()
    proposed, number = title, 1
    while proposed in titles:
        number += 1
        proposed = f"{title} ({number})"
    return proposed


def _as_another(preset: Preset, title: str, scene: Any) -> Preset:
    taken = {one.id for one in presets_at_hand(scene)} | builtin_identifiers()
    return replace(preset, id=free_identifier(title, taken), title=title)


def _differs(draft: PresetDraft, other: Preset) -> bool:
    return draft_of(other) != draft
