"""Where deformation and grey values are measured: inside a mask of the fixed volume, or in all of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..errors import MaskError
from ..guidance.automatic_masks import body_mask, field_of_view_mask
from ..mrml.masks import combined_mask_steps, mask_steps
from ..mrml.volumes import WorldVolume, voxel_array
from ..steps import Steps, in_background
from .evaluation_request import EvaluationRequest

if TYPE_CHECKING:
    from slicer import vtkMRMLTransformableNode

Mask = npt.NDArray[np.uint8]

_FOUND = {"body": ("inside the body found in the fixed volume", body_mask)}
_FOUND["field-of-view"] = ("inside the field of view of the fixed volume", field_of_view_mask)
WHOLE = "in the whole fixed volume"


@dataclass(frozen=True, eq=False)
class Region:
    """Where something is measured.

    :param mask: shape (slices, rows, columns) on the voxels of the fixed volume; None for all of them.
    :param words: the same for a reader, such as "inside the mask brain".
    """

    mask: Mask | None
    words: str


def region_steps(request: EvaluationRequest, fixed: WorldVolume) -> Steps[Region]:
    """Find out where to measure, in pieces of about 30 ms.

    A box that includes air shows folds that mean nothing, so that the body is looked for where no mask is given.

    :param fixed: the fixed volume of the request in the world.
    :raises MaskError: the mask is empty, lies outside the volume, or is of no known kind.
    """
    include, words = yield from _included_steps(request, fixed)
    if include is None and request.exclude is None:
        return Region(None, words)
    if request.exclude is not None:
        words += f", without {_drawn(request.exclude, request)}"
    region = yield from combined_mask_steps(
        include,
        request.exclude,
        fixed.grid,
        "fixed",
        request.mask_segments,
        request.exclude_segments,
        request.mask_margin_mm,
        request.transform,
    )
    return Region(voxel_array(region.image).view(np.uint8), words)


def excluded_steps(request: EvaluationRequest, fixed: WorldVolume) -> Steps[Mask | None]:
    """What does not count in the fixed volume, on its voxels, in pieces of about 30 ms; None if everything does.

    :raises MaskError: it is empty or lies outside the volume.
    """
    if request.exclude is None:
        return None
    drawn = yield from mask_steps(
        request.exclude,
        fixed.grid,
        "fixed",
        request.exclude_segments,
        request.mask_margin_mm,
        request.transform,
    )
    return voxel_array(drawn.image).view(np.uint8)


def _drawn(node: vtkMRMLTransformableNode, request: EvaluationRequest) -> str:
    """The name of a node, and by how much it was changed."""
    margin_mm = request.mask_margin_mm
    changed = f" ({'grown' if margin_mm > 0 else 'shrunk'} by {abs(margin_mm):g} mm)" if margin_mm else ""
    return f"{node.GetName()}{changed}"


def _included_steps(
    request: EvaluationRequest, fixed: WorldVolume
) -> Steps[tuple[vtkMRMLTransformableNode | Mask | None, str]]:
    """What counts, and the same in words."""
    mask = request.mask
    if not isinstance(mask, str):
        return mask, f"inside the mask {_drawn(mask, request)}"
    if mask == "none":
        return None, WHOLE
    name = "body" if mask == "auto" else mask
    if name not in _FOUND:
        raise MaskError(f"{mask!r} is no region to measure in.", "Choose a mask, body, field-of-view, or none.")
    words, find = _FOUND[name]
    voxels, spacing_mm = fixed.voxels, tuple(fixed.grid.spacing_mm)
    try:
        return (yield from in_background(lambda: find(voxels, spacing_mm))), words
    except MaskError:
        if mask != "auto":
            raise
        return None, f"{WHOLE}, as no body was found in it"
