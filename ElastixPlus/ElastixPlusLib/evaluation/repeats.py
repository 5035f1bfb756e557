"""How much a registration depends on chance, or on the preset: run it again and look at how far the results spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import vtk
from slicer import vtkOrientedGridTransform
from vtk.util.numpy_support import vtk_to_numpy

from ..accuracy.uncertainty import Spread, spread
from ..errors import InputError
from ..grid import Grid
from ..mrml.displacement_grid import displacement_grid_steps
from ..mrml.transforms import grid_transform
from ..presets_at_hand import preset_at_hand
from ..registration import Trial
from ..request import RegistrationRequest
from ..steps import Steps, in_background
from .trials import TrialProgress, TrialSteps, trials_steps, working

FloatArray = npt.NDArray[np.float64]

DEFAULT_SPACING_MM = 4.0
_MOST_POINTS = 200_000
_COARSER = 1.02


@dataclass(frozen=True, eq=False)
class Repeats:
    """Repeated runs of one registration.

    :param spread: mean and standard deviation of their displacements on a coarse grid over the fixed volume.
    :param names: what each run was, such as "seed 3" or "preset rigid".
    :param trials: one per name.
    """

    spread: Spread
    names: tuple[str, ...]
    trials: tuple[Trial, ...]


def repeat_steps(
    request: RegistrationRequest,
    seeds: Sequence[int] = (),
    presets: Sequence[str] = (),
    spacing_mm: float = DEFAULT_SPACING_MM,
    at_once: int | None = None,
) -> TrialSteps[Repeats]:
    """Run a request with each seed, or with each preset, in steps as :func:`.trials.trials_steps` takes them.

    :param seeds: of the random sampling.
    :param presets: their ids; they take the place of the request's preset or parameter files.
    :param spacing_mm: of the grid on which displacements are compared; see :func:`coarse_grid`.
    :param at_once: how many runs at once; None takes as many as cores and memory allow.
    :raises InputError: fewer than two runs, both seeds and presets, or a preset that does not exist.
    :raises ElastixPlusError: a run failed.
    """
    if seeds and presets:
        raise InputError("Both seeds and presets are given, and only one of them can vary.", "Give one of them.")
    if len(seeds) + len(presets) < 2:
        raise InputError("A spread needs at least two runs.", "Give two or more seeds, or two or more presets.")
    scene = request.fixed.GetScene() if request.fixed is not None else None
    for preset in presets:  # a name that does not exist shows before the first run, not after it
        preset_at_hand(preset, scene)
    requests = [replace(request, seed=seed) for seed in seeds]
    requests += [replace(request, preset=preset, parameter_files=()) for preset in presets]
    names = (*(f"seed {seed}" for seed in seeds), *(f"preset {preset}" for preset in presets))
    trials = yield from trials_steps(requests, at_once, names=names)
    grid = coarse_grid(trials[0].fixed_grid, spacing_mm)
    done = TrialProgress(len(trials), len(trials), 1.0)
    fields = []
    for trial in trials:
        fields.append((yield from working(displacement_steps(trial.transform, grid), done)))
    found = yield from working(in_background(lambda: spread(fields, grid)), done)
    return Repeats(found, names, trials)


def coarse_grid(fixed: Grid, spacing_mm: float = DEFAULT_SPACING_MM, at_most: int = _MOST_POINTS) -> Grid:
    """A grid over a volume, from the first to the last voxel centre of each axis.

    :param fixed: the voxels of the volume.
    :param spacing_mm: distance of neighbouring points at most, unless voxels are larger or there would be too many.
    :param at_most: how many points.
    :raises InputError: the distance is not a positive number.

    >>> grid = coarse_grid(Grid((101, 51, 4), np.diag([1.0, 1.0, 5.0, 1.0])), 4.0)
    >>> grid.dimensions, grid.spacing_mm.tolist()
    ((26, 14, 4), [4.0, 3.8461538461538463, 5.0])
    """
    if not 0 < spacing_mm < np.inf:
        raise InputError(f"A grid cannot have a spacing of {spacing_mm} mm.", "Give a number of millimetres above 0.")
    voxels = np.array(fixed.dimensions)
    extent_mm = (voxels - 1) * fixed.spacing_mm
    counts = voxels
    while True:
        # Rounding must not add a point where the spacing fits exactly.
        counts = np.minimum(np.ceil(extent_mm / spacing_mm - 1e-6).astype(int) + 1, voxels)
        if np.prod(counts) <= at_most:
            break
        spacing_mm *= _COARSER
    ijk_to_world = fixed.ijk_to_world.copy()
    ijk_to_world[:3, :3] *= (voxels - 1) / np.maximum(counts - 1, 1)
    return Grid((int(counts[0]), int(counts[1]), int(counts[2])), ijk_to_world)


def displacement_steps(transform: vtk.vtkAbstractTransform, grid: Grid) -> Steps[FloatArray]:
    """Sample the displacements of a transform, in pieces of about 30 ms.

    :param transform: maps RAS positions in the world.
    :returns: shape (slices, rows, columns, 3), RAS millimetres at the grid's points.
    """
    sampled = yield from displacement_grid_steps(transform, grid)
    vectors = vtk_to_numpy(sampled.GetDisplacementGrid().GetPointData().GetScalars())
    displacements: FloatArray = vectors.reshape(*grid.dimensions[::-1], 3).astype(np.float64)
    return displacements


def mean_transform(spread: Spread) -> vtkOrientedGridTransform:
    """The mean of repeated runs as a transform: fixed to moving positions in world RAS, linear between grid points."""
    return grid_transform(spread.mean_ras, spread.grid)
