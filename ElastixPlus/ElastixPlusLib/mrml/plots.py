"""Chart nodes and their series: errors per landmark pair, before against after, and how often which value occurs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from slicer import vtkMRMLPlotChartNode, vtkMRMLPlotSeriesNode, vtkMRMLScene, vtkMRMLTableNode

Colour = tuple[float, float, float]

# Okabe and Ito, "Color universal design", 2008: told apart with every kind of colour blindness.
ORANGE: Colour = (0.902, 0.624, 0.0)
BLUE: Colour = (0.0, 0.447, 0.698)
GREY: Colour = (0.4, 0.4, 0.4)

_POINT_SIZE = 9.0
_LINE_WIDTH = 2.0


@dataclass(frozen=True, eq=False)
class Series:
    """What one series of a chart shows.

    :param name: what the legend says.
    :param x: name of a column of numbers; ``y`` likewise.
    :param labels: name of a column of texts, shown when the mouse rests on a point; empty for none.
    :param marker: of points; told apart by its shape where colours are not.
    """

    name: str
    table: vtkMRMLTableNode
    x: str
    y: str
    look: Literal["points", "line", "bars"]
    colour: Colour
    labels: str = ""
    marker: Literal["circle", "square", "none"] = "none"


@dataclass(frozen=True, eq=False)
class Chart:
    """What a chart shows."""

    title: str
    x_title: str
    y_title: str
    series: tuple[Series, ...]


def errors_per_pair(table: vtkMRMLTableNode, title: str) -> Chart:
    """Distances of landmark pairs before and after over the number of the pair.

    :param table: with columns ``pair`` (1 to n), ``label``, ``before_mm`` and ``after_mm``.
    """
    before = Series("Before", table, "pair", "before_mm", "points", ORANGE, "label", "square")
    after = Series("After", table, "pair", "after_mm", "points", BLUE, "label", "circle")
    return Chart(title, "Landmark pair", "Distance (mm)", (before, after))


def before_against_after(table: vtkMRMLTableNode, title: str) -> Chart:
    """Distances after over those before, with the line on which a pair would lie that has not changed.

    :param table: as for :func:`errors_per_pair`.
    """
    after = Series("Landmark pairs", table, "before_mm", "after_mm", "points", BLUE, "label", "circle")
    unchanged = Series("Unchanged", table, "before_mm", "before_mm", "line", GREY)
    return Chart(title, "Before (mm)", "After (mm)", (after, unchanged))


def histogram(table: vtkMRMLTableNode, title: str, x_title: str) -> Chart:
    """How often which value occurs, as bars.

    :param table: with columns ``middle`` (of the bin) and ``percent``.
    """
    bars = Series("Share", table, "middle", "percent", "bars", BLUE)
    return Chart(title, x_title, "Share of places (%)", (bars,))


def add_chart(scene: vtkMRMLScene, name: str, chart: Chart) -> vtkMRMLPlotChartNode:
    """Add a chart node with its series."""
    node = scene.AddNewNodeByClass("vtkMRMLPlotChartNode", name)
    fill_chart(node, chart)
    return node


def fill_chart(node: vtkMRMLPlotChartNode, chart: Chart) -> None:
    """Make a chart node show something else; its series nodes are used again.

    :param node: in a scene.
    """
    kept = series_nodes(node)
    was_modifying = node.StartModify()
    for index, series in enumerate(chart.series):
        if index < len(kept):
            _fill_series(kept[index], series)
        else:
            added = node.GetScene().AddNewNodeByClass("vtkMRMLPlotSeriesNode", series.name)
            _fill_series(added, series)
            node.AddAndObservePlotSeriesNodeID(added.GetID())
    for surplus in kept[len(chart.series) :]:
        node.RemovePlotSeriesNodeID(surplus.GetID())
        node.GetScene().RemoveNode(surplus)
    node.SetTitle(chart.title)
    node.SetXAxisTitle(chart.x_title)
    node.SetYAxisTitle(chart.y_title)
    node.SetLegendVisibility(len(chart.series) > 1)
    node.EndModify(was_modifying)


def series_nodes(node: vtkMRMLPlotChartNode) -> list[vtkMRMLPlotSeriesNode]:
    """The series of a chart that are still in the scene."""
    found = [node.GetNthPlotSeriesNode(index) for index in range(node.GetNumberOfPlotSeriesNodes())]
    return [series for series in found if series is not None]


def remove_chart(node: vtkMRMLPlotChartNode) -> None:
    """Remove a chart node together with its series."""
    scene = node.GetScene()
    for series in series_nodes(node):
        scene.RemoveNode(series)
    scene.RemoveNode(node)


def _fill_series(node: vtkMRMLPlotSeriesNode, series: Series) -> None:
    kind = vtkMRMLPlotSeriesNode
    was_modifying = node.StartModify()
    node.SetName(series.name)
    node.SetAndObserveTableNodeID(series.table.GetID())
    # Of these kinds the plot view takes x from the column; of PlotTypeLine and PlotTypeBar it counts rows instead.
    node.SetPlotType(kind.PlotTypeScatterBar if series.look == "bars" else kind.PlotTypeScatter)
    node.SetXColumnName(series.x)
    node.SetYColumnName(series.y)
    node.SetLabelColumnName(series.labels)
    node.SetLineStyle(kind.LineStyleSolid if series.look == "line" else kind.LineStyleNone)
    node.SetLineWidth(_LINE_WIDTH)
    markers = {"circle": kind.MarkerStyleCircle, "square": kind.MarkerStyleSquare, "none": kind.MarkerStyleNone}
    node.SetMarkerStyle(markers[series.marker])
    node.SetMarkerSize(_POINT_SIZE)
    node.SetColor(*series.colour)
    node.EndModify(was_modifying)
