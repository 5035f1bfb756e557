"""Messages around elastix that come from Slicer or another extension; for a log of the application that is looked at.

Collected from the questions of Slicer users; ElastixPlus itself does not cause them.
"""

from __future__ import annotations

from .known_causes import KEEP_TRANSFORM_EXACT, KnownText, known

SLICER_TEXTS: tuple[KnownText, ...] = (
    known(
        r"Failed to load output transform from (?P<path>\S+)",
        "Transformix did not write the displacement field {path}.",
        "Look at its log for the reason, most often a full disk or too little memory, or keep the transform as it is.",
        KEEP_TRANSFORM_EXACT,
    ),
    known(
        r"has no attribute 'GetMovingNodeReferenceRole'",
        "The extension is newer than this Slicer.",
        "Update Slicer, or install the extension that belongs to it.",
    ),
    known(
        r"module 'Elastix' has no attribute '(?P<name>\w+)'",
        "Another extension asks SlicerElastix for {name}, which it no longer has.",
        "Update that extension; its script has to ask for the presets with getRegistrationPresets().",
    ),
    known(
        r"KeyError: 'LD_LIBRARY_PATH'|unsupported operand type\(s\) for \+: 'PosixPath' and 'str'",
        "The other extension could not put together the surroundings in which elastix runs.",
        "Update that extension, or register with ElastixPlus.",
    ),
    known(
        r"'bool' object has no attribute 'GetID'",
        "A script handed on whether a volume was loaded in the place of the volume.",
        "Give the node that loadVolume returns; older Slicers need returnNode=True for it.",
    ),
    known(
        r"object has no attribute 'createTempDirectory'",
        "A script called registerVolumes without making a logic first.",
        "Call it on a logic, as in ElastixPlusLogic().registerVolumes(...).",
    ),
    known(
        r"Failed to get transformation matrix because transform is not linear",
        "A warping transform is used where only a rigid or affine one is possible, as in volume rendering.",
        "Harden the transform, or use the resampled output volume.",
    ),
    known(
        r"Failed to find moving and/or fixed image for transform",
        "The transform does not know which volumes it belongs to.",
        "Export a transform that ElastixPlus made, or set its fixed and moving volume as references.",
    ),
    known(
        r"inverse is inaccurate",
        "The transform cannot be inverted exactly there, because it bends or folds too sharply.",
        "Choose a preset with a coarser grid, and do not rely on the inverse at this place.",
    ),
)
