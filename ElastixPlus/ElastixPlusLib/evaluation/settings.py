"""What a registration was asked for, in words for a report."""

from __future__ import annotations

from typing import Any

from ..request import RegistrationRequest


def settings_in_words(request: RegistrationRequest) -> tuple[tuple[str, str], ...]:
    """Name and value of everything that was chosen; what was left to the default is named where it matters.

    Names of volumes and masks are those of the nodes.
    """
    files = ", ".join(path.name for path in request.parameter_files)
    settings = [
        ("Fixed volume", _name(request.fixed)),
        ("Moving volume", _name(request.moving)),
        *(
            (f"Further {role} volumes", ", ".join(map(_name, volumes)))
            for role, volumes in (("fixed", request.further_fixed), ("moving", request.further_moving))
            if volumes
        ),
        ("Parameter files", files) if files else ("Preset", request.preset),
        *((("Changed for this run", "; ".join(request.overrides)),) if request.overrides else ()),
        ("Start from", _name(request.initial)),
        ("Crop", request.crop),
    ]
    if request.fixed_landmarks is not None:
        settings.append(("Strength of the landmarks", str(request.landmark_weight)))
        settings.append(("Check landmarks", ", ".join(request.check_labels) or "none: all of them drive"))
    for role in ("fixed", "moving"):
        for what in ("mask", "exclude"):
            given = getattr(request, f"{role}_{what}")
            if given is not None:
                segments = ", ".join(getattr(request, f"{role}_{what}_segments"))
                title = f"{role.capitalize()} mask" if what == "mask" else f"Excluded in the {role} volume"
                settings.append((title, _name(given) + (f" ({segments})" if segments else "")))
    if request.fixed_mask is not None or request.moving_mask is not None:
        settings.append(("Edge of the masks", request.mask_edge))
        settings.append(("Margin of the masks", f"{request.mask_margin_mm:g} mm"))
    if request.threads is not None:
        settings.append(("Threads", str(request.threads)))
    if request.seed is not None:
        settings.append(("Seed", str(request.seed)))
    return tuple(settings)


def _name(given: Any) -> str:
    return given if isinstance(given, str) else str(given.GetName())
