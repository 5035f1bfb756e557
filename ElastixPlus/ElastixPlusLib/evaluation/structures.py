"""How well the structures of two volumes lie on each other, before and after a registration: from nodes to figures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import vtk
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode, vtkMRMLTransformNode

from ..accuracy.structure_overlap import Overlap, StructureAgreement, overlap
from ..grid import Grid
from ..steps import Steps, in_background
from .structure_masks import DrawnStructure, Lattice, drawn_structure_steps, lattice_steps, structure_mask_steps
from .structure_names import paired, structures_steps

Mask = npt.NDArray[np.uint8]


def structure_steps(
    fixed_structures: vtkMRMLSegmentationNode | vtkMRMLScalarVolumeNode,
    moving_structures: vtkMRMLSegmentationNode | vtkMRMLScalarVolumeNode,
    pairs: Sequence[tuple[str, str]],
    fixed_grid: Grid,
    moving_grid: Grid,
    transform: vtk.vtkAbstractTransform | None,
    without: vtkMRMLTransformNode | None = None,
    excluded: Mask | None = None,
) -> Steps[tuple[StructureAgreement, ...]]:
    """Compare structures on the voxels of the fixed volume, as loaded and through a transform.

    Works in pieces of about 30 ms. Of a moving structure that reaches beyond the fixed volume only the part within
    counts, also for the volume ratio. A structure that is empty leaves an overlap of 0 and no distances: see
    :func:`empty_structure_warnings`.

    :param fixed_structures: a segmentation, or a labelmap in which each value but 0 is a structure;
        ``moving_structures`` likewise. Where they lie in the world counts, with their parent transforms.
    :param pairs: names of a fixed and of a moving structure each; empty pairs those of the same name.
    :param fixed_grid: voxels of the fixed volume in the world; ``moving_grid`` likewise.
    :param transform: maps fixed to moving positions, world RAS; None evaluates the structures as they lie.
    :param without: a transform that counts as identity, see :func:`..mrml.frames.transform_to_world`: the result,
        under which the moving structures may be shown.
    :param excluded: shape (slices, rows, columns) on the voxels of the fixed volume; what is not 0 there, such as
        resected tissue, belongs to no structure. None excludes nothing.
    :raises MaskError: a name does not exist or is not unique, no name is in both, or a node cannot be read.
    """
    known_fixed = yield from structures_steps(fixed_structures, "fixed")
    known_moving = yield from structures_steps(moving_structures, "moving")
    as_loaded = yield from lattice_steps(fixed_grid, None)
    through = as_loaded if transform is None else (yield from lattice_steps(fixed_grid, transform))
    agreements = []
    for one, other in paired(known_fixed, known_moving, pairs):
        fixed = yield from drawn_structure_steps(fixed_structures, one, fixed_grid, "fixed", without)
        moving = yield from drawn_structure_steps(moving_structures, other, moving_grid, "moving", without)
        mask = yield from _counting_steps(fixed, as_loaded, excluded)
        before = yield from _overlap_steps(mask, moving, as_loaded, excluded)
        after = before if through is as_loaded else (yield from _overlap_steps(mask, moving, through, excluded))
        agreements.append(StructureAgreement(one.name, other.name, before, after))
    return tuple(agreements)


def _counting_steps(drawn: DrawnStructure | None, lattice: Lattice, excluded: Mask | None) -> Steps[Mask]:
    """A structure on the fixed volume's voxels, less what is excluded."""
    mask = yield from structure_mask_steps(drawn, lattice)
    if excluded is not None:
        yield from in_background(lambda: np.copyto(mask, 0, where=excluded != 0))
    return mask


def _overlap_steps(
    fixed: Mask, moving: DrawnStructure | None, lattice: Lattice, excluded: Mask | None
) -> Steps[Overlap]:
    mask = yield from _counting_steps(moving, lattice, excluded)
    i, j, k = (float(edge) for edge in lattice.grid.spacing_mm)
    return (yield from in_background(lambda: overlap(fixed, mask, (i, j, k))))


def empty_structure_warnings(agreements: Sequence[StructureAgreement]) -> tuple[str, ...]:
    """One sentence for each structure that has no voxel in the fixed volume; in the order of the structures."""
    warnings = []
    for agreement in agreements:
        fixed, moving = agreement.fixed_name, agreement.moving_name
        measured = (("as loaded", agreement.before), ("after the registration", agreement.after))
        when = [words for words, found in measured if found.volume_ratio == 0]
        if agreement.before.volume_ratio is None:
            warnings.append(f"The fixed structure {fixed} covers no voxel of the fixed volume, so it is not assessed.")
        elif when:
            warnings.append(
                f"The moving structure {moving} covers no voxel of the fixed volume {' and '.join(when)}, so its "
                "distances are not assessed there."
            )
    return tuple(warnings)
