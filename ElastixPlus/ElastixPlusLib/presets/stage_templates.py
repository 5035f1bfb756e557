"""What a new stage begins with: a parameter file of a built-in preset."""

from __future__ import annotations

from ..elastix.parameter_file import ParameterFile
from ..errors import PresetError
from .library import builtin_preset_folder
from .stage_kinds import STAGE_KINDS

# Presets for everything come first: what others set is meant for their case.
_PRESETS_FOR_EVERYTHING = ("generic", "rigid", "affine", "translation", "similarity")


def stage_template(kind: str) -> str:
    """The text of a new stage, from a built-in preset that has a stage of this name.

    :param kind: of :data:`.stage_kinds.STAGE_KINDS`.
    :raises PresetError: there is no such kind, or the built-in presets are missing.

    >>> ParameterFile.parse(stage_template("similarity")).first("Transform", "")
    'SimilarityTransform'
    """
    if kind not in STAGE_KINDS:
        raise PresetError(f'There is no stage of the kind "{kind}".', f"Choose one of {', '.join(STAGE_KINDS)}.")
    transforms = STAGE_KINDS[kind]
    for preset in _PRESETS_FOR_EVERYTHING:
        for path in sorted((builtin_preset_folder() / preset).glob(f"*-{kind}.txt")):
            file = ParameterFile.read(path)
            if file.first("Transform", "") in transforms:
                return file.text
    raise PresetError(f"No built-in preset has a stage of the kind {kind}.", "Install ElastixPlus again.")
