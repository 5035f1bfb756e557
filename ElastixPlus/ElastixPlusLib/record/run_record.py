"""The record of one run, as plain data.

Positions and matrices are in RAS millimetres of the world. Checksums are SHA-256, written as 64 hexadecimal digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Point: TypeAlias = tuple[float, float, float]
Matrix: TypeAlias = tuple[tuple[float, ...], ...]

VERSION = 1


@dataclass(frozen=True)
class Software:
    """What the run was made with, besides elastix.

    :param host: the application, such as "3D Slicer 5.10.0"; without one the packages that stand in for it.
    :param platform: system, version and processor, without the name of the computer.
    :param processors: how many the system has, which is how many threads elastix takes unless it is told.
    """

    elastixplus: str
    host: str
    python: str
    platform: str
    processors: int


@dataclass(frozen=True)
class EngineIdentity:
    """The elastix that ran.

    :param name: "elastix", "itk-elastix", or "none" for a fit of the landmarks alone.
    :param version: of the package, ``elastix_version`` of elastix in it.
    :param sha256: of the executable, or of the list of checksums that came with the wheel; empty where unknown.
    """

    name: str
    version: str = ""
    elastix_version: str = ""
    path: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Geometry:
    """Where the voxels of a volume lie.

    :param dimensions: voxels along i, j, k.
    :param ijk_to_world_ras: shape (4, 4), parent transforms included.
    :param scalar_type: of the voxels, such as "int16".
    """

    dimensions: tuple[int, int, int]
    ijk_to_world_ras: Matrix
    scalar_type: str


@dataclass(frozen=True)
class InputIdentity:
    """Something that went into the run, so that it can be found and recognised again.

    :param role: the field of the request: "fixed", "moving", "further_fixed", "fixed_landmarks", "fixed_mask",
        "fixed_exclude", "initial" ...
    :param kind: class of the node.
    :param name: of the node, ``node_id`` its id in the scene.
    :param file: where it was read from, where the run was one of files.
    :param geometry: of a volume.
    :param sha256: of a volume, its voxels as they lie in memory; of a start, what it does; empty for others.
    """

    role: str
    kind: str
    name: str
    node_id: str = ""
    file: str = ""
    geometry: Geometry | None = None
    sha256: str = ""


def words_of_role(role: str) -> str:
    """What a role is called in a sentence.

    >>> words_of_role("fixed"), words_of_role("moving_landmarks")
    ('fixed volume', 'moving landmarks')
    """
    words = {"fixed": "fixed volume", "moving": "moving volume", "initial": "initial transform"}
    further = {"further_fixed": "further fixed volume", "further_moving": "further moving volume"}
    return {**words, **further}.get(role, role.replace("_", " "))


@dataclass(frozen=True)
class MaskUse:
    """A mask as elastix got it, everything combined, before anything was cropped.

    :param role: "fixed" or "moving".
    :param edge: "region" or "artificial".
    :param voxels: how many count, of ``of_voxels`` of the volume.
    :param sha256: of the voxels, 0 and 1, on the volume's grid.
    """

    role: str
    edge: str
    voxels: int
    of_voxels: int
    sha256: str


@dataclass(frozen=True)
class LandmarkUse:
    """One pair of landmarks.

    :param role: "drive" or "check".
    :param after_mm: distance under the result; None where there was none.
    """

    label: str
    role: str
    fixed_ras: Point
    moving_ras: Point
    before_mm: float
    after_mm: float | None = None


@dataclass(frozen=True)
class StartUsed:
    """Where the run started.

    :param name: "none", "centers", "gravity", "landmarks" ..., or "transform" for one of the user.
    :param matrix_ras: fixed to moving, shape (4, 4); empty for no start and for one that is not linear.
    :param sha256: of the transform; empty for no start.
    """

    name: str
    matrix_ras: Matrix = ()
    sha256: str = ""


@dataclass(frozen=True)
class ParameterText:
    """The parameter file of one stage, exactly as elastix got it.

    :param name: of the file that it was made from; empty where no file holds it.
    """

    name: str
    text: str


@dataclass(frozen=True)
class Choices:
    """What was chosen, with what was left open filled in; names are those of the request.

    :param fixed_mask: a mask that is found in the volume, "body" or "field-of-view"; empty for one of the inputs.
    :param landmark_fit: kind of fit where the landmarks alone made the transform.
    """

    preset: str
    overrides: tuple[str, ...] = ()
    check_labels: tuple[str, ...] = ()
    landmark_weight: str | float = "balanced"
    skip_unusable_landmarks: bool = False
    fixed_mask: str = ""
    moving_mask: str = ""
    fixed_mask_segments: tuple[str, ...] = ()
    moving_mask_segments: tuple[str, ...] = ()
    fixed_exclude_segments: tuple[str, ...] = ()
    moving_exclude_segments: tuple[str, ...] = ()
    mask_edge: str = "auto"
    mask_margin_mm: float = 0.0
    crop: str = "none"
    initial: str = "none"
    transform_kind: str = "exact"
    landmark_fit: str = ""
    despite_findings: bool = False
    threads: int | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Timing:
    """Wall time in seconds."""

    export: float
    elastix: float
    import_: float
    total: float


@dataclass(frozen=True)
class RecordedFinding:
    """What the check before the run found."""

    kind: str
    severity: str
    what: str
    remedy: str = ""


@dataclass(frozen=True)
class Ending:
    """How the run ended.

    :param exit_code: of the command line for it, 0 for "done".
    :param what: of the error, ``remedy`` likewise; empty for "done".
    :param elastix_status: what elastix ended with, where it did not end well.
    """

    state: Literal["done", "failed"]
    exit_code: int = 0
    what: str = ""
    remedy: str = ""
    elastix_status: int | None = None


@dataclass(frozen=True)
class ResultIdentity:
    """The transform that was found, so that another one can be held against it.

    :param kind: "linear", "bspline", "grid" or "composite".
    :param sha256: of every number in it.
    :param probes_ras: positions in the fixed volume, ``mapped_ras`` where the transform takes them.
    """

    kind: str
    sha256: str
    probes_ras: tuple[Point, ...] = ()
    mapped_ras: tuple[Point, ...] = ()


@dataclass(frozen=True)
class RunRecord:
    """Everything that is kept of one run.

    :param made_at: when it began, UTC, as in "2026-11-28T13:05:00Z".
    :param command: what elastix was started with; the file names in it lie in the run folder.
    :param seeds: of the random sampling, one per stage.
    :param result: None for a run that failed.
    """

    made_at: str
    software: Software
    engine: EngineIdentity
    choices: Choices
    inputs: tuple[InputIdentity, ...]
    command: tuple[str, ...] = ()
    parameter_files: tuple[ParameterText, ...] = ()
    seeds: tuple[str, ...] = ()
    masks: tuple[MaskUse, ...] = ()
    landmarks: tuple[LandmarkUse, ...] = ()
    start: StartUsed = StartUsed("none")
    seconds: Timing | None = None
    findings: tuple[RecordedFinding, ...] = ()
    warnings: tuple[str, ...] = ()
    ending: Ending = Ending("done")
    result: ResultIdentity | None = None
    version: int = VERSION

    def input(self, role: str) -> InputIdentity | None:
        """What went in with a role; the first of several, None where nothing did."""
        return next((one for one in self.inputs if one.role == role), None)

    def inputs_of(self, role: str) -> tuple[InputIdentity, ...]:
        """Everything that went in with a role, in order."""
        return tuple(one for one in self.inputs if one.role == role)
