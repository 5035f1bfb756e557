"""Placing pair after pair with the mouse: a click in the fixed volume, one in the moving volume, and so on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.util import VTKObservationMixin

from ElastixPlusLib.guidance.pair_rows import PairRow, expected_partner

from . import landmark_lists, views
from .parameter_set import ParameterSet

SETTLE_MS = 50  # after which a placed point has told of itself


class PairPlacing(VTKObservationMixin):
    """Lets the user place landmarks, as long as a button is down.

    :param button: a checkable QPushButton.
    :param rows: gives the pairs as they are now.
    :param make_lists: makes the lists that are missing.
    """

    def __init__(self, button: Any, rows: Callable[[], tuple[PairRow, ...]], make_lists: Callable[[], None]) -> None:
        VTKObservationMixin.__init__(self)
        self._button, self._rows, self._make_lists = button, rows, make_lists
        self._parameters: ParameterSet | None = None
        self._label = self._side = ""  # of the landmark that is placed next
        self._shown_volumes: set[Any] = set()
        button.connect("toggled(bool)", self._toggled)

    @property
    def is_active(self) -> bool:
        """Whether a landmark is waited for."""
        return bool(self._label)

    def set_parameters(self, parameters: ParameterSet | None) -> None:
        """Bind to another parameter set, or to none."""
        self.stop()
        self._parameters = parameters

    def stop(self) -> None:
        """Leave it; a pair of which nothing is placed yet goes."""
        self._button.checked = False

    def place(self, row: PairRow, side: str) -> None:
        """Let the next click in a view place one landmark of a pair, on "fixed" or "moving"."""
        parameters = self._parameters
        if parameters is None:
            return
        node, listed = getattr(parameters, f"{side}_landmarks"), getattr(row, f"{side}_index")
        if listed is None:
            other = parameters.fixed_landmarks if side == "moving" else parameters.moving_landmarks
            index = landmark_lists.add_unplaced_point(node, landmark_lists.label_of_partner(node, other, row.label))
        else:
            index = landmark_lists.listed_indices(node)[listed]
        self._show_volume(getattr(parameters, f"{side}_volume"))
        expected = expected_partner(self._rows(), row)
        if expected is not None:
            views.jump_to(expected)
        landmark_lists.start_placing(node, index)

    def _toggled(self, is_down: bool) -> None:
        if is_down and self._parameters is not None:
            self._make_lists()
            self._observe()
            self._place_next_pair()
        elif not is_down:
            self.removeObservers()
            self._remove_unplaced_pair()
            self._label = self._side = ""
            self._shown_volumes.clear()
            if _interaction_node().GetCurrentInteractionMode() == slicer.vtkMRMLInteractionNode.Place:
                _interaction_node().SwitchToViewTransformMode()

    def _observe(self) -> None:
        defined = slicer.vtkMRMLMarkupsNode.PointPositionDefinedEvent
        for node in (self._parameters.fixed_landmarks, self._parameters.moving_landmarks):
            self.addObserver(node, defined, self._point_placed)
        mode_changed = slicer.vtkMRMLInteractionNode.InteractionModeChangedEvent
        self.addObserver(_interaction_node(), mode_changed, self._mode_changed)

    def _place_next_pair(self) -> None:
        parameters = self._parameters
        fixed, moving = parameters.fixed_landmarks, parameters.moving_landmarks
        (self._label, moving_label), self._side = landmark_lists.next_labels(fixed, moving), "fixed"
        index = landmark_lists.add_unplaced_point(fixed, self._label)
        landmark_lists.add_unplaced_point(moving, moving_label)
        self._show_volume(parameters.fixed_volume)
        landmark_lists.start_placing(fixed, index)

    def _show_volume(self, volume: Any) -> None:
        """Show a volume; the views go to it the first time, for the two may lie far apart."""
        views.show_volume(volume, fit=volume not in self._shown_volumes)
        self._shown_volumes.add(volume)

    def _point_placed(self, _caller: Any, _event: Any) -> None:
        # Not from here: the application leaves place mode after it has told of the point.
        qt.QTimer.singleShot(0, self._go_on)

    def _mode_changed(self, _caller: Any, _event: Any) -> None:
        if _interaction_node().GetCurrentInteractionMode() != slicer.vtkMRMLInteractionNode.Place:
            qt.QTimer.singleShot(SETTLE_MS, self._stop_if_left)

    def _go_on(self) -> None:
        """Go on with the other landmark of the pair, or with the next pair, once the expected one is placed."""
        row = self._waited_for()
        if row is None or getattr(row, f"{self._side}_ras") is None:
            return
        if self._side == "fixed":
            self._side = "moving"
            self.place(row, "moving")
        else:
            self._place_next_pair()

    def _stop_if_left(self) -> None:
        """The user has left place mode, by a right click or the tool bar, without placing the landmark."""
        row = self._waited_for()
        is_placing = _interaction_node().GetCurrentInteractionMode() == slicer.vtkMRMLInteractionNode.Place
        if row is not None and not is_placing and getattr(row, f"{self._side}_ras") is None:
            self.stop()

    def _waited_for(self) -> PairRow | None:
        if not self._label or self._parameters is None:
            return None
        return next((row for row in self._rows() if row.label == self._label), None)

    def _remove_unplaced_pair(self) -> None:
        row = self._waited_for()
        if row is None or row.fixed_ras is not None or row.moving_ras is not None:
            return
        parameters = self._parameters
        for node, listed in (
            (parameters.fixed_landmarks, row.fixed_index),
            (parameters.moving_landmarks, row.moving_index),
        ):
            if node is not None and listed is not None:
                node.RemoveNthControlPoint(landmark_lists.listed_indices(node)[listed])


def _interaction_node() -> Any:
    return slicer.app.applicationLogic().GetInteractionNode()
