"""All hard cases, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType

import cases_of_content
import cases_of_landmarks
import cases_of_position
import cases_of_region
from hard_case import HardCase

_MODULES = (cases_of_position, cases_of_region, cases_of_landmarks, cases_of_content)


def hard_cases() -> Mapping[str, Callable[[], HardCase]]:
    """What makes each case; the names are those of the functions, in the order in which they are written.

    A case raises :class:`.anatomies.MissingDataError` where its real data is not there.
    """
    return {name.replace("_", "-"): maker for module in _MODULES for name, maker in _makers(module).items()}


def _makers(module: ModuleType) -> dict[str, Callable[[], HardCase]]:
    return {
        name: value
        for name, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", "") == module.__name__ and not name.startswith("_")
    }
