"""From the record of a run to the choices of the panel that make the same run, and what the panel cannot choose."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import slicer
from slicer.i18n import tr as _

from ElastixPlusLib.mrml.applied_transform import withdraw_transform

from .applied_fix import Members, members_of_field
from .mask_choice import MASK_NODE_TYPES
from .mask_use import Region, region_of_fields
from .parameter_set import ParameterSet, Start, stored_texts

if TYPE_CHECKING:
    from ElastixPlusLib.record.run_record import InputIdentity, RunRecord

VOLUME, POINTS, TRANSFORM = "vtkMRMLScalarVolumeNode", "vtkMRMLMarkupsFiducialNode", "vtkMRMLTransformNode"
NODES = (
    ("fixed", "fixed_volume", VOLUME),
    ("moving", "moving_volume", VOLUME),
    ("fixed_landmarks", "fixed_landmarks", POINTS),
    ("moving_landmarks", "moving_landmarks", POINTS),
    ("initial", "initial_transform", TRANSFORM),
)
FIELDS = (
    *("landmark_weight", "check_labels", "skip_unusable_landmarks", "mask_edge", "mask_margin_mm"),
    *("crop", "initial", "transform_kind", "threads"),
)
MOVING_SIDE = ("moving_volume", "moving_landmarks", "moving_mask")

Note = Callable[[str], None]


@dataclass(frozen=True)
class Filling:
    """What a record chooses.

    :param members: of the parameter set, with their values.
    :param notes: what was not found, or cannot be chosen here, as sentences.
    """

    members: Members
    notes: tuple[str, ...] = ()


def filling_of(record: RunRecord, scene: Any, preset_ids: Collection[str]) -> Filling:
    """Find out what a record chooses; nothing is changed.

    :param scene: where the nodes are looked for: by their ids where name and class agree, else by name and class.
    :param preset_ids: the presets at hand.
    """
    notes: list[str] = []
    # A new result must not take the place of the recorded one.
    members: Members = {"output_transform": None, "output_volume": None}
    for role, member, kind in NODES:
        members[member] = _found(record.input(role), scene, (kind,), notes.append)
    for side in ("fixed", "moving"):
        members |= _region(record, scene, side, notes.append).members(side)
    for field in FIELDS:
        members |= _members_of_choice(field, getattr(record.choices, field), notes.append)
    if members.get("start") is Start.TRANSFORM and record.input("initial") is None:
        notes.append(_("The record does not say which transform it started from."))
    if record.inputs_of("further_fixed"):
        notes.append(_("The run compared further pairs of volumes, which only a script or the command line can give."))
    members |= _parameters(record, preset_ids, notes.append)
    return Filling(members, tuple(dict.fromkeys(notes)))


def fill(parameters: ParameterSet, filling: Filling) -> None:
    """Choose everything at once."""
    with slicer.util.NodeModify(parameters):
        for name, value in filling.members.items():
            parameters.setValue(name, value)


def put_back(filling: Filling, transform: Any) -> tuple[str, ...]:
    """Take what moves with the moving volume out from under the recorded result, as it lay when the run began.

    :returns: the names of the nodes that were taken out.
    """
    moved = []
    for node in dict.fromkeys(filling.members[member] for member in MOVING_SIDE):
        if node is not None:
            before = node.GetParentTransformNode()
            withdraw_transform(node, transform)
            moved += [node.GetName()] if node.GetParentTransformNode() is not before else []
    return tuple(moved)


def nodes_like(scene: Any, identity: InputIdentity) -> list[Any]:
    """The nodes that a recorded input may be: the one with its id, else all of its name and class.

    :param identity: from a record, which may come from anywhere: nothing in it is passed on to the scene.
    """
    nodes = (scene.GetNthNode(number) for number in range(scene.GetNumberOfNodes()))
    alike = [node for node in nodes if (node.GetClassName(), node.GetName() or "") == (identity.kind, identity.name)]
    return [node for node in alike if node.GetID() == identity.node_id] or alike


def _found(identity: InputIdentity | None, scene: Any, kinds: Iterable[str], note: Note) -> Any:
    """The node that was the input; None, with a note, if there is none that can be chosen."""
    if identity is None:
        return None
    what = role_in_words(identity.role)
    nodes = nodes_like(scene, identity)
    if not nodes:
        note(_('The {what} "{name}" is not in the scene.').format(what=what, name=identity.name))
    elif len(nodes) > 1:
        text = _('The {what} was called "{name}", as {count} nodes are now: choose the right one.')
        note(text.format(what=what, name=identity.name, count=len(nodes)))
    elif not any(nodes[0].IsA(kind) for kind in kinds):
        note(_('The {what} "{name}" cannot be chosen in the panel.').format(what=what, name=identity.name))
    else:
        return nodes[0]
    return None


def _region(record: RunRecord, scene: Any, side: str, note: Note) -> Region:
    fields: Members = {}
    for what in ("mask", "exclude"):
        role, names = f"{side}_{what}", getattr(record.choices, f"{side}_{what}_segments")
        node = _found(record.input(role), scene, MASK_NODE_TYPES, note)
        segments = _segment_ids(node, names) if node is not None else ()
        if segments is None:
            text = _('The segment of the {what} is not in "{name}" any more.')
            note(text.format(what=role_in_words(role), name=node.GetName()))
            node, segments = None, ()
        automatic = getattr(record.choices, role) if what == "mask" else ""
        fields |= {role: automatic or node, f"{role}_segments": segments}
    region = region_of_fields(side, fields)
    if region is None:
        note(_("The {what} was made of more than the panel can choose.").format(what=role_in_words(f"{side}_mask")))
    return region or Region()


def _segment_ids(node: Any, names: Iterable[str]) -> tuple[str, ...] | None:
    """The ids of segments that a record gives by id or by name; None if one is not there."""
    if not node.IsA("vtkMRMLSegmentationNode"):
        return () if not tuple(names) else None
    segmentation = node.GetSegmentation()
    ids = [segmentation.GetNthSegmentID(number) for number in range(segmentation.GetNumberOfSegments())]
    id_of = {segmentation.GetSegment(one).GetName(): one for one in ids} | {one: one for one in ids}
    found = [id_of.get(name) for name in names]
    return None if None in found else tuple(str(one) for one in found)


def _members_of_choice(field: str, value: Any, note: Note) -> Members:
    try:
        return members_of_field(field, value)
    except (KeyError, TypeError, ValueError):  # of another version, or out of the range of the panel
        text = _("The panel cannot choose {value} for {what}.")
        note(text.format(value=str(value)[:60], what=field.replace("_", " ")))
        return {}


def _parameters(record: RunRecord, preset_ids: Collection[str], note: Note) -> Members:
    """The preset with what was changed in it, or exactly the files of the record where no preset can give them."""
    choices, texts = record.choices, tuple(one.text for one in record.parameter_files)
    members: Members = {"parameter_files": stored_texts(()), "exact_parameters": stored_texts(())}
    if choices.preset in preset_ids and (choices.seed is None or not texts):
        return members | {"preset": choices.preset, "overrides": stored_texts(choices.overrides)}
    if not texts:
        note(_('The preset "{name}" is not installed here.').format(name=choices.preset))
        return members
    if not choices.preset:
        note(_("The run had own parameter files. Elastix gets exactly those of the record."))
    elif choices.preset not in preset_ids:
        text = _('The preset "{name}" is not installed here. Elastix gets exactly the parameter files of the record.')
        note(text.format(name=choices.preset))
    else:
        text = _("The run had the seed {seed}. Elastix gets exactly the parameter files of the record, which hold it.")
        note(text.format(seed=choices.seed))
    return members | exact_members(record)


def exact_members(record: RunRecord) -> Members:
    """What has to be chosen so that elastix gets the parameter files of a record to the letter."""
    texts = tuple(one.text for one in record.parameter_files)
    # What was changed for the run is in the files already.
    return {"exact_parameters": stored_texts(texts), "parameter_files": "[]", "overrides": "[]"}


def role_in_words(role: str) -> str:
    """What an input was, for the middle of a sentence."""
    words = {
        "fixed": _("fixed volume"),
        "moving": _("moving volume"),
        "fixed_landmarks": _("list of fixed landmarks"),
        "moving_landmarks": _("list of moving landmarks"),
        "fixed_mask": _("mask of the fixed volume"),
        "moving_mask": _("mask of the moving volume"),
        "fixed_exclude": _("excluded part of the fixed volume"),
        "moving_exclude": _("excluded part of the moving volume"),
        "initial": _("transform to start from"),
    }
    return words.get(role, role.replace("_", " "))
