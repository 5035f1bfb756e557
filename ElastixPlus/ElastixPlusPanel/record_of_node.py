"""The record of a run that is kept with a transform, and whether the transform is still what the run has made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ElastixPlusLib.mrml.frames import transformed_points
from ElastixPlusLib.mrml.stored_record import record_text_of

if TYPE_CHECKING:
    from ElastixPlusLib.record.run_record import RunRecord

# What saving a transform and loading it again may move: a displacement field is stored in single precision. The numbers
# themselves are not compared, as the application inverts a linear transform whenever it stores it.
SAME_MM = 0.05
MOST_PROBES = 1000


def record_of(transform: Any) -> RunRecord | None:
    """The record that is kept with a transform node; None if there is none.

    :raises RecordError: it is damaged, or of a newer ElastixPlus.
    """
    from ElastixPlusLib.record.record_json import record_from_text

    text = record_text_of(transform)
    return record_from_text(text, f"The record of {transform.GetName()}") if text else None


def was_changed(transform: Any, record: RunRecord) -> bool:
    """Whether a transform takes places elsewhere than the run has found: it was edited, hardened or replaced since.

    :param transform: the node; *from parent* maps fixed to moving.
    """
    result = record.result
    if result is None:
        return False
    count = min(len(result.probes_ras), len(result.mapped_ras), MOST_PROBES)
    if not count:
        return False
    probes, mapped = np.array(result.probes_ras[:count]), np.array(result.mapped_ras[:count])
    now = transform.GetTransformFromParent()
    places = probes if now is None else transformed_points(now, probes)
    return not float(np.linalg.norm(places - mapped, axis=1).max()) <= SAME_MM  # not a number is a change, too
