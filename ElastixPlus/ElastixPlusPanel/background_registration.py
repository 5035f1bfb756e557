"""Run a registration while the application stays usable: a timer takes one small step after the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import qt

from ElastixPlusLib.errors import InputError

if TYPE_CHECKING:
    from ElastixPlusLib import RegistrationRequest, RegistrationResult
    from ElastixPlusLib.elastix.progress import ProgressEvent

READER_SECONDS = 0.002  # for the thread that reads what elastix prints
WAITING_MS = 25  # between two looks at what elastix has printed
WORK_SECONDS = 0.005  # a step that takes longer was work, not a look


def do_nothing(*_arguments: object) -> None:
    """Stand in for a callback that was not given."""


@dataclass(frozen=True)
class RunCallbacks:
    """Who is told what; exactly one of the last three is called, once.

    :param on_progress: gets every step that elastix reports.
    :param on_done: gets the result.
    :param on_error: gets the error; any exception, so that nothing is lost.
    :param on_cancelled: the user stopped the run.
    """

    on_progress: Callable[[ProgressEvent], None] = do_nothing
    on_done: Callable[[RegistrationResult], None] = do_nothing
    on_error: Callable[[Exception], None] = do_nothing
    on_cancelled: Callable[[], None] = do_nothing


class BackgroundRegistration:
    """One registration that goes on while the user does something else.

    :param request: what to register.
    :param callbacks: who is told.
    """

    def __init__(self, request: RegistrationRequest, callbacks: RunCallbacks) -> None:
        from ElastixPlusLib import RegistrationJob  # not before Apply: it loads what the panel can do without

        self.request = request
        self._callbacks = callbacks
        self._steps = RegistrationJob(request).in_steps()
        self._timer = qt.QTimer()
        self._timer.interval = WAITING_MS
        self._timer.connect("timeout()", self._tick)
        self.is_running = False

    def start(self) -> None:
        """Begin; the first step is taken when the application has time."""
        self.is_running = True
        self._timer.start()

    def cancel(self) -> None:
        """Stop elastix, remove the run folder, and say so; the scene stays as it was."""
        if self.is_running:
            self._end()
            self._callbacks.on_cancelled()

    def _tick(self) -> None:
        """Take one step. A slot: whatever goes wrong here has to reach the user from here."""
        if not self.is_running:
            return
        time.sleep(READER_SECONDS)  # the application's event loop holds Python's lock: let the reading thread have it
        began = time.perf_counter()
        try:
            self._require_volumes()
            while (event := next(self._steps)) is not None:
                self._callbacks.on_progress(event)
                if not self.is_running:  # whoever was told has cancelled
                    return
        except StopIteration as end:
            self._end()
            self._callbacks.on_done(end.value)
        except Exception as error:  # a defect, too, has to end the run and be shown
            self._end()
            self._callbacks.on_error(error)
        else:
            # While there is work, the next step follows as soon as the application has answered what was waiting.
            self._timer.interval = 0 if time.perf_counter() - began > WORK_SECONDS else WAITING_MS

    def _require_volumes(self) -> None:
        for role, volume in (("fixed", self.request.fixed), ("moving", self.request.moving)):
            if volume is not None and volume.GetScene() is None:
                raise InputError(
                    f"The {role} volume was removed from the scene, so the registration was stopped.",
                    "Load it again, or choose another volume.",
                )

    def _end(self) -> None:
        self.is_running = False
        self._timer.stop()
        self._timer.disconnect("timeout()", self._tick)  # or the timer would keep the run, and the run its volumes
        self._steps.close()
