"""Which landmarks drove a result, kept at its transform node, so that it is known when the result is evaluated."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ElastixPlusLib.accuracy.landmark_errors import PairError

ROLES_ATTRIBUTE = "ElastixPlus.DrivingLandmarks"


def remember_roles(transform: Any, pairs: Iterable[PairError]) -> None:
    """Keep at the transform node of a result which landmarks drove it; saved together with the scene.

    :param pairs: of the landmark report of the run.
    """
    driving = [pair.label for pair in pairs if pair.role == "drive"]
    transform.SetAttribute(ROLES_ATTRIBUTE, json.dumps(driving))


def remembered_driving(transform: Any) -> tuple[str, ...] | None:
    """The labels of the landmarks that drove a result; None for a transform of which nothing is known."""
    stored = transform.GetAttribute(ROLES_ATTRIBUTE) if transform is not None else None
    try:
        labels = json.loads(stored) if stored is not None else None
    except (ValueError, RecursionError):  # a scene may come from anywhere
        return None
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        return None
    return tuple(labels)
