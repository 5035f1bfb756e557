"""What the slice views show: a volume, two volumes over each other, a place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import slicer


def show_volume(volume: Any, fit: bool = False) -> None:
    """Show one volume alone, so that a click in a view means a place in this volume.

    :param fit: move and zoom the views to it.
    """
    if volume is not None:
        slicer.util.setSliceViewerLayers(background=volume, foreground=None, fit=fit)


def show_overlay(fixed: Any, moving: Any) -> None:
    """Show the moving volume half transparent over the fixed one."""
    slicer.util.setSliceViewerLayers(background=fixed, foreground=moving, foregroundOpacity=0.5, fit=True)


def jump_to(position_ras: Sequence[float]) -> None:
    """Centre all slice views on a place.

    :param position_ras: x, y, z in world RAS millimetres.
    """
    x, y, z = (float(value) for value in position_ras)
    slicer.modules.markups.logic().JumpSlicesToLocation(x, y, z, True)


def show_layers(background: Any, foreground: Any, opacity: float) -> None:
    """Show a volume over another one, without moving the views.

    :param opacity: of the foreground, from 0 to 1.
    """
    slicer.util.setSliceViewerLayers(background=background, foreground=foreground, foregroundOpacity=opacity)


def show_chart(chart: Any, table: Any = None) -> None:
    """Show a chart beside the views, in a layout that has room for it, and a table if there is one."""
    selection = slicer.app.applicationLogic().GetSelectionNode()
    layout = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLLayoutNode")
    if table is not None:
        selection.SetActiveTableID(table.GetID())
        slicer.app.applicationLogic().PropagateTableSelection()
        if layout is not None:
            layout.SetViewArrangement(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpPlotTableView)
    slicer.modules.plots.logic().ShowChartInLayout(chart)
