"""Tell elastix what the edge of a mask means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, TypeAlias

from .parameter_file import ParameterFile
from .pyramid_schedule import resolution_count

Edge: TypeAlias = Literal["region", "artificial"]

# Of the samples that fall into a moving mask no more than this part falls into what erosion leaves of it, and elastix
# gives up below 25 percent unless a file says otherwise. It keeps samplers fed as well: what is left fills at least
# this part of what the mask filled of its box.
LEAST_LEFT = 0.25

_EROSION = re.compile(r"Erode(Fixed|Moving)?Mask\d*")


def with_mask_edges(
    parameter_file: ParameterFile,
    fixed: Edge | None,
    moving: Edge | None,
    fixed_left: Sequence[float] | None = None,
    moving_left: Sequence[float] | None = None,
) -> ParameterFile:
    """Set the erosion of masks, which elastix does by default, to what the edge of each mask means.

    :param fixed: "region": the edge of a region of interest is anatomy and must be kept, so nothing is eroded;
        "artificial": beyond the edge voxels mean nothing, and since smoothing carries them inwards the mask is eroded;
        None: there is no fixed mask. ``moving`` likewise.
    :param fixed_left: the part of the mask that erosion leaves at each resolution, from
        :func:`.mask_erosion.eroded_fractions`: where it is less than a quarter, an artificial edge is not eroded
        either. None erodes at every resolution. ``moving_left`` likewise.
    :returns: the file with what it said about erosion replaced; unchanged if there is no mask.
    :raises ValueError: the parts left are not as many as the resolutions.

    >>> file = with_mask_edges(ParameterFile.parse("(NumberOfResolutions 2)"), "artificial", "region", (0.1, 0.7))
    >>> file.get("ErodeFixedMask"), file.get("ErodeMovingMask")
    (('false', 'true'), ('false',))
    """
    resolutions = resolution_count(parameter_file)
    sides = [
        ("ErodeFixedMask", _erosions(fixed, fixed_left, resolutions)),
        ("ErodeMovingMask", _erosions(moving, moving_left, resolutions)),
    ]
    wanted = [(name, erosions) for name, erosions in sides if erosions]
    if not wanted:
        return parameter_file
    for name in parameter_file.names:
        if _EROSION.fullmatch(name):
            parameter_file = parameter_file.without(name)
    if len({erosions for _, erosions in wanted}) == 1:
        wanted = [("ErodeMask", wanted[0][1])]
    for name, erosions in wanted:
        parameter_file = parameter_file.with_values(name, *erosions)
    return parameter_file


def _erosions(edge: Edge | None, left: Sequence[float] | None, resolutions: int) -> tuple[str, ...]:
    """What elastix is to read for one mask: one word for all resolutions, or one for each; nothing without a mask."""
    if edge is None:
        return ()
    if edge == "region" or left is None:
        return ("true" if edge == "artificial" else "false",)
    if len(left) != resolutions:
        raise ValueError(f"{len(left)} parts left for {resolutions} resolutions")
    words = tuple("true" if part >= LEAST_LEFT else "false" for part in left)
    return words[:1] if len(set(words)) == 1 else words
