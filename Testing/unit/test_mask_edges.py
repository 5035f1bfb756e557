"""The meaning of a mask's edge replaces whatever a preset says about erosion."""

from __future__ import annotations

import pytest

from ElastixPlusLib.elastix.mask_edges import with_mask_edges
from ElastixPlusLib.elastix.parameter_file import ParameterFile

EROSIONS = ["ErodeMask", "ErodeFixedMask", "ErodeMovingMask", "ErodeFixedMask0", "ErodeMovingMask12", "ErodeMask0"]
THREE = "(NumberOfResolutions 3)\n"


def said(file: ParameterFile) -> dict[str, tuple[str, ...]]:
    """What a file says about erosion."""
    return {name: file.get(name) for name in file.names if name.startswith("Erode")}


@pytest.mark.parametrize(("edge", "value"), [("region", "false"), ("artificial", "true")])
def test_the_edge_decides_about_erosion(edge, value):
    assert with_mask_edges(ParameterFile.parse('(Metric "X")\n'), edge, edge).get("ErodeMask") == (value,)


@pytest.mark.parametrize("name", EROSIONS)
@pytest.mark.parametrize(("edge", "given", "wanted"), [("region", "true", "false"), ("artificial", "false", "true")])
def test_what_a_preset_says_about_one_mask_does_not_win(name, edge, given, wanted):
    file = with_mask_edges(ParameterFile.parse(f'({name} "{given}" "{given}")\n(Metric "X")\n'), edge, edge)
    assert said(file) == {"ErodeMask": (wanted,)}


def test_everything_else_is_kept():
    text = (
        '// about masks\n(Metric "X") // kept\n(ErodeFixedMask "true")\n(MaskErodeSomething 3)\n(ErodeMaskRadius 2)\n'
    )
    file = with_mask_edges(ParameterFile.parse(text), "region", "region")
    assert file.get("Metric") == ("X",)
    assert "// about masks" in file.text
    assert "// kept" in file.text
    assert "MaskErodeSomething" in file
    assert "ErodeMaskRadius" in file


def test_each_mask_has_its_own_edge():
    given = ParameterFile.parse(THREE + '(ErodeMask "true")\n(ErodeMovingMask0 "false")\n')
    assert said(with_mask_edges(given, "region", "artificial")) == {
        "ErodeFixedMask": ("false",),
        "ErodeMovingMask": ("true",),
    }
    assert said(with_mask_edges(given, "artificial", "region")) == {
        "ErodeFixedMask": ("true",),
        "ErodeMovingMask": ("false",),
    }


@pytest.mark.parametrize(
    ("fixed", "moving"), [("artificial", None), (None, "artificial"), ("artificial", "artificial")]
)
def test_one_mask_or_two_alike_need_one_word(fixed, moving):
    given = ParameterFile.parse(THREE + '(ErodeFixedMask "false")\n(ErodeMovingMask "false")\n')
    assert said(with_mask_edges(given, fixed, moving)) == {"ErodeMask": ("true",)}


def test_without_masks_the_file_stays_as_it_is():
    given = ParameterFile.parse(THREE + '(ErodeFixedMask "false")\n')
    assert with_mask_edges(given, None, None) is given


def test_a_resolution_where_erosion_leaves_too_little_is_not_eroded():
    file = with_mask_edges(ParameterFile.parse(THREE), "artificial", "artificial", (0.0, 0.24, 0.25), (0.3, 0.6, 0.9))
    assert said(file) == {"ErodeFixedMask": ("false", "false", "true"), "ErodeMovingMask": ("true",)}


def test_parts_left_count_for_an_artificial_edge_only():
    file = with_mask_edges(ParameterFile.parse(THREE), "region", "artificial", (1.0, 1.0, 1.0), (0.0, 0.0, 0.1))
    assert said(file) == {"ErodeMask": ("false",)}


def test_without_a_number_of_resolutions_elastix_has_three():
    file = with_mask_edges(ParameterFile.parse(""), "artificial", None, (0.1, 0.5, 0.9))
    assert file.get("ErodeMask") == ("false", "true", "true")


def test_parts_left_of_another_number_of_resolutions_are_refused():
    with pytest.raises(ValueError, match="2 parts left for 3 resolutions"):
        with_mask_edges(ParameterFile.parse(THREE), "artificial", None, (0.5, 0.5))
