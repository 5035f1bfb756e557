"""A request that can run, taken out of the scene, with what was found while it was checked."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import vtk
from slicer import vtkMRMLScene

from ..elastix.engine import Engine
from ..elastix.parameter_file import ParameterFile
from ..elastix.thread_variables import asked_threads
from ..grid import Grid
from ..guidance.findings import Finding
from ..guidance.landmark_pairing import LandmarkPairs
from ..mrml.frames import transformed_points
from ..mrml.volumes import WorldVolume
from ..request import RegistrationRequest
from .cropping import Part
from .further_pairs import FurtherPairs
from .stage_parameters import Stage
from .starting_position import Side, StartingPosition

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class CheckedRequest:
    """A request that can run, taken out of the scene.

    :param scene: the one that the volumes are in and the result goes to.
    :param engine: what runs the stages; None for a fit of the landmarks alone.
    :param stages: one per parameter file, as elastix gets them; none for a fit of the landmarks alone.
    :param landmark_fit: kind of fit of the landmarks alone; empty for a run of elastix.
    :param fixed_side: the fixed volume and its mask; ``moving_side`` likewise.
    :param fixed_part: what elastix gets of them; ``moving_part`` likewise.
    :param further: the volumes of all pairs but the first one.
    :param image_count: how many volumes of each side elastix is given: the pairs in order, the last one repeated.
    :param pairs: the landmark pairs that are used; None without landmarks.
    :param start: the position to start from.
    :param crop: how the parts were chosen, as in a request.
    :param findings: what the user should know.
    """

    request: RegistrationRequest
    scene: vtkMRMLScene
    engine: Engine | None
    stages: tuple[Stage, ...]
    landmark_fit: str
    fixed_side: Side
    moving_side: Side
    fixed_part: Part
    moving_part: Part
    pairs: LandmarkPairs | None
    start: StartingPosition
    crop: str
    findings: tuple[Finding, ...] = ()
    further: FurtherPairs = field(default_factory=FurtherPairs)
    image_count: int = 1

    @property
    def fixed(self) -> WorldVolume:
        """All of the fixed volume."""
        return self.fixed_side.volume

    @property
    def moving(self) -> WorldVolume:
        """All of the moving volume."""
        return self.moving_side.volume

    @property
    def further_grids(self) -> tuple[tuple[Grid, Grid], ...]:
        """Fixed and moving voxels of every further volume that elastix is given, the last pair repeated."""
        grids = tuple(zip(self.further.fixed_grids, self.further.moving_grids, strict=True))
        return grids + grids[-1:] * (self.image_count - 1 - len(grids))

    @property
    def parameter_files(self) -> tuple[ParameterFile, ...]:
        """One per stage, as elastix gets them."""
        return tuple(stage.parameters for stage in self.stages)

    @property
    def initial(self) -> vtk.vtkAbstractTransform | None:
        """The transform to start from, fixed to moving in world RAS; None for none."""
        return self.start.transform

    @property
    def threads(self) -> int | None:
        """How many threads elastix is to take; None leaves it to elastix."""
        if self.request.threads is None and self.engine is not None:
            return asked_threads(self.engine.environment)
        return self.request.threads

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should read, as sentences."""
        return tuple(finding.sentence for finding in self.findings if finding.severity != "note")

    @property
    def driving_pairs(self) -> LandmarkPairs | None:
        """The pairs that pull, or None if there are none."""
        return self.pairs.driving if self.pairs is not None and self.pairs.drives.any() else None

    def starts_at(self, points_ras: FloatArray) -> FloatArray:
        """Where the start takes positions of shape (n, 3), world RAS millimetres."""
        return transformed_points(self.start.transform, points_ras)
