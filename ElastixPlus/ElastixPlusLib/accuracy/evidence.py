"""Everything that is known about how good a registration is, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

from .deformation import DeformationStatistics
from .held_out import HeldOutReport
from .intensity_similarity import SimilarityChange
from .inverse_consistency import ConsistencyStatistics
from .landmark_errors import LandmarkReport
from .structure_overlap import StructureAgreement
from .tolerance import Tolerance
from .uncertainty import UncertaintyStatistics


@dataclass(frozen=True)
class Evidence:
    """What was measured; None or empty is what was not.

    :param tolerance: what distances are held against.
    :param region: in words, where deformation and grey values were measured, such as "inside the mask brain".
    """

    tolerance: Tolerance
    region: str
    landmarks: LandmarkReport = field(default_factory=LandmarkReport)
    held_out: HeldOutReport | None = None
    structures: tuple[StructureAgreement, ...] = ()
    deformation: DeformationStatistics | None = None
    consistency: ConsistencyStatistics | None = None
    intensity: SimilarityChange | None = None
    uncertainty: UncertaintyStatistics | None = None
