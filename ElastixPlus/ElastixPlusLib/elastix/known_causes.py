"""What a known failure consists of, and the remedies that several of them share."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import Fix

START_FROM_GRAVITY = Fix("Start from the centres of gravity", {"initial": "gravity"}, "--initial gravity")
KEEP_MASK_EDGE = Fix("Keep the mask's edge", {"mask_edge": "region"}, "--mask-edge region")
CROP_TO_OVERLAP = Fix("Crop to what both volumes show", {"crop": "overlap"}, "--crop overlap")
USE_ITK_ELASTIX = Fix("Use itk-elastix", {"engine": "itk"}, "--engine itk")
FIND_AN_ENGINE = Fix("Let ElastixPlus find an engine", {"engine": "auto"}, "--engine auto")
USE_GENERIC_PRESET = Fix("Use the generic preset", {"preset": "generic", "parameter_files": ()}, "--preset generic")
KEEP_TRANSFORM_EXACT = Fix("Do not sample the transform", {"transform_kind": "exact"}, "--transform-kind exact")

ALIGN = "Align the volumes roughly first, starting from landmarks or from the centres of the volumes"
CHECK_ENGINE = "Check the engine, or choose another one, {such_as_engine}."
OTHER_PLACE = "Choose a folder for temporary files that has enough room and plain letters in its name."
NEED_LESS_MEMORY = "Crop the volumes or resample them to larger voxels, or close other programs."


@dataclass(frozen=True)
class KnownText:
    """Something that elastix prints.

    :param pattern: finds it.
    :param what: one sentence on the cause; names in braces are groups of the pattern, or words that depend on the
        circumstances of the run (:func:`.run_circumstances.words_for`).
    :param remedy: one sentence on what to do, with the same names.
    :param fix: the remedy as a change of the request, where there is one.
    """

    pattern: re.Pattern[str]
    what: str
    remedy: str
    fix: Fix | None = None


@dataclass(frozen=True)
class KnownEnd:
    """A way to end without a word, with the sentences of a :class:`KnownText`."""

    what: str
    remedy: str
    fix: Fix | None = None


def known(pattern: str, what: str, remedy: str, fix: Fix | None = None) -> KnownText:
    """Make a :class:`KnownText`.

    >>> known(r"the moon is (?P<phase>\\w+)", "The moon is {phase}.", "Wait a week.").pattern.groups
    1
    """
    return KnownText(re.compile(pattern), what, remedy, fix)


def known_as(end: KnownEnd, pattern: str) -> KnownText:
    """Make a :class:`KnownText` that means the same as a way to end."""
    return known(pattern, end.what, end.remedy, end.fix)


WRONG_KIND = KnownEnd(
    "This elastix was built for another kind of computer, or its file is damaged.", CHECK_ENGINE, USE_ITK_ELASTIX
)
FORBIDDEN = KnownEnd(
    "The system does not let elastix be run; a virus scanner can also be the reason.", CHECK_ENGINE, USE_ITK_ELASTIX
)
NOT_THERE = KnownEnd(
    "There is no elastix any more at the place where it was looked for.",
    "Choose another engine, or leave the choice to ElastixPlus.",
    FIND_AN_ENGINE,
)
