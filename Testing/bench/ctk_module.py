"""The module `ctk`."""

from __future__ import annotations

import types

from . import ctk_buttons, ctk_numbers, ctk_paths
from .stand_in import stand_ins


def make_ctk_module() -> types.ModuleType:
    """Return the module `ctk` with the stand-ins that the bench has."""
    ctk = types.ModuleType("ctk", f"Stand-ins of {ctk_buttons.__name__}, {ctk_numbers.__name__}, {ctk_paths.__name__}")
    for name, cls in stand_ins.items():
        if name.startswith("ctk"):
            setattr(ctk, name, cls)
    return ctk
