"""The names that a panel uses are checked against Slicer's without running them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.panel_names import foreign_names, form_widgets
from bench.slicer_names import widget_api
from conftest import REPOSITORY

SAMPLE = Path(__file__).parent / "sample_module"
FORM = (SAMPLE / "Resources" / "UI" / "SampleModule.ui").read_text(encoding="utf-8")

MODULE = REPOSITORY / "ElastixPlus"
MODULE_FORM = (MODULE / "Resources" / "UI" / "ElastixPlus.ui").read_text(encoding="utf-8")
MODULE_SOURCES = [MODULE / "ElastixPlus.py", *sorted((MODULE / "ElastixPlusPanel").glob("*.py"))]
# A widget that the code makes itself stands here with one of its class from the form.
ALIASES = {
    "finding_rows": {
        "_container": "findingRows",
        "widget": "findingRows",
        "label": "outcomeLabel",
        "icon_label": "outcomeIconLabel",
        "button": "outcomeFixButton",
    },
    "evaluation_table": {"_table": "evaluationTable"},
    "landmark_table": {"_table": "landmarkTable"},
    "mask_choice": {"_node_selector": "fixedMaskSelector", "_segment_selector": "fixedMaskSegmentSelector"},
    "parameter_files": {"_list_widget": "parameterFilesList", "_remove_button": "removeParameterFileButton"},
    "structure_choice": {"_node_selector": "fixedStructuresSelector"},
    "overrides_text": {"_text_edit": "overridesEdit"},
    "preset_choice": {"_combo_box": "presetComboBox", "_summary_label": "presetSummaryLabel"},
    "preset_filters": {
        "_search_box": "presetSearchBox",
        "_anatomy_box": "presetAnatomyComboBox",
        "_modality_box": "presetModalityComboBox",
    },
    "preset_menu": {"_button": "presetMenuButton"},
    "preset_suggestion": {
        "_row": "presetSuggestionRow",
        "_label": "presetSuggestionLabel",
        "_button": "useSuggestionButton",
    },
}


@pytest.mark.parametrize("path", MODULE_SOURCES, ids=lambda path: path.stem)
def test_the_panel_uses_only_names_that_slicer_has(path: Path):
    assert foreign_names(path.read_text(encoding="utf-8"), MODULE_FORM, ALIASES.get(path.stem)) == []


def test_an_alias_is_followed_to_its_widget():
    source = "self._table.setColumnCount(4)\nself._table.setColumns(4)\n"
    found = foreign_names(source, MODULE_FORM, ALIASES["landmark_table"])
    assert found == ["line 2: QTableWidget (landmarkTable) has no setColumns"]


def test_the_form_sets_only_properties_that_the_classes_of_slicer_have():
    known_to_all = set(widget_api()["QWidget"]["properties"]) | {"SlicerParameterName", "buddy"}
    unknown = [
        f"{widget.get('class')} {widget.get('name')}: {found.get('name')}"
        for widget in form_widgets(MODULE_FORM)
        for found in widget.findall("property")
        if found.get("name") not in known_to_all | set(widget_api()[widget.get("class", "")].get("properties", ()))
    ]
    assert unknown == []


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
