"""Run a registration, or check one, while the application stays usable."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from ElastixPlusLib.errors import InputError

from .background_steps import BackgroundSteps
from .run_roles import remember_roles

if TYPE_CHECKING:
    from ElastixPlusLib import Preflight, RegistrationRequest, RegistrationResult
    from ElastixPlusLib.elastix.progress import ProgressEvent


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
        self.request = request
        self._callbacks = callbacks
        self._work = BackgroundSteps(
            _registration_steps(request),
            callbacks.on_progress,
            callbacks.on_done,
            callbacks.on_error,
            lambda: require_volumes(request),
        )

    @property
    def is_running(self) -> bool:
        """Whether the registration goes on."""
        return self._work.is_running

    def start(self) -> None:
        """Begin; the first step is taken when the application has time."""
        self._work.start()

    def cancel(self) -> None:
        """Stop elastix, remove the run folder, and say so; the scene stays as it was."""
        if self._work.stop():
            self._callbacks.on_cancelled()


def background_check(
    request: RegistrationRequest, on_done: Callable[[Preflight], None], on_error: Callable[[Exception], None]
) -> BackgroundSteps[None, Preflight]:
    """A check of a request that goes on while the user does something else; it has to be started."""
    return BackgroundSteps(_check_steps(request), do_nothing, on_done, on_error, lambda: require_volumes(request))


# What only a run or a check needs is loaded when the first one begins, in a thread: it takes a tenth of a second.


def _registration_steps(request: RegistrationRequest) -> Generator[ProgressEvent | None, None, RegistrationResult]:
    from ElastixPlusLib.steps import in_background

    library = yield from in_background(lambda: import_module("ElastixPlusLib.registration"))
    result = yield from library.RegistrationJob(request).in_steps()
    remember_roles(result.transform, result.landmarks.pairs)
    return result


def _check_steps(request: RegistrationRequest) -> Generator[None, None, Preflight]:
    from ElastixPlusLib.steps import in_background

    library = yield from in_background(lambda: import_module("ElastixPlusLib.preflight"))
    return (yield from library.preflight_steps(request))


def require_volumes(request: RegistrationRequest) -> None:
    """Make sure that the volumes are still there.

    :raises InputError: one was removed from the scene.
    """
    for role, volume in (("fixed", request.fixed), ("moving", request.moving)):
        if volume is not None and volume.GetScene() is None:
            raise InputError(
                f"The {role} volume was removed from the scene, so the registration was stopped.",
                "Load it again, or choose another volume.",
            )
