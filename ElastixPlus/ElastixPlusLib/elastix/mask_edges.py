"""Tell elastix what the edge of a mask means."""

from __future__ import annotations

import re

from .parameter_file import ParameterFile

_EROSION = re.compile(r"Erode(Fixed|Moving)?Mask\d*")


def with_mask_edge(parameter_file: ParameterFile, edge: str) -> ParameterFile:
    """Set the erosion of masks, which elastix does by default, to what the mask's edge means.

    :param edge: "region": the edge of a region of interest is anatomy and must be kept, so nothing is eroded;
        "artificial": beyond the edge voxels mean nothing, and since smoothing carries them inwards the mask is eroded.

    >>> with_mask_edge(ParameterFile.parse('(ErodeFixedMask "true")'), "region").get("ErodeMask")
    ('false',)
    """
    for name in parameter_file.names:
        if _EROSION.fullmatch(name):
            parameter_file = parameter_file.without(name)
    return parameter_file.with_values("ErodeMask", "true" if edge == "artificial" else "false")
