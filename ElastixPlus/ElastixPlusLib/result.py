"""What a registration leaves: nodes, and an honest account of how it went."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .accuracy.landmark_errors import LandmarkReport
from .elastix.engine import Engine
from .guidance.findings import Finding
from .record.run_record import RunRecord

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLTransformNode


@dataclass(frozen=True)
class EngineUsed:
    """Which elastix has run.

    :param name: "elastix" or "itk-elastix"; "none" for a fit of the landmarks alone, then the others are empty.
    """

    name: str
    version: str
    path: str

    @classmethod
    def of(cls, engine: Engine | None) -> EngineUsed:
        """Describe an engine, or that there was none."""
        return cls("none", "", "") if engine is None else cls(engine.name, engine.version, str(engine.path))


@dataclass(frozen=True)
class Seconds:
    """Wall time of the steps of a run. ``import_`` is everything after elastix has ended."""

    export: float
    elastix: float
    import_: float
    total: float


@dataclass(frozen=True)
class RegistrationResult:
    """The outcome of one registration.

    :param transform: maps fixed to moving (*from parent*) in the world; with it the moving volume lies on the fixed.
    :param volume: the moving volume on the fixed one's grid, if it was asked for.
    :param landmarks: distances before and after for every pair, driving and checking ones kept apart.
    :param findings: what the check before the run has found.
    :param warnings: sentences that the user should read, those of the findings included.
    :param workspace: the run folder, if it was kept.
    :param parameter_files: name (empty for one that no file holds) and text of every stage, as elastix got them.
    :param overrides: the changes of parameters that were made for this run.
    :param record: what is kept of the run; it is also stored with the transform node.
    """

    transform: vtkMRMLTransformNode
    volume: vtkMRMLScalarVolumeNode | None
    engine: EngineUsed
    seconds: Seconds
    landmarks: LandmarkReport
    findings: tuple[Finding, ...]
    warnings: tuple[str, ...]
    workspace: Path | None = None
    parameter_files: tuple[tuple[str, str], ...] = ()
    overrides: tuple[str, ...] = ()
    record: RunRecord | None = None

    def as_dict(self) -> dict[str, Any]:
        """The account as plain data, in the form of the command line's ``--json``."""
        return {
            "status": "done",
            "engine": asdict(self.engine),
            "seconds": {name.rstrip("_"): round(value, 3) for name, value in asdict(self.seconds).items()},
            "landmarks": {
                "drive": asdict(self.landmarks.summary("drive")),
                "check": asdict(self.landmarks.summary("check")),
                "pairs": [asdict(pair) for pair in self.landmarks.pairs],
            },
            "findings": [finding.as_dict() for finding in self.findings],
            "warnings": list(self.warnings),
            **({"overrides": list(self.overrides)} if self.overrides else {}),
        }
