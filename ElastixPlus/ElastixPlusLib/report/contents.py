"""What a report shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from ..accuracy.evidence import Evidence

GreyPicture = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class SlicePicture:
    """One slice of both volumes, as a viewer sees it; all three arrays have one shape (rows, columns).

    :param plane: "axial", "coronal" or "sagittal".
    :param offset_mm: place of the slice along its normal, world RAS (S, A or R coordinate).
    :param before: the moving volume as loaded; ``after``: through the transform.
    :param spacing_mm: height and width of a pixel.
    :param edge_labels: what is at the top, right, bottom, left: "A", "L" and so on.
    :param mark: row and column of the landmark that the slice goes through; None for none.
    """

    plane: str
    offset_mm: float
    fixed: GreyPicture
    before: GreyPicture
    after: GreyPicture
    spacing_mm: tuple[float, float]
    edge_labels: tuple[str, str, str, str]
    mark: tuple[float, float] | None = None


@dataclass(frozen=True)
class ReportContents:
    """What a report shows.

    :param slice_reason: why the slices are where they are, such as "through check landmark 12, where the error is
        largest (4.1 mm)".
    :param settings: name and value of what was chosen.
    :param parameter_files: name and text, as elastix got them.
    :param commands: command lines that repeat the registration or the evaluation.
    :param versions: name and version of what was used.
    :param methods: text for the methods section of a paper, with its references; empty for none.
    """

    fixed_name: str
    moving_name: str
    transform_name: str
    evidence: Evidence
    created: datetime
    pictures: tuple[SlicePicture, ...] = ()
    slice_reason: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    parameter_files: tuple[tuple[str, str], ...] = ()
    commands: tuple[str, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    methods: str = ""
