"""The one use case, from a request over a job to a result.

:func:`register` waits for the result. Where something else has to go on meanwhile, as in the panel, a
:class:`RegistrationJob` is started and polled; nothing but :meth:`RegistrationJob.collect` changes the scene.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from .collection import CollectedResult, add_to_scene, collect_result
from .elastix.progress import ProgressEvent
from .elastix.workspace import Workspace
from .engine_run import EngineRun
from .errors import ElastixFailedError, ElastixPlusError, RegistrationCancelled
from .preparation import CheckedRequest, check_request, export_request, needed_bytes
from .request import RegistrationRequest
from .result import EngineUsed, RegistrationResult, Seconds

_POLL_SECONDS = 0.02

ProgressCallback = Callable[[ProgressEvent], None]


def register(request: RegistrationRequest, on_progress: ProgressCallback | None = None) -> RegistrationResult:
    """Register the moving volume of a request to the fixed one, and wait for the result.

    :param on_progress: is called with every step that elastix reports.
    :returns: the transform node in the scene of the volumes, and an account of the run.
    :raises ElastixPlusError: with cause and remedy; the scene is then as it was.

    Example, with volume and point list nodes of one scene::

        result = register(RegistrationRequest(
            fixed=fixed_volume, moving=moving_volume, preset="generic",
            fixed_landmarks=fixed_points, moving_landmarks=moving_points, landmark_weight="firm"))
        print(result.landmarks.summary("check"))
    """
    with RegistrationJob(request) as job:
        job.start()
        job.wait(on_progress)
        return job.collect()


class RegistrationJob:
    """One registration on its way: check, export, run, collect.

    A context manager: whatever happens inside, no process stays behind. The run folder is removed on success and on
    cancel, kept after a failure of elastix (its place is in the error) and on request.

    :param request: what to do.
    """

    def __init__(self, request: RegistrationRequest) -> None:
        self.request = request
        self._checked: CheckedRequest | None = None
        self._run: EngineRun | None = None
        self._started_at = 0.0
        self._is_cancelled = False

    def check(self) -> CheckedRequest:
        """Find what would fail before anything is written. Later steps do it themselves if it was left out.

        :raises ElastixPlusError: the request cannot run.
        """
        if self._checked is None:
            self._started_at = time.monotonic()
            self._checked = check_request(self.request)
        return self._checked

    @property
    def workspace_folder(self) -> Path | None:
        """The run folder while it exists."""
        return self._run.workspace.folder if self._run is not None else None

    @property
    def is_running(self) -> bool:
        """Whether a process is at work or another one has to follow."""
        return self._run is not None and self._run.is_running

    def start(self) -> None:
        """Export the inputs and start elastix; returns at once.

        :raises ElastixPlusError: the request cannot run; nothing is left behind.
        """
        if self._run is not None or self._is_cancelled:
            raise ElastixFailedError("This registration has been started before.", "Make a new job for a new run.")
        checked = self.check()
        workspace = Workspace.create(self.request.workspace, keep=self.request.keep_workspace)
        self._run = EngineRun(checked, workspace)
        try:
            workspace.require_free_bytes(needed_bytes(checked))
            self._run.start(export_request(checked, workspace))
        except BaseException:
            self._abandon()
            raise

    def poll(self) -> list[ProgressEvent]:
        """Look how far elastix is, without waiting.

        :returns: what it has reported since the last call.
        :raises ElastixFailedError: elastix, or transformix after it, has ended with an error.
        """
        return self._run.poll() if self._run is not None else []

    def cancel(self) -> None:
        """Stop elastix with everything it has started, and remove the run folder; the scene is as it was."""
        self._is_cancelled = True
        self._abandon()

    def wait(self, on_progress: ProgressCallback | None = None) -> None:
        """Poll until elastix is done.

        :raises RegistrationCancelled: :meth:`cancel` was called meanwhile, or the keyboard interrupted.
        """
        try:
            while self.is_running:
                for event in self.poll():
                    if on_progress is not None:
                        on_progress(event)
                if self.is_running:
                    time.sleep(_POLL_SECONDS)
        except KeyboardInterrupt as interrupt:
            self.cancel()
            raise RegistrationCancelled from interrupt
        if self._is_cancelled:
            raise RegistrationCancelled

    def collect(self) -> RegistrationResult:
        """Import the result into the scene. Everything is read and computed before the first node changes.

        :raises RegistrationCancelled: the job was cancelled.
        :raises ResultError: the result could not be imported; the run folder is kept.
        """
        run = self._run
        if self._is_cancelled:
            raise RegistrationCancelled
        if run is None or run.chain is None or run.is_running:
            raise ElastixFailedError("The registration has not finished.", "Start it and wait for its end first.")
        try:
            collected = collect_result(run.checked, run.chain, run.workspace, run.displacement_field)
            result = self._put_into_scene(run, collected)
        except ElastixPlusError:
            run.workspace.keep_on_failure()
            raise
        finally:
            self._abandon()
        return result

    def __enter__(self) -> RegistrationJob:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, KeyboardInterrupt):
            self._is_cancelled = True
        self._abandon()

    def _put_into_scene(self, run: EngineRun, collected: CollectedResult) -> RegistrationResult:
        checked = run.checked
        transform, volume = add_to_scene(checked, collected)
        now = time.monotonic()
        return RegistrationResult(
            transform=transform,
            volume=volume,
            engine=EngineUsed(checked.engine.name, checked.engine.version, str(checked.engine.path)),
            seconds=Seconds(
                export=run.started_at - self._started_at,
                elastix=run.finished_at - run.started_at,
                import_=now - run.finished_at,
                total=now - self._started_at,
            ),
            landmarks=collected.landmarks,
            warnings=checked.warnings + collected.warnings,
            workspace=run.workspace.folder if self.request.keep_workspace else None,
        )

    def _abandon(self) -> None:
        """Leave neither process nor run folder, except a folder that is to be kept."""
        run, self._run = self._run, None
        if run is not None:
            run.close()
            run.workspace.close()
