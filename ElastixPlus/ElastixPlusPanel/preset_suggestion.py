"""A line below the presets that suggests one for what is chosen, and says why."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import qt
from slicer.i18n import tr as _

from ElastixPlusLib import RegistrationRequest
from ElastixPlusLib.presets import Preset

from .background_registration import do_nothing
from .background_steps import BackgroundSteps
from .input_watch import INPUTS, InputWatch
from .parameter_set import ParameterSet, texts_in
from .preset_text import rich

if TYPE_CHECKING:
    from ElastixPlusLib.presets.suggestion import Situation, Suggestion

FIELDS = (*INPUTS, "check_labels", "output_transform")
QUIET_MS = 400  # without a change before anything is looked at: landmarks are dragged, volumes chosen one by one


class PresetSuggestion:
    """Looks at the inputs in the background whenever they change, and shows what suits them best.

    Nothing is suggested where the chosen preset is the one, where the user has chosen another one since, and where
    own parameter files are used.

    :param ui: the widgets of the panel.
    :param request_now: what would be registered; None without a parameter set.
    :param presets: what there is to choose from.
    :param choose: chooses a preset by its id.
    """

    def __init__(
        self,
        ui: Any,
        request_now: Callable[[], RegistrationRequest | None],
        presets: Callable[[], Sequence[Preset]],
        choose: Callable[[str], None],
    ) -> None:
        self._row, self._label, self._button = ui.presetSuggestionRow, ui.presetSuggestionLabel, ui.useSuggestionButton
        self._request_now, self._presets, self._choose = request_now, presets, choose
        self._parameters: ParameterSet | None = None
        self._inputs: RegistrationRequest | None = None
        self._work: BackgroundSteps[None, Situation] | None = None
        self._suggestions: tuple[Suggestion, ...] = ()
        self._preset_then = ""
        self._watch = InputWatch(self._inputs_now, self._wait, FIELDS)
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.interval = QUIET_MS
        self._timer.connect("timeout()", self._start)
        self._button.connect("clicked(bool)", self._use)
        self._show()

    def set_parameters(self, parameters: ParameterSet | None) -> None:
        """Bind to another parameter set, or to none."""
        self._parameters = parameters
        self.forget()
        self.show()

    def show(self) -> None:
        """The parameter set has changed: look at the inputs again if these have, too."""
        now = self._inputs_now()
        if now != self._inputs:
            self.forget()
            self._inputs = now
            if now is not None:
                self._wait()
        self._show()

    def forget(self) -> None:
        """Look at nothing any more, and suggest nothing."""
        self._stop()
        self._timer.stop()
        self._watch.watch(None)
        self._inputs, self._suggestions = None, ()
        self._show()

    def _inputs_now(self) -> RegistrationRequest | None:
        """What a suggestion depends on; None if there is nothing to register yet."""
        try:
            request = self._request_now()
        except Exception:  # what cannot be asked for cannot be looked at
            return None
        if request is None or request.fixed is None or request.moving is None or request.fixed is request.moving:
            return None
        return RegistrationRequest(**{name: getattr(request, name) for name in FIELDS})

    def _wait(self) -> None:
        """Look when there has been no change for a while; what was suggested stays until then."""
        self._stop()
        self._timer.start()

    def _stop(self) -> None:
        work, self._work = self._work, None
        if work is not None:
            work.stop()

    def _start(self) -> None:
        self._stop()
        inputs = self._inputs
        if inputs is None:
            return
        self._watch.watch(inputs)
        self._work = BackgroundSteps(_situation_steps(inputs), do_nothing, self._done, self._failed, do_nothing)
        self._work.start()

    def _done(self, situation: Situation) -> None:
        from ElastixPlusLib.presets.suggestion import suggest

        self._work = None
        self._suggestions = suggest(self._presets(), situation)
        self._preset_then = self._parameters.preset if self._parameters is not None else ""
        self._show()

    def _failed(self, _error: Exception) -> None:
        """Nobody has asked for anything: what is wrong with the inputs is for the check to say."""
        self._work, self._suggestions = None, ()
        self._show()

    def _use(self) -> None:
        if self._suggestions:
            self._choose(self._suggestions[0].preset.id)
            self._show()

    def _show(self) -> None:
        self._row.setVisible(self._is_wanted())
        if not self._suggestions:
            self._label.text = self._label.toolTip = ""
            return
        first, *others = self._suggestions
        self._label.text = _("Suggested: {title}\n{reason}").format(title=first.preset.title, reason=first.reason)
        lines = [f"{other.preset.title}: {other.reason}" for other in others]
        self._label.toolTip = rich("\n".join([_("Or:"), *lines])) if lines else ""

    def _is_wanted(self) -> bool:
        parameters = self._parameters
        if parameters is None or not self._suggestions or texts_in(parameters.parameter_files):
            return False
        return parameters.preset == self._preset_then != self._suggestions[0].preset.id


def _situation_steps(inputs: RegistrationRequest) -> Generator[None, None, Situation]:
    from ElastixPlusLib.steps import in_background

    library = yield from in_background(lambda: import_module("ElastixPlusLib.situation"))
    situation: Situation = yield from library.situation_steps(inputs)
    return situation
