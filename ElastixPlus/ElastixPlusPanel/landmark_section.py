"""The Landmarks section: two lists side by side, roles, distances, placing the pairs one after the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import qt
import slicer
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from ElastixPlusLib.guidance.landmark_pairing import LandmarkList
from ElastixPlusLib.guidance.pair_rows import Mapping, OutsideTest, PairRow, pair_rows
from ElastixPlusLib.mrml.frames import transformed_points
from ElastixPlusLib.mrml.landmarks import control_points
from ElastixPlusLib.mrml.volumes import world_grid

from . import landmark_lists, views
from .landmark_table import LandmarkTable
from .pair_doubts import PairDoubts
from .pair_placing import PairPlacing
from .parameter_set import ParameterSet, stored_texts, texts_in

REFRESH_MS = 50  # dragging a point tells of a change with every movement of the mouse
DOUBT_MS = 300  # between two looks at which pairs agree, which takes longer


class LandmarkSection(VTKObservationMixin):
    """Binds the widgets of the Landmarks section to the parameter set and to the two lists.

    :param ui: the widgets of the panel.
    :param icons: the folder of the icons.
    """

    def __init__(self, ui: Any, icons: Path) -> None:
        VTKObservationMixin.__init__(self)
        self._ui = ui
        self._parameters: ParameterSet | None = None
        self._rows: tuple[PairRow, ...] = ()
        self._shown_row_and_side = (-1, "")
        self._observed_nodes: tuple[Any, ...] = ()
        self._table = LandmarkTable(
            ui.landmarkTable, qt.QIcon(str(icons / "warning.png")), self.show_pair, self._set_role
        )
        self._doubts = PairDoubts(self._table.show_doubts)
        self._refresh_timer = single_shot(REFRESH_MS, self.refresh)
        self._doubt_timer = single_shot(DOUBT_MS, self._look_for_doubts)
        self._placing = PairPlacing(ui.placePairsButton, self._read_rows, self.make_lists)
        ui.makeListsButton.connect("clicked(bool)", self.make_lists)
        ui.placePartnerButton.connect("clicked(bool)", self.place_partner)
        ui.landmarkTable.connect("itemSelectionChanged()", self._update_buttons)

    @property
    def rows(self) -> tuple[PairRow, ...]:
        """The pairs as they are shown."""
        return self._rows

    def set_parameters(self, parameters: ParameterSet | None) -> None:
        """Bind to another parameter set, or to none."""
        self._placing.set_parameters(parameters)
        self._parameters = parameters
        self.show()

    def show(self) -> None:
        """Observe the nodes that the parameter set names now, and show their pairs soon."""
        nodes = self._nodes()
        if nodes != self._observed_nodes:
            if self._placing.is_active:  # in lists that are not chosen any more
                self._placing.stop()
            self._observed_nodes = nodes
            self._observe(nodes)
        self._refresh_timer.start()

    def stop_placing(self) -> None:
        """Leave the placing of pairs, if the user has not."""
        self._placing.stop()

    def stop(self) -> None:
        """Forget all nodes."""
        self._placing.stop()
        self._refresh_timer.stop()
        self._doubt_timer.stop()
        self._doubts.stop()
        self.removeObservers()
        self._parameters, self._observed_nodes = None, ()

    def refresh(self) -> None:
        """Read the two lists and show their pairs."""
        self._rows = self._read_rows()
        self._table.show_rows(self._rows)
        self._update_buttons()
        if not self._doubt_timer.active:
            self._doubt_timer.start()

    def _look_for_doubts(self) -> None:
        self._doubts.look(self._rows)

    def make_lists(self) -> None:
        """Make the list or lists that are not chosen yet, and choose them."""
        parameters = self._parameters
        if parameters is None:
            return
        if parameters.fixed_landmarks is None:
            parameters.fixed_landmarks = landmark_lists.make_point_list(
                parameters.fixed_volume, _("Fixed landmarks"), landmark_lists.FIXED_COLOR
            )
        if parameters.moving_landmarks is None:
            parameters.moving_landmarks = landmark_lists.make_point_list(
                parameters.moving_volume, _("Moving landmarks"), landmark_lists.MOVING_COLOR
            )

    def place_partner(self) -> None:
        """Let the user place the landmark that the selected pair lacks."""
        number = self._table.selected()
        row = self._rows[number] if 0 <= number < len(self._rows) else None
        if row is not None and (row.fixed_ras is None or row.moving_ras is None):
            self._placing.stop()
            self._placing.place(row, "moving" if row.moving_ras is None else "fixed")

    def show_pair(self, number: int) -> None:
        """Centre the views on a pair: on its fixed landmark, and on its moving one when it is shown again."""
        if not 0 <= number < len(self._rows) or self._parameters is None:
            return
        row = self._rows[number]
        sides = [side for side, point in (("fixed", row.fixed_ras), ("moving", row.moving_ras)) if point is not None]
        if not sides:
            return
        side = sides[-1] if self._shown_row_and_side == (number, sides[0]) else sides[0]
        self._shown_row_and_side = (number, side)
        node, index = self._control_point(row, side)
        views.jump_to(node.GetNthControlPointPositionWorld(index))

    def _control_point(self, row: PairRow, side: str) -> tuple[Any, int]:
        node = getattr(self._parameters, f"{side}_landmarks")
        listed = row.fixed_index if side == "fixed" else row.moving_index
        return node, landmark_lists.listed_indices(node)[listed or 0]

    def _set_role(self, number: int, checks: bool) -> None:
        if self._parameters is None:
            return
        label = self._rows[number].label
        labels = [one for one in texts_in(self._parameters.check_labels) if one != label]
        self._parameters.check_labels = stored_texts((*labels, label) if checks else tuple(labels))
        self._refresh_timer.start()

    def _update_buttons(self) -> None:
        number = self._table.selected()
        row = self._rows[number] if 0 <= number < len(self._rows) else None
        self._ui.placePartnerButton.enabled = row is not None and (row.fixed_ras is None or row.moving_ras is None)
        parameters = self._parameters
        has_both = parameters is not None and None not in (parameters.fixed_landmarks, parameters.moving_landmarks)
        self._ui.makeListsButton.enabled = parameters is not None and not has_both

    def _nodes(self) -> tuple[Any, ...]:
        parameters = self._parameters
        if parameters is None:
            return ()
        return (
            parameters.fixed_landmarks,
            parameters.moving_landmarks,
            parameters.fixed_volume,
            parameters.moving_volume,
            parameters.output_transform,
        )

    def _observe(self, nodes: tuple[Any, ...]) -> None:
        self.removeObservers()
        markups = slicer.vtkMRMLMarkupsNode
        changes = (markups.PointModifiedEvent, markups.PointAddedEvent, markups.PointRemovedEvent)
        for node in dict.fromkeys(node for node in nodes if node is not None):
            self.addObserver(node, slicer.vtkMRMLTransformableNode.TransformModifiedEvent, self._changed)
            if node.IsA("vtkMRMLMarkupsNode"):
                for event in changes:
                    self.addObserver(node, event, self._changed)

    def _changed(self, _caller: Any, _event: Any) -> None:
        self._refresh_timer.start()

    def _read_rows(self) -> tuple[PairRow, ...]:
        parameters = self._parameters
        if parameters is None:
            return ()
        result = parameters.output_transform
        return pair_rows(
            _landmarks(parameters.fixed_landmarks, result),
            _landmarks(parameters.moving_landmarks, result),
            texts_in(parameters.check_labels),
            _mapping(parameters),
            _outside_test(parameters.fixed_volume, result),
            _outside_test(parameters.moving_volume, result),
        )


def single_shot(interval_ms: int, slot: Callable[[], None]) -> Any:
    """A timer that calls once, some time after it was started last."""
    timer = qt.QTimer()
    timer.setSingleShot(True)
    timer.setInterval(interval_ms)
    timer.connect("timeout()", slot)
    return timer


def _landmarks(node: Any, result: Any) -> LandmarkList:
    """The landmarks as a registration sees them: a result that they are already under does not count."""
    return LandmarkList((), np.empty((0, 3))) if node is None else LandmarkList(*control_points(node, without=result))


def _mapping(parameters: ParameterSet) -> Mapping | None:
    """The map of the output transform, if it is a result for the two volumes that are chosen."""
    node = parameters.output_transform
    if node is None or node.GetTransformFromParent() is None:
        return None
    volumes = (
        node.GetNodeReference(node.GetFixedNodeReferenceRole()),
        node.GetNodeReference(node.GetMovingNodeReferenceRole()),
    )
    if None in volumes or volumes != (parameters.fixed_volume, parameters.moving_volume):
        return None
    return lambda points: transformed_points(node.GetTransformFromParent(), points)


def _outside_test(volume: Any, result: Any) -> OutsideTest | None:
    grid = world_grid(volume, without=result) if volume is not None and volume.GetImageData() is not None else None
    return None if grid is None else grid.outside_mm
