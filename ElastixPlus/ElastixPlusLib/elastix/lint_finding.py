"""What the lint of parameter files knows of a run, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning", "note"]
Kind: TypeAlias = Literal["syntax", "name", "value", "count", "component", "contradiction", "need", "unused"]


@dataclass(frozen=True)
class Circumstances:
    """What is known of the run that a parameter file is for; None is not known, as while editing.

    :param engine_components: everything that the engine can create, see :func:`.components.available_components`.
    :param has_fixed_mask: whether there is a fixed mask; ``has_moving_mask`` likewise.
    :param mask_edge: what the edges of the masks mean.
    :param has_landmarks: whether landmarks pull.
    :param has_start: whether the volumes start from a transform, or from where an earlier stage left them.
    :param image_pairs: how many pairs of volumes are compared.
    """

    engine_components: frozenset[str] | None = None
    has_fixed_mask: bool | None = None
    has_moving_mask: bool | None = None
    mask_edge: Literal["region", "artificial"] | None = None
    has_landmarks: bool | None = None
    has_start: bool | None = None
    image_pairs: int | None = None


UNKNOWN = Circumstances()
"""Nothing is known but the parameter file."""


@dataclass(frozen=True)
class LintFinding:
    """One thing in a parameter file that is wrong, doubtful or worth knowing.

    :param severity: "error": elastix refuses it or makes something else of it; "warning": it is probably not what was
        meant; "note": it does nothing, or is only worth knowing.
    :param what: one sentence.
    :param remedy: one sentence that starts with what to do; empty where nothing need be done.
    :param parameter: the parameter that it is about, as the file has it; None for a line that is none.
    :param line_number: 1-based; None for something that is missing.
    :param replacement: the values that the parameter should have, where that can be told without guessing.
    :param new_name: the name that the parameter should have.
    :param kind: what it is about, for programs.
    :param stage: 1 for the first parameter file of a preset; None where only one file was looked at.
    """

    severity: Severity
    what: str
    remedy: str = ""
    parameter: str | None = None
    line_number: int | None = None
    replacement: tuple[str, ...] | None = None
    new_name: str | None = None
    kind: Kind = "value"
    stage: int | None = None
