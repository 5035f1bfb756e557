"""The meaning of a mask's edge replaces whatever a preset says about erosion."""

from __future__ import annotations

import pytest

from ElastixPlusLib.elastix.mask_edges import with_mask_edge
from ElastixPlusLib.elastix.parameter_file import ParameterFile

EROSIONS = ["ErodeMask", "ErodeFixedMask", "ErodeMovingMask", "ErodeFixedMask0", "ErodeMovingMask12", "ErodeMask0"]


@pytest.mark.parametrize(("edge", "value"), [("region", "false"), ("artificial", "true")])
def test_the_edge_decides_about_erosion(edge, value):
    assert with_mask_edge(ParameterFile.parse('(Metric "X")\n'), edge).get("ErodeMask") == (value,)


@pytest.mark.parametrize("name", EROSIONS)
@pytest.mark.parametrize(("edge", "given", "wanted"), [("region", "true", "false"), ("artificial", "false", "true")])
def test_what_a_preset_says_about_one_mask_does_not_win(name, edge, given, wanted):
    file = with_mask_edge(ParameterFile.parse(f'({name} "{given}" "{given}")\n(Metric "X")\n'), edge)
    assert [one for one in file.names if one.startswith("Erode")] == ["ErodeMask"]
    assert file.get("ErodeMask") == (wanted,)


def test_everything_else_is_kept():
    text = (
        '// about masks\n(Metric "X") // kept\n(ErodeFixedMask "true")\n(MaskErodeSomething 3)\n(ErodeMaskRadius 2)\n'
    )
    file = with_mask_edge(ParameterFile.parse(text), "region")
    assert file.get("Metric") == ("X",)
    assert "// about masks" in file.text
    assert "// kept" in file.text
    assert "MaskErodeSomething" in file
    assert "ErodeMaskRadius" in file
