"""Scripts can change parameters of a preset for one run."""

from __future__ import annotations

from typing import Any

import pytest

from panel.conftest import Pair
from panel.test_console import logic  # noqa: F401 - a fixture


@pytest.mark.parametrize("overrides", ["rigid.MaximumNumberOfIteration=5", ["SP_a=1", "MaximumNumberOfIteration=5"]])
def test_a_script_is_told_which_parameter_it_meant(logic: Any, pair: Pair, overrides):  # noqa: F811
    with pytest.raises(Exception, match='Did you mean "MaximumNumberOfIterations"') as caught:
        logic.registerVolumes(pair.fixed, pair.moving, preset="rigid", parameterOverrides=overrides)
    assert "MaximumNumberOfIteration=5" in caught.value.what
