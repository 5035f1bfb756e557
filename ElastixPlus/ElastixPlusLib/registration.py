"""The one use case, from a request over a job to a result.

:func:`register` waits for the result. Where something else has to go on meanwhile, as in the panel, a
:class:`RegistrationJob` is started and polled; nothing but :meth:`RegistrationJob.collect` changes the scene.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from .collection import add_to_scene, collect_result, write_probe_points
from .elastix.command import (
    elastix_command,
    transformix_field_command,
    transformix_points_command,
)
from .elastix.diagnosis import failure
from .elastix.process import ElastixProcess
from .elastix.iteration_plan import IterationPlan
from .elastix.progress import ProgressEvent, ProgressReader
from .elastix.transform_file import TransformChain, read_transform_chain
from .elastix.workspace import Workspace
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
        self._workspace: Workspace | None = None
        self._process: ElastixProcess | None = None
        self._reader: ProgressReader | None = None
        self._chain: TransformChain | None = None
        self._pending: list[list[str]] = []
        self._started = self._exported = self._finished = 0.0
        self._is_cancelled = False

    def check(self) -> CheckedRequest:
        """Find what would fail before anything is written. Later steps do it themselves if it was left out.

        :raises ElastixPlusError: the request cannot run.
        """
        if self._checked is None:
            self._started = time.monotonic()
            self._checked = check_request(self.request)
        return self._checked

    @property
    def workspace_folder(self) -> Path | None:
        """The run folder while it exists."""
        return self._workspace.folder if self._workspace is not None else None

    @property
    def is_running(self) -> bool:
        """Whether a process is at work or another one has to follow."""
        return self._process is not None

    def start(self) -> None:
        """Export the inputs and start elastix; returns at once.

        :raises ElastixPlusError: the request cannot run; nothing is left behind.
        """
        checked = self.check()
        self._workspace = Workspace.create(self.request.workspace, keep=self.request.keep_workspace)
        try:
            self._workspace.require_free_bytes(needed_bytes(checked))
            inputs = export_request(checked, self._workspace)
            self._exported = time.monotonic()
            self._reader = ProgressReader(IterationPlan.from_parameter_files(checked.parameter_files))
            self._launch(elastix_command(checked.engine, inputs, self.request.threads))
        except BaseException:
            self._abandon()
            raise

    def poll(self) -> list[ProgressEvent]:
        """Look how far elastix is, without waiting.

        :returns: what it has reported since the last call.
        :raises ElastixFailedError: elastix, or transformix after it, has ended with an error.
        """
        if self._process is None or self._reader is None:
            return []
        ended = not self._process.is_running
        events = [event for line in self._process.poll() if (event := self._reader.feed(line)) is not None]
        if ended:
            self._end_of_process()
        return events

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
        if self._is_cancelled:
            raise RegistrationCancelled
        if self._chain is None or self._workspace is None or self.is_running:
            raise ElastixFailedError("The registration has not finished.", "Start it and wait for its end first.")
        checked, workspace = self.check(), self._workspace
        field = workspace.displacement_field if self._chain.unsupported else None
        try:
            collected = collect_result(checked, self._chain, workspace, field)
            transform, volume = add_to_scene(checked, collected)
        except ElastixPlusError:
            workspace.keep_on_failure()
            raise
        kept = workspace.folder if self.request.keep_workspace else None
        result = RegistrationResult(
            transform=transform,
            volume=volume,
            engine=EngineUsed(checked.engine.name, checked.engine.version, str(checked.engine.path)),
            seconds=self._seconds(),
            landmarks=collected.landmarks,
            warnings=checked.warnings + collected.warnings,
            workspace=kept,
        )
        self._remove_workspace()
        total = time.monotonic() - self._started
        return replace(result, seconds=replace(result.seconds, total=total))

    def __enter__(self) -> RegistrationJob:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, KeyboardInterrupt):
            self._is_cancelled = True
        self._abandon()

    def _launch(self, command: list[str]) -> None:
        assert self._checked is not None and self._workspace is not None
        self._process = ElastixProcess(
            command, self._workspace.folder, self._checked.engine.environment, self._workspace.console_log
        )
        self._process.start()

    def _end_of_process(self) -> None:
        assert self._process is not None and self._workspace is not None
        process, self._process = self._process, None
        process.close()
        if process.exit_status != 0:
            self._workspace.keep_on_failure()
            raise failure(self._workspace.console_log, process.exit_status)
        if self._chain is None:
            self._finished = time.monotonic()
            self._read_chain()
        if self._pending:
            self._launch(self._pending.pop(0))

    def _read_chain(self) -> None:
        """Read the transform; where it cannot be expressed, transformix has to sample it."""
        assert self._checked is not None and self._workspace is not None
        last = self._workspace.transform_parameters(len(self._checked.parameter_files) - 1)
        try:
            self._chain = read_transform_chain(last, self._workspace.folder)
        except ElastixPlusError:
            self._workspace.keep_on_failure()
            raise
        if self._chain.unsupported:
            write_probe_points(self._checked, self._workspace)
            engine, relative = self._checked.engine, self._workspace.relative_name
            points, output = relative(self._workspace.probe_points), self._workspace.result.name
            self._pending = [
                transformix_points_command(engine, relative(last), points, output, self.request.threads),
                transformix_field_command(engine, relative(last), output, self.request.threads),
            ]

    def _seconds(self) -> Seconds:
        now = time.monotonic()
        return Seconds(
            export=self._exported - self._started,
            elastix=self._finished - self._exported,
            import_=now - self._finished,
            total=now - self._started,
        )

    def _abandon(self) -> None:
        """Leave neither process nor run folder, except the folder of a failed run."""
        if self._process is not None:
            process, self._process = self._process, None
            process.close()
        self._remove_workspace()

    def _remove_workspace(self) -> None:
        if self._workspace is not None:
            workspace, self._workspace = self._workspace, None
            workspace.close()
