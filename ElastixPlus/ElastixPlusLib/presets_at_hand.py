"""All presets that can be chosen: the built-in ones, the user's own, and those that lie in a scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from slicer import vtkMRMLScene

from .errors import InputError, PresetError
from .mrml.scene_presets import (
    ScenePresetText,
    preset_texts,
    remove_preset_node,
    remove_preset_text,
    store_preset_text,
)
from .presets.archive import preset_as_text, preset_of_text
from .presets.library import (
    builtin_preset_folder,
    faulty_presets,
    find_preset,
    list_presets,
    unknown_preset,
    user_preset_folder,
)
from .presets.preset import Preset
from .presets.preset_folder import DESCRIPTION_FILE
from .presets.preset_json import is_identifier
from .presets.slicer_elastix_database import preset_of_slicer_elastix_text


def presets_at_hand(scene: vtkMRMLScene | None = None) -> tuple[Preset, ...]:
    """The presets on disk, sorted by id, then those in the scene.

    A preset of the scene with the id of one on disk is left out, as a scene of somebody else must not change what the
    user knows by that name; and so is a faulty one. :func:`faulty_presets_at_hand` tells of both.

    :param scene: None looks on disk only.
    :raises PresetError: a built-in preset is faulty or missing.
    """
    on_disk = list_presets()
    if scene is None:
        return on_disk
    return (*on_disk, *_in_scene(scene, on_disk)[0])


def faulty_presets_at_hand(scene: vtkMRMLScene | None = None) -> tuple[PresetError, ...]:
    """Why presets of the user's own, on disk or in the scene, cannot be used; one error for each."""
    on_disk = faulty_presets()
    if scene is None:
        return on_disk
    return (*on_disk, *_in_scene(scene, list_presets())[1])


def preset_at_hand(identifier: str, scene: vtkMRMLScene | None = None) -> Preset:
    """The preset with a given id; one on disk is found first, and others there are not even read.

    :param identifier: the id.
    :param scene: None looks on disk only.
    :raises PresetError: there is no such preset, or it is faulty.

    >>> preset_at_hand("generic").title
    'Generic: rigid, then B-spline'
    """
    if scene is None or not isinstance(identifier, str) or _is_on_disk(identifier):
        return find_preset(identifier)
    texts = preset_texts(scene)
    stored = [held for held in texts if held.identifier == identifier]
    faults = []
    # Those stored under this id first; the others, whose id is found only by reading them, where that is needed.
    for held in (*stored, *(held for held in texts if held not in stored)):
        try:
            preset = _preset_of(held)
        except PresetError as fault:
            faults += [fault] if held in stored else []
            continue
        if preset.id == identifier:
            return preset
    if faults:
        raise faults[0]
    kept = _in_scene(scene, ())[0]
    raise unknown_preset(identifier, [preset.id for preset in (*list_presets(), *kept)])


def keep_in_scene(preset: Preset, scene: vtkMRMLScene) -> Preset:
    """Keep a preset in a scene, so that it is saved with it; one of the same id is replaced.

    One with the id of a preset on disk is kept for others, who do not have that; here the one on disk goes first.

    :returns: the preset as it lies in the scene.
    :raises ParameterFileError: a stage cannot be read.
    :raises PresetError: it is too large, or its id is none.
    """
    text = preset_as_text(preset)
    kept = preset_of_text(text, f'"{preset.id}"', "scene")
    store_preset_text(scene, preset.id, preset.title, text)
    return kept


def remove_from_scene(identifier: str, scene: vtkMRMLScene) -> None:
    """Take a preset out of a scene, also a faulty one of ElastixPlus.

    :raises PresetError: there is no preset of this id in it.
    """
    for held in preset_texts(scene):
        try:
            found = _preset_of(held).id == identifier
        except PresetError:
            continue
        if found:
            remove_preset_node(scene, held.node_id)
            return
    if not remove_preset_text(scene, identifier):
        raise PresetError(f'There is no preset "{identifier}" in the scene.', "Choose one that lies there.")


def _in_scene(scene: vtkMRMLScene, on_disk: Sequence[Preset]) -> tuple[tuple[Preset, ...], tuple[PresetError, ...]]:
    """The presets of a scene that can be used, and why others cannot."""
    presets: dict[str, Preset] = {}
    faults = []
    others = {preset.id: preset for preset in on_disk}
    for held in preset_texts(scene):
        try:
            preset = _preset_of(held)
            same_id = presets.get(preset.id) or others.get(preset.id)
            if same_id is None:
                presets[preset.id] = preset
            elif not _is_same(preset, same_id):
                raise PresetError(
                    f'The preset "{held.name}" of the scene has the id "{preset.id}" of another one '
                    f"{'in the scene' if preset.id in presets else 'on disk'}, and is not used.",
                    "Delete or rename one of the two.",
                )
        except PresetError as fault:
            faults.append(fault)
    return tuple(presets.values()), tuple(faults)


def _is_same(one: Preset, other: Preset) -> bool:
    try:
        return preset_as_text(one) == preset_as_text(other)
    except InputError:  # a stage of the one on disk cannot be read
        return False


def _preset_of(held: ScenePresetText) -> Preset:
    where = f'"{held.name}" of the scene'
    if held.kind == "SlicerElastix":
        return replace(preset_of_slicer_elastix_text(held.text, where), origin="scene")
    return preset_of_text(held.text, where, "scene")


def _is_on_disk(identifier: str) -> bool:
    return is_identifier(identifier) and any(
        (folder / identifier / DESCRIPTION_FILE).is_file() for folder in (builtin_preset_folder(), user_preset_folder())
    )
