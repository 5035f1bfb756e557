"""Table nodes with typed columns, as Slicer shows, plots and saves them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import vtk
from slicer import vtkMRMLScene, vtkMRMLTableNode

from .saved_names import keep_scene_readable

NO_TEXT = "–"
_NOT_TEXT = ("Cc", "Cs")  # control characters and halves of a letter
_LOOK_ALIKES = str.maketrans({'"': "”", "#": "\uff03"})  # the second one is its wide form


@dataclass(frozen=True)
class Column:
    """One column of a table.

    :param name: short, without spaces; plots and files refer to it.
    :param title: what stands over the column.
    :param values: one per row. None is only for ``number`` and becomes "not a number".
    :param kind: "text", "number" (double) or "count" (integer).
    :param unit: such as "mm"; added to the title in parentheses.
    :param description: one sentence, shown when the mouse rests on the column.
    """

    name: str
    title: str
    values: Sequence[str | float | None]
    kind: Literal["text", "number", "count"] = "text"
    unit: str = ""
    description: str = ""


def add_table(scene: vtkMRMLScene, name: str, columns: Sequence[Column]) -> vtkMRMLTableNode:
    """Add a table node that shows the columns and cannot be edited by accident.

    :raises ValueError: the columns differ in length.

    >>> scene = vtkMRMLScene()
    >>> table = add_table(scene, "distances", [Column("d_mm", "Distance", [1.5, None], "number", "mm")])
    >>> table.GetColumnTitle("d_mm"), table.GetCellText(0, 0)
    ('Distance (mm)', '1.5')
    """
    node = scene.AddNewNodeByClass("vtkMRMLTableNode", name)
    fill_table(node, columns)
    keep_scene_readable(node, "tsv")
    return node


def fill_table(node: vtkMRMLTableNode, columns: Sequence[Column]) -> None:
    """Replace everything that a table node holds; plots of it follow.

    :raises ValueError: the columns differ in length; then the node stays as it was.
    """
    if len({len(column.values) for column in columns}) > 1:
        raise ValueError("the columns of a table have to be of one length")
    table = vtk.vtkTable()
    for column in columns:
        table.AddColumn(_array(column))
    was_modifying = node.StartModify()
    node.RemoveAllColumns()  # their titles too
    node.SetAndObserveTable(table)
    for column in columns:
        unit = f" ({column.unit})" if column.unit else ""  # Slicer shows a unit only when the mouse rests there
        node.SetColumnTitle(column.name, saved_text(column.title + unit))
        node.SetColumnDescription(column.name, saved_text(column.description))
        if column.unit:
            node.SetColumnUnitLabel(column.name, column.unit)
    node.SetUseColumnTitleAsColumnHeader(True)
    node.SetLocked(True)
    node.EndModify(was_modifying)


def saved_text(text: str) -> str:
    """Text as it survives the file of a table.

    Slicer reads tabs, line ends, straight quotes, number signs and empty cells there in such a way that the cells
    after them move to other columns or are lost. They become spaces, signs that look alike, and a dash.

    >>> saved_text('the "left" one'), saved_text("")
    ('the ”left” one', '–')
    """
    letters = text.translate(_LOOK_ALIKES)
    if not letters.isprintable():
        letters = "".join(" " if unicodedata.category(letter) in _NOT_TEXT else letter for letter in letters)
    return " ".join(letters.split()) or NO_TEXT


def _array(column: Column) -> vtk.vtkAbstractArray:
    if column.kind == "text":
        array: vtk.vtkAbstractArray = vtk.vtkStringArray()
        values: list[str | float] = [saved_text(str(value)) for value in column.values]
    elif column.kind == "count":
        array, values = vtk.vtkIntArray(), [int(value) for value in column.values if value is not None]
    else:
        array = vtk.vtkDoubleArray()
        values = [float("nan") if value is None else float(value) for value in column.values]
    array.SetName(column.name)
    for value in values:
        array.InsertNextValue(value)
    return array
