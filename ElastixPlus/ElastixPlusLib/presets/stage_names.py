"""Names of the parameter files of a preset: a number for the order, and what the stage does."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .stage_kinds import STAGE_KINDS, kind_of_transform

_LONGEST_WORD = 40
_TRANSFORM = re.compile(r'^[ \t]*\(Transform[ \t]+"?(\w+)', re.MULTILINE)
_NUMBER_IN_FRONT = re.compile(r"^[0-9]+[-_. ]*")


def stage_names(stages: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """New names for the parameter files of a preset, each one once and plain on every system.

    :param stages: the name that each one has now, and its text.

    >>> stage_names([("1-bspline.txt", '(Transform "BSplineTransform")'), ("My affine.TXT", "")])
    ('0-bspline.txt', '1-my-affine.txt')
    """
    return tuple(f"{number}-{_word(name, text)}.txt" for number, (name, text) in enumerate(stages))


def _word(name: str, text: str) -> str:
    """What a stage is called: its own word, unless that names another kind of transform than the stage has."""
    stem = _NUMBER_IN_FRONT.sub("", name.rsplit(".", 1)[0].lower())
    word = re.sub(r"[^a-z0-9]+", "-", stem)[:_LONGEST_WORD].strip("-")
    if word in (*STAGE_KINDS, "stage", ""):
        return stage_kind(text) or word or "stage"
    return word


def stage_kind(text: str) -> str:
    """The kind of a stage, of :data:`.stage_kinds.STAGE_KINDS`; empty if it is none of them.

    :param text: of its parameter file, which need not be readable yet.

    >>> stage_kind('(Transform "EulerTransform")'), stage_kind('(Transform "SplineKernelTransform")')
    ('rigid', '')
    """
    found = _TRANSFORM.search(text)
    return kind_of_transform(found[1]) if found else ""
