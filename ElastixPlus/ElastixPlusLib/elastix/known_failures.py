"""All that is known of how elastix fails, in the words of the user: cause, remedy and, where there is one, the fix.

The texts were collected by making both engines (5.0.1, and 5.3.1 in itk-elastix) fail, and from ten years of questions
of Slicer users. They are tried in the order of :data:`KNOWN_TEXTS`.
"""

from __future__ import annotations

from .known_causes import KnownEnd, KnownText
from .known_input_texts import LANDMARK_TEXTS, MASK_TEXTS, OVERLAP_TEXTS, VOLUME_TEXTS
from .known_parameter_texts import PARAMETER_TEXTS
from .known_slicer_texts import SLICER_TEXTS
from .known_statuses import KNOWN_STATUSES
from .known_system_texts import FILE_TEXTS, INSTALLATION_TEXTS, MEMORY_TEXTS

__all__ = ["KNOWN_STATUSES", "KNOWN_TEXTS", "KnownEnd", "KnownText"]

KNOWN_TEXTS: tuple[KnownText, ...] = (
    *MEMORY_TEXTS,
    *OVERLAP_TEXTS,
    *MASK_TEXTS,
    *VOLUME_TEXTS,
    *LANDMARK_TEXTS,
    *PARAMETER_TEXTS,
    *FILE_TEXTS,
    *INSTALLATION_TEXTS,
    *SLICER_TEXTS,
)
