"""Masks on the grid of their volume, for tests, without the steps in between."""

from __future__ import annotations

from typing import Any

import numpy as np

from ElastixPlusLib.mrml.masks import WorldMask, mask_steps
from ElastixPlusLib.mrml.volumes import voxel_array
from ElastixPlusLib.steps import run_to_end


def mask_on_grid(*arguments: Any, **options: Any) -> WorldMask:
    """Rasterise a mask; parameters as of ``mask_steps``."""
    return run_to_end(mask_steps(*arguments, **options))


def voxel_count(mask: WorldMask) -> int:
    """Number of voxels of the volume that the mask covers."""
    return int(np.count_nonzero(voxel_array(mask.image)))
