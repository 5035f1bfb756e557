"""The names that a panel uses are checked against Slicer's without running them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.panel_names import foreign_names

SAMPLE = Path(__file__).parent / "sample_module"
FORM = (SAMPLE / "Resources" / "UI" / "SampleModule.ui").read_text(encoding="utf-8")


def test_the_sample_module_uses_only_names_that_slicer_has():
    assert foreign_names((SAMPLE / "SampleModule.py").read_text(encoding="utf-8"), FORM) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("self.ui.sigmaSlider.setRange(0, 1)", "ctkSliderWidget (sigmaSlider) has no setRange"),
        ("self.ui.applyButton.connect('click(bool)', f)", "QPushButton (applyButton) has no signal click(bool)"),
        ("self.ui.missing.text", "the form has no missing"),
        ("qt.QNoSuch()", "qt has no QNoSuch"),
        ("ctk.ctkNoSuch()", "ctk has no ctkNoSuch"),
        ("qt.Qt.AlignmentFlag.AlignLeft", "qt.Qt.AlignmentFlag.AlignLeft names an enumeration that only PySide has"),
        ("slicer.app.patchVersion", "slicer.app has no patchVersion"),
        ("slicer.util.noSuch()", "slicer.util has no noSuch"),
    ],
)
def test_a_name_that_slicer_has_not_is_found(line: str, problem: str):
    assert foreign_names(line, FORM) == [f"line 1: {problem}"]


def test_right_names_are_left_alone():
    source = "self.ui.applyButton.connect('clicked(bool)', f)\nqt.Qt.AlignLeft\nslicer.util.errorDisplay('x')\n"
    assert foreign_names(source, FORM) == []
