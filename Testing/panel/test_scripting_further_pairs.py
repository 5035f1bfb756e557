"""Several pairs of volumes in a script."""

from __future__ import annotations

from typing import Any

import pytest

from panel.conftest import Pair
from panel.test_console import logic  # noqa: F401 - a fixture

pytestmark = pytest.mark.native_engine


def test_further_volumes_reach_the_check_of_the_preset(logic: Any, pair: Pair):  # noqa: F811
    from ElastixPlusLib.errors import VolumeError

    with pytest.raises(VolumeError, match="compares one pair of volumes, and 2 are given"):
        logic.registerVolumes(
            pair.fixed,
            pair.moving,
            preset="rigid",
            furtherFixedVolumeNodes=[pair.moving],
            furtherMovingVolumeNodes=[pair.fixed],
        )
