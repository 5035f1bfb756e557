"""A preset that SlicerElastix keeps in a scene, as the text of a node."""

from __future__ import annotations

import json

from ElastixPlusLib.presets.slicer_elastix_database import preset_of_slicer_elastix_text

from ..checks import confined_to, fresh_folder
from .preset_archive import check_preset

TOKENS = (
    b'"id": ', b'"modality": ', b'"content": ', b'"description": ', b'"publications": ', b'"parameter_files": ',
    b'"name": "../x"', b'"name": ', b"NaN", b"null", b"[]", b"{}", b"\\u0000", b"\\ud800", b"\\u202e",
)  # fmt: skip


def seeds() -> list[bytes]:
    """Presets with one stage and with two."""
    stage = {"name": "rigid", "content": '(Transform "EulerTransform")'}
    words = {"id": "knee-#4", "modality": "MR", "content": "knee", "description": "d", "publications": "10.1000/x"}
    return [
        json.dumps({"id": "knee", "parameter_files": [stage]}).encode(),
        json.dumps({**words, "parameter_files": [stage, {**stage, "name": "Param (2).txt"}]}).encode(),
    ]


def one_input(data: bytes) -> None:
    """Make a preset of the text."""
    with confined_to(fresh_folder("nothing")):
        preset = preset_of_slicer_elastix_text(data.decode("utf-8", "replace"), "here")
    check_preset(preset)
