"""Charts refer to columns of tables that exist, look alike for every eye, and are updated in place."""

from __future__ import annotations

import itertools

import pytest
import slicer

from ElastixPlusLib.mrml.plots import (
    BLUE,
    GREY,
    ORANGE,
    Chart,
    Series,
    add_chart,
    before_against_after,
    errors_per_pair,
    fill_chart,
    histogram,
    remove_chart,
    series_nodes,
)
from ElastixPlusLib.mrml.tables import Column, add_table
from saved_scenes import names_of_nodes, saved_and_read

KIND = slicer.vtkMRMLPlotSeriesNode
ODD_TITLE = 'A <b> & "c" é: 测试'


@pytest.fixture
def pairs(scene) -> slicer.vtkMRMLTableNode:
    return add_table(
        scene,
        "pairs",
        [
            Column("pair", "Pair", [1, 2, 3], "count"),
            Column("label", "Label", ["a", "b", "c"]),
            Column("before_mm", "Before", [4.0, 6.0, 2.0], "number", "mm"),
            Column("after_mm", "After", [1.0, 0.5, 2.5], "number", "mm"),
        ],
    )


@pytest.fixture
def bins(scene) -> slicer.vtkMRMLTableNode:
    columns = [
        Column("middle", "Middle", [0.5, 1.0, 1.5], "number"),
        Column("percent", "Share", [20, 70, 10], "number"),
    ]
    return add_table(scene, "bins", columns)


def charts(pairs, bins) -> list[Chart]:
    return [errors_per_pair(pairs, "t"), before_against_after(pairs, "t"), histogram(bins, "t", "determinant")]


def plotted(series: slicer.vtkMRMLPlotSeriesNode) -> list[tuple[float, float]]:
    """The points of a series, found as Slicer's plot view finds them."""
    table = series.GetTableNode().GetTable()
    x, y = (table.GetColumnByName(name) for name in (series.GetXColumnName(), series.GetYColumnName()))
    assert series.IsXColumnRequired(), "the plot view would count rows instead of taking x from the table"
    assert x.IsNumeric()
    assert y.IsNumeric()
    return [(x.GetTuple1(row), y.GetTuple1(row)) for row in range(table.GetNumberOfRows())]


def test_distances_before_and_after_stand_over_the_number_of_the_pair(scene, pairs):
    node = add_chart(scene, "chart", errors_per_pair(pairs, "Errors"))
    before, after = series_nodes(node)
    assert (before.GetName(), after.GetName()) == ("Before", "After")
    assert plotted(before) == [(1, 4.0), (2, 6.0), (3, 2.0)]
    assert plotted(after) == [(1, 1.0), (2, 0.5), (3, 2.5)]
    assert (node.GetTitle(), node.GetXAxisTitle(), node.GetYAxisTitle()) == ("Errors", "Landmark pair", "Distance (mm)")


def test_a_point_says_which_landmark_it_is(scene, pairs):
    for series in series_nodes(add_chart(scene, "chart", errors_per_pair(pairs, "Errors"))):
        assert series.GetLabelColumnName() == "label"
        assert series.GetTableNode().GetTable().GetColumnByName("label").GetClassName() == "vtkStringArray"


def test_points_are_not_joined_since_neighbouring_numbers_mean_nothing(scene, pairs):
    for series in series_nodes(add_chart(scene, "chart", errors_per_pair(pairs, "Errors"))):
        assert series.GetLineStyle() == KIND.LineStyleNone
        assert series.GetMarkerStyle() != KIND.MarkerStyleNone


def test_after_stands_over_before_beside_the_line_of_no_change(scene, pairs):
    node = add_chart(scene, "chart", before_against_after(pairs, "Errors"))
    after, unchanged = series_nodes(node)
    assert plotted(after) == [(4.0, 1.0), (6.0, 0.5), (2.0, 2.5)]
    assert all(x == y for x, y in plotted(unchanged))
    assert unchanged.GetLineStyle() == KIND.LineStyleSolid
    assert unchanged.GetMarkerStyle() == KIND.MarkerStyleNone
    assert (node.GetXAxisTitle(), node.GetYAxisTitle()) == ("Before (mm)", "After (mm)")


def test_the_bars_of_a_histogram_stand_in_the_middle_of_their_bins(scene, bins):
    node = add_chart(scene, "chart", histogram(bins, "Volume change", "Jacobian determinant"))
    (bars,) = series_nodes(node)
    assert bars.GetPlotType() == KIND.PlotTypeScatterBar
    assert plotted(bars) == [(0.5, 20.0), (1.0, 70.0), (1.5, 10.0)]
    assert node.GetXAxisTitle() == "Jacobian determinant"


def test_a_legend_is_there_only_where_there_is_something_to_tell_apart(scene, pairs, bins):
    shown = [bool(add_chart(scene, "chart", chart).GetLegendVisibility()) for chart in charts(pairs, bins)]
    assert shown == [True, True, False]


def test_series_of_a_chart_differ_in_colour_and_in_shape(scene, pairs, bins):
    for chart in charts(pairs, bins):
        for one, other in itertools.combinations(series_nodes(add_chart(scene, "chart", chart)), 2):
            assert one.GetColor() != other.GetColor()
            assert one.GetMarkerStyle() != other.GetMarkerStyle()


def test_colours_differ_in_brightness_so_that_any_eye_tells_them_apart():
    def brightness(colour):
        return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), colour, strict=True))

    assert abs(brightness(ORANGE) - brightness(BLUE)) > 0.2
    assert GREY[0] == GREY[1] == GREY[2]


def test_filling_a_chart_again_uses_its_series_again(scene, pairs):
    node = add_chart(scene, "chart", errors_per_pair(pairs, "Errors"))
    kept, nodes_before = [one.GetID() for one in series_nodes(node)], scene.GetNumberOfNodes()
    fill_chart(node, before_against_after(pairs, "Other"))
    assert [one.GetID() for one in series_nodes(node)] == kept
    assert scene.GetNumberOfNodes() == nodes_before
    assert [one.GetName() for one in series_nodes(node)] == ["Landmark pairs", "Unchanged"]
    assert node.GetTitle() == "Other"


def test_series_that_are_not_needed_any_more_leave_the_scene(scene, pairs, bins):
    node = add_chart(scene, "chart", errors_per_pair(pairs, "Errors"))
    fill_chart(node, histogram(bins, "Other", "x"))
    assert node.GetNumberOfPlotSeriesNodes() == 1
    assert names_of_nodes(scene).count("After") == 0


def test_series_that_a_user_has_deleted_are_made_again(scene, pairs):
    node = add_chart(scene, "chart", errors_per_pair(pairs, "Errors"))
    scene.RemoveNode(series_nodes(node)[0])
    fill_chart(node, errors_per_pair(pairs, "Errors"))
    assert sorted(one.GetName() for one in series_nodes(node)) == ["After", "Before"]


def test_a_removed_chart_takes_its_series_with_it(scene, pairs):
    before = names_of_nodes(scene)
    remove_chart(add_chart(scene, "chart", errors_per_pair(pairs, "Errors")))
    assert names_of_nodes(scene) == before


def test_a_saved_chart_comes_back_with_its_series(scene, pairs, tmp_path):
    chart = Chart(
        ODD_TITLE, ODD_TITLE, "y", (Series(ODD_TITLE, pairs, "pair", "after_mm", "points", BLUE, "label", "square"),)
    )
    add_chart(scene, ODD_TITLE, chart)
    read = saved_and_read(scene, tmp_path)
    node = read.GetFirstNodeByClass("vtkMRMLPlotChartNode")
    assert (node.GetName(), node.GetTitle(), node.GetXAxisTitle()) == (ODD_TITLE,) * 3
    (series,) = series_nodes(node)
    assert series.GetName() == ODD_TITLE
    assert plotted(series) == [(1, 1.0), (2, 0.5), (3, 2.5)]
    assert series.GetMarkerStyle() == KIND.MarkerStyleSquare
    assert series.GetColor() == pytest.approx(BLUE)
