"""Where the record of a run is written."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..record.record_file import place_beside


def record_place(options: argparse.Namespace) -> Path | None:
    """The place that was named, else one beside the transform, else beside the volume.

    :returns: None where nothing is written that a record could lie beside.
    """
    if options.record is not None:
        return Path(options.record)
    outputs = (options.output_transform, options.output_volume)
    return next((place_beside(output) for output in outputs if output is not None), None)
