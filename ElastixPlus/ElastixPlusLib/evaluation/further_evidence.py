"""Add to an evaluation what further runs of its registration have found."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import vtk

from ..accuracy.uncertainty import UncertaintyStatistics, uncertainty_statistics
from ..grid import Grid
from ..steps import Steps, in_background
from .deformation_steps import consistency_steps
from .evaluation import Evaluation
from .repeats import Repeats


def with_consistency_steps(evaluation: Evaluation, backward: vtk.vtkAbstractTransform) -> Steps[Evaluation]:
    """Compare the evaluated transform with the registration the other way round, in pieces of about 30 ms.

    :param backward: maps moving to fixed positions in the world, as of :func:`.reverse.backward_steps`.
    """
    forward = vtk.vtkTransform() if evaluation.transform is None else evaluation.transform
    found = yield from consistency_steps(forward, backward, evaluation.points_ras, evaluation.moving_grid)
    return evaluation.with_evidence(consistency=found)


def with_uncertainty_steps(evaluation: Evaluation, repeats: Repeats) -> Steps[Evaluation]:
    """Summarise how far repeated runs lie apart, in the region in which the evaluation measured.

    :param repeats: as of :func:`.repeats.repeat_steps`.
    """

    def summarise() -> UncertaintyStatistics:
        spread, region = repeats.spread, None
        if evaluation.region.mask is not None:
            region = _on_coarse_grid(evaluation.region.mask, evaluation.fixed_grid, spread.grid)
        # A region that falls between the points of the coarse grid leaves all of them.
        return uncertainty_statistics(spread, repeats.names, region if region is not None and region.any() else None)

    return evaluation.with_evidence(uncertainty=(yield from in_background(summarise)))


def _on_coarse_grid(mask: npt.NDArray[np.uint8], fixed: Grid, coarse: Grid) -> npt.NDArray[np.bool_]:
    """Whether the voxel nearest to each point of another grid is inside."""
    k, j, i = np.indices(coarse.dimensions[::-1]).reshape(3, -1)
    nearest = np.rint(fixed.indices(coarse.positions_ras(np.stack([i, j, k], axis=1)))).astype(int)
    column, row, slice_ = np.clip(nearest, 0, np.array(fixed.dimensions) - 1).T
    inside: npt.NDArray[np.bool_] = (mask[slice_, row, column] != 0).reshape(coarse.dimensions[::-1])
    return inside
