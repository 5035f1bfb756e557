"""The masks of a request, rasterised on the voxels of their volumes, and what their edges mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import MaskError
from ..guidance.automatic_masks import body_mask, field_of_view_mask
from ..mrml.masks import WorldMask, combined_mask_steps
from ..mrml.volumes import WorldVolume
from ..request import RegistrationRequest
from ..steps import Steps, in_background

Role = Literal["fixed", "moving"]
ROLES: tuple[Role, Role] = ("fixed", "moving")
Voxels = npt.NDArray[np.generic]

_AUTOMATIC: dict[str, Callable[[Voxels, Sequence[float]], npt.NDArray[np.uint8]]] = {
    "body": body_mask,
    "field-of-view": field_of_view_mask,
}


def requested_mask_steps(request: RegistrationRequest, role: Role, volume: WorldVolume) -> Steps[WorldMask | None]:
    """Rasterise what counts in a volume, in pieces of about 30 ms; None if everything counts.

    :raises MaskError: there is nothing left, or the request contradicts itself.
    """
    include, exclude = _of(request, role, "mask"), _of(request, role, "exclude")
    for node, what in ((include, "mask"), (exclude, "exclude")):
        if _of(request, role, f"{what}_segments") and (node is None or isinstance(node, str)):
            raise MaskError(f"There are segments for the {role} {what}, but no segmentation.", "Give it, too.")
    if include is None and exclude is None:
        return None
    if isinstance(include, str):
        include = yield from _automatic_mask_steps(include, role, volume)
    return (
        yield from combined_mask_steps(
            include,
            exclude,
            volume.grid,
            role,
            _of(request, role, "mask_segments"),
            _of(request, role, "exclude_segments"),
            request.mask_margin_mm,
            request.output_transform,
        )
    )


def mask_edge(request: RegistrationRequest, role: Role) -> Literal["region", "artificial"] | None:
    """What the edge of a volume's mask means; None without a mask.

    Beyond the field of view, and within what is excluded, voxels mean nothing; the edge of a drawn region is anatomy.

    :raises MaskError: the request names no kind of edge.
    """
    edge, include, exclude = request.mask_edge, _of(request, role, "mask"), _of(request, role, "exclude")
    if edge not in ("auto", "region", "artificial"):
        raise MaskError(f"{edge!r} is no kind of mask edge.", "Choose auto, region or artificial.")
    if include is None and exclude is None:
        return None
    if edge != "auto":
        return "artificial" if edge == "artificial" else "region"
    return "artificial" if include == "field-of-view" or exclude is not None else "region"


def _of(request: RegistrationRequest, role: Role, what: str) -> Any:
    return getattr(request, f"{role}_{what}")


def _automatic_mask_steps(name: str, role: Role, volume: WorldVolume) -> Steps[npt.NDArray[np.uint8]]:
    if name not in _AUTOMATIC:
        raise MaskError(
            f"{name!r} is no mask that can be found in the {role} volume.", f"Choose {' or '.join(_AUTOMATIC)}."
        )
    voxels, spacing_mm = volume.voxels, tuple(volume.grid.spacing_mm)
    return (yield from in_background(lambda: _AUTOMATIC[name](voxels, spacing_mm)))
