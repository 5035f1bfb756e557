"""From a change that the library offers to the choices of the panel that make the same change."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import slicer

from ElastixPlusLib.errors import Fix

from .mask_use import Region, is_mask_field, region_of_fields
from .parameter_set import (
    Crop,
    EngineKind,
    MaskEdge,
    ParameterSet,
    Start,
    Strength,
    TransformKind,
    stored_texts,
)

Members = dict[str, Any]
LARGEST_MARGIN_MM = 100.0
LARGEST_WEIGHT = 1000.0


def members_of_fix(parameters: ParameterSet, fix: Fix | None) -> Members:
    """The members of the parameter set that a fix changes, with their new values.

    :returns: empty if the panel has no control for a part of the fix, or if all of it is chosen already.
    """
    members: Members = {}
    changes = fix.changes if fix is not None else {}
    try:
        for field, value in changes.items():
            if not is_mask_field(field):
                members |= members_of_field(field, value)
        for side in ("fixed", "moving"):
            members |= _mask_members(parameters, side, changes)
    except (KeyError, TypeError, ValueError):  # a field or a value that the panel does not have
        return {}
    return {name: value for name, value in members.items() if parameters.getValue(name) != value}


def apply_fix(parameters: ParameterSet, fix: Fix) -> None:
    """Choose what a fix changes; nothing if the panel cannot express it."""
    members = members_of_fix(parameters, fix)
    with slicer.util.NodeModify(parameters):
        for name, value in members.items():
            parameters.setValue(name, value)


def members_of_field(field: str, value: Any) -> Members:
    """The members of the parameter set that say what a field of a request says; not for the fields of a mask.

    :raises KeyError: the panel has no control for the field.
    :raises ValueError: or none for the value; also a TypeError.
    """
    return _WRITERS[field](value)


def _mask_members(parameters: ParameterSet, side: str, changes: Mapping[str, Any]) -> Members:
    changed = {field: changes[field] for field in changes if is_mask_field(field) and field.startswith(side)}
    if not changed:
        return {}
    region = region_of_fields(side, Region.chosen(parameters, side).fields(side) | changed)
    if region is None:
        raise ValueError("one region cannot say it")
    return region.members(side)


def _same(member: str) -> Callable[[Any], Members]:
    return lambda value: {member: value}


def _node(member: str) -> Callable[[Any], Members]:
    def members(node: Any) -> Members:
        if node is not None and not isinstance(node, slicer.vtkMRMLNode):
            raise ValueError(f"{node!r} is no node")
        return {member: node}

    return members


def _texts(member: str) -> Callable[[Any], Members]:
    return lambda texts: {member: stored_texts(tuple(str(text) for text in texts))}


def _start(value: Any) -> Members:
    if isinstance(value, slicer.vtkMRMLTransformNode):
        return {"start": Start.TRANSFORM, "initial_transform": value}
    return {"start": Start(value)}


def _strength(value: Any) -> Members:
    if isinstance(value, str):
        return {"strength": Strength(value)}
    return {"strength": Strength.NUMBER, "own_weight": _number(value, 0.0, LARGEST_WEIGHT)}


def _number(value: Any, lowest: float, highest: float) -> float:
    number = float(value)
    if not (math.isfinite(number) and lowest <= number <= highest):
        raise ValueError(f"{value!r} is out of range")
    return number


_WRITERS: dict[str, Callable[[Any], Members]] = {
    "fixed": _node("fixed_volume"),
    "moving": _node("moving_volume"),
    "preset": _same("preset"),
    "parameter_files": _texts("parameter_files"),
    "fixed_landmarks": _node("fixed_landmarks"),
    "moving_landmarks": _node("moving_landmarks"),
    "check_labels": _texts("check_labels"),
    "landmark_weight": _strength,
    "skip_unusable_landmarks": _same("skip_unusable_landmarks"),
    "mask_edge": lambda value: {"mask_edge": MaskEdge(value)},
    "mask_margin_mm": lambda value: {"mask_margin_mm": _number(value, -LARGEST_MARGIN_MM, LARGEST_MARGIN_MM)},
    "crop": lambda value: {"crop": Crop(value)},
    "initial": _start,
    "output_transform": _node("output_transform"),
    "output_volume": _node("output_volume"),
    "transform_kind": lambda value: {"transform_kind": TransformKind(value)},
    "engine": lambda value: {"engine": EngineKind(value)},
    "threads": lambda value: {"threads": int(value or 0)},
    "keep_workspace": _same("keep_files"),
}
