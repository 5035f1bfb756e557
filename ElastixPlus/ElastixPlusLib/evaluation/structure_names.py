"""Which structures there are in a segmentation or a labelmap, and which of them are compared with each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

from ..errors import MaskError
from ..mrml.saved_names import text_of
from ..mrml.volumes import voxel_array
from ..steps import Steps, in_background

_MOST_NAMES = 40  # in one message
_MOST_LABELS = 1000  # atlases have some hundred; a picture that was taken for a labelmap has more


@dataclass(frozen=True)
class Structure:
    """One segment, or one value of a labelmap.

    :param key: the ID of the segment, or the value as a number.
    :param name: as people see it; not always unique.
    """

    key: str
    name: str


def structures_steps(
    node: vtkMRMLSegmentationNode | vtkMRMLScalarVolumeNode, role: str
) -> Steps[tuple[Structure, ...]]:
    """List the structures of a node in their order, in pieces of about 30 ms.

    :param node: each value but 0 of a labelmap is a structure, which has its name from the colour table of the
        labelmap, if that has one for it, else from the number.
    :param role: "fixed" or "moving", for messages.
    :raises MaskError: the node is of another kind, or the values of the volume are no labels.
    """
    if isinstance(node, vtkMRMLSegmentationNode):
        segmentation = node.GetSegmentation()
        keys = [segmentation.GetNthSegmentID(index) for index in range(segmentation.GetNumberOfSegments())]
        return tuple(Structure(key, text_of(segmentation.GetSegment(key).GetName()) or text_of(key)) for key in keys)
    if not isinstance(node, vtkMRMLScalarVolumeNode):
        raise MaskError(
            f"The {role} structures are a {node.GetNodeTagName()} node.", "Choose a segmentation or a labelmap volume."
        )
    image = node.GetImageData()
    if image is None or image.GetNumberOfPoints() == 0 or image.GetPointData().GetScalars() is None:
        return ()
    if image.GetNumberOfScalarComponents() != 1:
        raise _no_labels(node, role, f"{image.GetNumberOfScalarComponents()} values per voxel")
    colors = node.GetDisplayNode().GetColorNode() if node.GetDisplayNode() is not None else None
    voxels = voxel_array(image)
    labels = yield from in_background(lambda: _labels_in(voxels))
    if labels is None:
        raise _no_labels(node, role, "values that are not whole numbers")
    if len(labels) > _MOST_LABELS:
        raise _no_labels(node, role, f"{len(labels):,} different values")
    names = [colors.GetColorName(label) if colors is not None else "" for label in labels]
    return tuple(Structure(str(label), name or str(label)) for label, name in zip(labels, names, strict=True))


def _no_labels(node: vtkMRMLScalarVolumeNode, role: str, what: str) -> MaskError:
    return MaskError(
        f"The {role} structures {node.GetName()} cannot be read as a labelmap: the volume has {what}.",
        "Choose a segmentation or a labelmap volume.",
    )


def _labels_in(voxels: npt.NDArray[np.generic]) -> list[int] | None:
    """All values but 0 in their order; None if some are not whole numbers."""
    values = np.unique(voxels[voxels != 0])
    if values.dtype.kind == "f" and not (np.isfinite(values) & (values == np.rint(values))).all():
        return None
    return [int(value) for value in values]


def paired(
    fixed: Sequence[Structure], moving: Sequence[Structure], pairs: Sequence[tuple[str, str]]
) -> list[tuple[Structure, Structure]]:
    """Choose what is compared with what.

    :param pairs: name or key of a fixed and of a moving structure each; empty pairs those of the same name. Capital
        and small letters differ only where a name would not be unique otherwise.
    :raises MaskError: a name does not exist or is not unique, or no name is in both.

    >>> [(one.key, other.key) for one, other in paired([Structure("1", "Liver")], [Structure("7", "liver")], ())]
    [('1', '7')]
    """
    if pairs:
        return [(_named(fixed, one, "fixed"), _named(moving, other, "moving")) for one, other in pairs]
    found = [pair for structure in fixed if (pair := _pair_of(structure, fixed, moving)) is not None]
    if not found:
        raise MaskError(
            f"No structure has the same name in both volumes: there are {_listed(fixed)} in the fixed volume, and "
            f"{_listed(moving)} in the moving volume.",
            "Say which are to be compared as pairs of names, or rename them.",
        )
    return found


def _pair_of(
    structure: Structure, fixed: Sequence[Structure], moving: Sequence[Structure]
) -> tuple[Structure, Structure] | None:
    """The structure and that of the same name in the moving volume, if there is one."""
    for known in (str, str.casefold):
        alike = [[one for one in those if known(one.name) == known(structure.name)] for those in (fixed, moving)]
        if alike[1] and known is str and max(map(len, alike)) > 1:
            role = "fixed" if len(alike[0]) > 1 else "moving"
            raise MaskError(
                f"There are several structures with the name {structure.name} in the {role} volume.",
                "Give them different names.",
            )
        if len(alike[0]) == len(alike[1]) == 1:
            return structure, alike[1][0]
    return None


def _named(structures: Sequence[Structure], wanted: str, role: str) -> Structure:
    """The structure with a name or key."""
    by_rule = (
        [one for one in structures if one.name == wanted],
        [one for one in structures if one.key == wanted],
        [one for one in structures if one.name.casefold() == wanted.casefold()],
    )
    matching = next((those for those in by_rule if those), [])
    if len(matching) == 1:
        return matching[0]
    if matching:
        keys = ", ".join(one.key for one in matching)
        raise MaskError(
            f"There are several structures with the name {wanted} in the {role} volume.",
            f"Give them different names, or say which one is meant: {keys}.",
        )
    raise MaskError(
        f"There is no structure with the name {wanted} in the {role} volume.",
        f"Choose one of its structures: {_listed(structures)}.",
    )


def _listed(structures: Sequence[Structure]) -> str:
    names = list(dict.fromkeys(structure.name for structure in structures))
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more or "none"
