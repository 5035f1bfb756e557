"""What the panel says of a preset: its name in the list, and everything that is known of it, as rich text.

Presets may come from strangers: all they say is shown as text, never as markup.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from slicer.i18n import tr as _

from ElastixPlusLib.presets import Preset
from ElastixPlusLib.presets.preset import ANY, MeasuredHere

FIRST_IN_THE_LIST = ("generic", "guided", "rigid", "affine")
LINK_COLOR = "#3584e4"  # can be read on light and on dark; Qt's own blue cannot
_DOI = re.compile(r"10\.\d{4,9}/[^\s<>\"]+")


def listed_first(preset: Preset) -> tuple[int, str, str]:
    """By what a list of presets is sorted: those for everything, the user's own, then all others by their titles."""
    if preset.id in FIRST_IN_THE_LIST and preset.origin == "built-in":
        return FIRST_IN_THE_LIST.index(preset.id), "", ""
    place = len(FIRST_IN_THE_LIST) + (preset.origin == "built-in")
    return place, preset.title.casefold(), preset.id


def listed_title(preset: Preset) -> str:
    """The name of a preset in a list."""
    where = {"user": _("yours"), "scene": _("in the scene")}.get(preset.origin, "")
    return f"{preset.title} ({where})" if where else preset.title


def rich(text: str) -> str:
    """A plain text as rich text, for places where Qt would guess which of the two it is."""
    return "<p>" + html.escape(text).replace("\n", "<br>") + "</p>"


def about_preset(preset: Preset) -> str:
    """Everything that is known of a preset, as rich text."""
    rows = (
        (_("Made for"), html.escape(_made_for(preset))),
        (_("Needs"), html.escape(_needs(preset))),
        (_("Works best with"), html.escape("; ".join(preset.expects))),
        (_("Used for"), html.escape(preset.used_for)),
        (_("Cite"), _citation(preset)),
        (_("Measured here"), "<br>".join(html.escape(_figures(one)) for one in preset.measured)),
        (_("Kept"), html.escape(_place(preset))),
    )
    told = "".join(f"<p><b>{html.escape(name)}:</b> {text}</p>" for name, text in rows if text)
    return (f"<p>{html.escape(preset.summary)}</p>" if preset.summary else "") + told


def about_faults(faults: Sequence[Exception]) -> str:
    """Why presets of the user's own are not in the list, as rich text; empty if all are."""
    if not faults:
        return ""
    head = _("Presets of yours that cannot be used")
    return f"<p><b>{html.escape(head)}:</b><br>" + "<br>".join(html.escape(str(fault)) for fault in faults) + "</p>"


def _made_for(preset: Preset) -> str:
    modality, anatomy = _listed(preset.modality), _listed(preset.anatomy)
    parts = [modality or _("all modalities"), anatomy or _("all anatomies")]
    whom = {"same": _("two scans of one subject"), "different": _("two subjects")}.get(preset.subject, "")
    return "; ".join([*parts, *([whom] if whom else [])])


def _needs(preset: Preset) -> str:
    words = {
        "fixed-mask": _("a mask of the fixed volume"),
        "moving-mask": _("a mask of the moving volume"),
        "landmarks": _("landmarks in both volumes"),
    }
    needs = [words[need] for need in preset.needs]
    if preset.image_pairs > 1:
        pairs = _("{count} pairs of volumes, which scripts and the command line can give")
        needs.append(pairs.format(count=preset.image_pairs))
    return ", ".join(needs)


def _citation(preset: Preset) -> str:
    parts = [html.escape(preset.citation)] if preset.citation else []
    if preset.doi:
        doi = html.escape(preset.doi)
        address = html.escape("https://doi.org/" + quote(preset.doi, safe="/:;()."))
        link = f'<a href="{address}" style="color: {LINK_COLOR}">doi:{doi}</a>'
        parts.append(link if _DOI.fullmatch(preset.doi) else f"doi:{doi}")
    return " ".join(parts)


def _figures(measured: MeasuredHere) -> str:
    """Such as "brain-pair: 1.8 mm left at check landmarks, 1.7 mm with landmarks that pull, 22 s (elastix 5.0.1)"."""
    left = (
        (measured.check_mm, _("{mm:.2f} mm left at check landmarks")),
        (measured.check_with_landmarks_mm, _("{mm:.2f} mm with other landmarks that pull")),
    )
    parts = [text.format(mm=mm) for mm, text in left if mm is not None]
    parts.append(_("{seconds:.0f} s with {engine}").format(seconds=measured.seconds, engine=measured.engine))
    return f"{measured.case}: " + ", ".join(parts)


def _place(preset: Preset) -> str:
    if preset.origin == "scene":
        return _("in the scene, and saved with it")
    return _("in {folder}").format(folder=preset.folder) if preset.origin == "user" and preset.folder else ""


def _listed(words: Iterable[str]) -> str:
    return ", ".join(word for word in words if word != ANY)
