"""Compare two volumes by eye in linked slice views: checkerboard, flicker, and a slider from one to the other."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from . import views
from .background_registration import do_nothing
from .background_steps import BackgroundSteps
from .checkerboard import add_checkerboard, checkerboard_steps, remove_checkerboard
from .evaluation_work import gathered
from .input_watch import changes_of
from .parameter_set import ParameterSet
from .run_text import error_text
from .slice_layers import SliceLayers, layers_now, link_views, set_foreground_opacity

FLICKER_MS = 500  # between two changes


class CheckLayout(VTKObservationMixin):
    """The buttons and the slider that compare the two chosen volumes as they lie in the scene.

    Checkerboard and flicker last as long as their button is pressed; then the views show again what they showed before.

    :param ui: the widgets of the panel.
    """

    def __init__(self, ui: Any) -> None:
        VTKObservationMixin.__init__(self)
        self._ui = ui
        self._parameters: ParameterSet | None = None
        self._volumes: tuple[Any, Any] = (None, None)
        self._layers_before: tuple[SliceLayers, ...] = ()
        self._board: Any = None
        self._board_work: BackgroundSteps[Any, Any] | None = None
        self._flicker_timer = qt.QTimer()
        self._flicker_timer.setInterval(FLICKER_MS)
        self._flicker_timer.connect("timeout()", self._flicker)
        self._shows_moving = False
        ui.checkerboardButton.connect("toggled(bool)", self._toggle_checkerboard)
        ui.flickerButton.connect("toggled(bool)", self._toggle_flicker)
        ui.fadeSlider.connect("valueChanged(int)", self._fade)
        self.show()

    @property
    def is_active(self) -> bool:
        """Whether checkerboard or flicker has taken over the views, or is about to."""
        return self._flicker_timer.active or self._board is not None or self._board_work is not None

    def set_parameters(self, parameters: ParameterSet | None) -> None:
        """Bind to another parameter set, or to none."""
        self._parameters = parameters
        self.show()

    def show(self) -> None:
        """Let go of volumes that are not chosen any more, and offer what can be compared."""
        parameters = self._parameters
        chosen = (parameters.fixed_volume, parameters.moving_volume) if parameters is not None else (None, None)
        if chosen != self._volumes:
            self.stop()
            self._volumes = chosen
        can_compare = None not in chosen and chosen[0] is not chosen[1]
        can_compare = can_compare and all(volume.GetImageData() is not None for volume in chosen)
        for widget in (self._ui.checkerboardButton, self._ui.flickerButton, self._ui.fadeSlider):
            widget.enabled = can_compare

    def stop(self) -> None:
        """Release both buttons and show again what the views showed before."""
        self._ui.checkerboardButton.checked = False
        self._ui.flickerButton.checked = False
        self._leave()
        self._tell("")

    def _toggle_checkerboard(self, is_pressed: bool) -> None:
        self._take_over(is_pressed, self._ui.flickerButton)
        if not is_pressed:
            return
        try:
            fixed, moving = self._volumes
            for volume in self._volumes:
                for watched, event in changes_of(volume):
                    self.addObserver(watched, event, self._volume_changed)
            self._tell(_("Making the checkerboard"))
            steps = gathered(checkerboard_steps(fixed, moving))
            work = BackgroundSteps(steps, do_nothing, self._show_board, self._fail, do_nothing)
            self._board_work = work
            work.start()
        except Exception as error:  # a slot: what is not shown here, nobody sees
            self._fail(error)

    def _toggle_flicker(self, is_pressed: bool) -> None:
        self._take_over(is_pressed, self._ui.checkerboardButton)
        if is_pressed:
            fixed, moving = self._volumes
            views.show_layers(fixed, moving, 0.0)
            self._shows_moving = False
            self._flicker_timer.start()

    def _take_over(self, is_pressed: bool, other_button: Any) -> None:
        """Begin to show something else, or show again what was shown before."""
        if not is_pressed:
            self._leave()
            return
        other_button.checked = False
        self._tell("")
        self._layers_before = layers_now()
        link_views()

    def _leave(self) -> None:
        self.removeObservers()
        self._flicker_timer.stop()
        work, self._board_work = self._board_work, None
        if work is not None:
            work.stop()
        layers, self._layers_before = self._layers_before, ()
        for one in layers:
            one.put_back()
        board, self._board = self._board, None
        if board is not None:
            remove_checkerboard(board)
        self._tell("")

    def _flicker(self) -> None:
        self._shows_moving = not self._shows_moving
        set_foreground_opacity(1.0 if self._shows_moving else 0.0)

    def _show_board(self, image: Any) -> None:
        try:
            self._board_work = None
            self._board = add_checkerboard(self._volumes[0], image)
            views.show_volume(self._board)
            self._tell("")
        except Exception as error:  # called by a timer: what is not shown here, nobody sees
            self._fail(error)

    def _volume_changed(self, _caller: Any, _event: Any) -> None:
        self.stop()
        self._tell(_("A volume has changed: press Checkerboard again."))

    def _fail(self, error: Exception) -> None:
        self.stop()
        self._tell(error_text(error))

    def _fade(self, percent: int) -> None:
        self.stop()
        if None not in self._volumes:
            views.show_layers(*self._volumes, percent / 100)
            link_views()

    def _tell(self, text: str) -> None:
        label = self._ui.compareHintLabel
        label.text = text
        label.setVisible(bool(text))
