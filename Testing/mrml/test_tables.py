"""Tables have typed columns with titles, are updated in place, and come back from a saved scene whatever is in them."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import pytest
import slicer
from hypothesis import given, settings
from hypothesis import strategies as st

from ElastixPlusLib.mrml.saved_names import file_name_for
from ElastixPlusLib.mrml.tables import Column, add_table, fill_table, saved_text
from saved_scenes import saved_and_read

ODD_NAME = 'A <b> & "c" é/ü: 测试'


def columns(labels=("one", "two"), distances=(1.25, None), counts=(3, 4)):
    return [
        Column("label", "Label", labels, description="What it is called."),
        Column("d_mm", "Distance", distances, "number", "mm", "How far."),
        Column("n", "n", counts, "count", description="How many."),
    ]


def texts_of(node: slicer.vtkMRMLTableNode, name: str) -> list[str]:
    column = node.GetColumnIndex(name)
    return [node.GetCellText(row, column) for row in range(node.GetNumberOfRows())]


def test_columns_have_types_titles_units_and_descriptions(scene):
    node = add_table(scene, "table", columns())
    types = [node.GetTable().GetColumn(index).GetClassName() for index in range(3)]
    assert types == ["vtkStringArray", "vtkDoubleArray", "vtkIntArray"]
    assert [node.GetColumnTitle(name) for name in ("label", "d_mm", "n")] == ["Label", "Distance (mm)", "n"]
    assert (node.GetColumnUnitLabel("d_mm"), node.GetColumnUnitLabel("n")) == ("mm", "")
    assert node.GetColumnDescription("d_mm") == "How far."
    assert node.GetUseColumnTitleAsColumnHeader()
    assert node.GetLocked()


def test_what_was_not_measured_is_not_a_number(scene):
    values = add_table(scene, "table", columns()).GetTable().GetColumnByName("d_mm")
    assert values.GetValue(0) == 1.25
    assert math.isnan(values.GetValue(1))


def test_numbers_keep_double_precision_in_the_scene(scene):
    node = add_table(scene, "table", columns(distances=(1 / 3, 2 / 3)))
    assert node.GetTable().GetColumnByName("d_mm").GetValue(0) == 1 / 3


def test_filling_a_table_again_replaces_rows_columns_and_titles(scene):
    node = add_table(scene, "table", columns())
    fill_table(node, [Column("label", "Other", ["three"])])
    assert (node.GetNumberOfColumns(), node.GetNumberOfRows()) == (1, 1)
    assert node.GetColumnTitle("label") == "Other"
    assert node.GetColumnTitle("d_mm") == ""
    assert node.GetLocked()


def test_whoever_shows_a_table_hears_once_that_it_was_filled_again(scene):
    node, heard = add_table(scene, "table", columns()), []
    node.AddObserver("ModifiedEvent", lambda *_: heard.append(node.GetNumberOfRows()))
    fill_table(node, columns(("a", "b", "c"), (1, 2, 3), (1, 2, 3)))
    assert heard == [3]


def test_a_table_without_rows_keeps_its_columns(scene):
    node = add_table(scene, "table", columns((), (), ()))
    assert (node.GetNumberOfColumns(), node.GetNumberOfRows()) == (3, 0)


def test_columns_of_unequal_length_are_refused_and_the_table_stays(scene):
    node = add_table(scene, "table", columns())
    with pytest.raises(ValueError, match="one length"):
        fill_table(node, columns(labels=("only one",)))
    assert texts_of(node, "label") == ["one", "two"]


def test_a_saved_table_comes_back_with_types_and_titles(scene, tmp_path):
    add_table(scene, "table", columns())
    node = saved_and_read(scene, tmp_path).GetFirstNodeByClass("vtkMRMLTableNode")
    assert (texts_of(node, "label"), texts_of(node, "n")) == (["one", "two"], ["3", "4"])
    assert node.GetTable().GetColumnByName("d_mm").GetValue(0) == 1.25
    assert math.isnan(node.GetTable().GetColumnByName("d_mm").GetValue(1))
    assert node.GetTable().GetColumnByName("n").GetDataTypeAsString() == "int"
    assert node.GetColumnTitle("d_mm") == "Distance (mm)"
    assert node.GetColumnUnitLabel("d_mm") == "mm"
    assert node.GetColumnDescription("d_mm") == "How far."
    assert node.GetUseColumnTitleAsColumnHeader()
    assert node.GetLocked()


@pytest.mark.parametrize("name", [ODD_NAME, "Head&Neck", "a < b", 'say "x"', "ünïcode", "a/b:c;d"])
def test_a_table_of_any_name_comes_back(name, scene, tmp_path):
    add_table(scene, name, columns())
    node = saved_and_read(scene, tmp_path).GetFirstNodeByClass("vtkMRMLTableNode")
    assert node.GetName() == name
    assert texts_of(node, "label") == ["one", "two"]


def test_only_a_name_that_would_break_the_scene_gets_a_file_name(scene):
    assert add_table(scene, "plain <b>", columns()).GetStorageNode() is None
    assert add_table(scene, "Head & Neck", columns()).GetStorageNode().GetFileName() == "Head _ Neck.tsv"
    assert not set(file_name_for(ODD_NAME)) & set('<>:"/\\|?*&')


@pytest.mark.parametrize(
    "odd", ['5" long', "#1", "a #b", '"whole"', "", " ", "a\tb", "a\nb", "a\r\nb", "a\x00b", "<b>&amp;", "1,5", "é"]
)
@pytest.mark.parametrize("row", [0, 1])
def test_an_odd_text_does_not_shift_its_neighbours_in_the_file(odd, row, scene, tmp_path):
    labels = ["plain", "plain"]
    labels[row] = odd
    add_table(scene, "table", [*columns(labels), Column("last", "Last", labels)])
    node = saved_and_read(scene, tmp_path).GetFirstNodeByClass("vtkMRMLTableNode")
    assert texts_of(node, "label") == texts_of(node, "last") == [saved_text(label) for label in labels]
    assert texts_of(node, "n") == ["3", "4"]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=4))
def test_any_texts_come_back_from_a_file(labels):
    scene = slicer.vtkMRMLScene()
    numbers = range(len(labels))
    add_table(scene, "table", columns(labels, numbers, numbers))
    with tempfile.TemporaryDirectory() as folder:
        node = saved_and_read(scene, Path(folder)).GetFirstNodeByClass("vtkMRMLTableNode")
    assert texts_of(node, "label") == [saved_text(label) for label in labels]
    assert texts_of(node, "n") == [str(number) for number in numbers]


def test_text_that_needs_no_change_is_not_changed():
    assert saved_text("L <1> & ü 'x', 测试; 100 %") == "L <1> & ü 'x', 测试; 100 %"
