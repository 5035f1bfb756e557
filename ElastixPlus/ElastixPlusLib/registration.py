"""The one use case, from a request over a job to a result.

:func:`register` waits for the result. Where something else has to go on meanwhile, as in the panel, the steps of
:meth:`RegistrationJob.in_steps` are taken one by one; nothing but the end of it, or of :meth:`RegistrationJob.collect`,
changes the scene.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass, replace
from inspect import GEN_RUNNING, getgeneratorstate
from types import TracebackType
from typing import TYPE_CHECKING

from .accuracy.landmark_errors import LandmarkReport
from .checking.checked_request import CheckedRequest
from .checking.preparation import check_steps
from .collection import CollectedResult, add_to_scene, collect_steps
from .elastix.progress import ProgressEvent
from .elastix.transform_file import TransformChain
from .elastix.workspace import Workspace
from .engine_run import EngineRun
from .errors import ElastixFailedError, InputError, RegistrationCancelled, ResultError, ResultWriteError
from .export import export_steps, needed_bytes
from .grid import Grid
from .landmark_fit import landmark_fit_steps
from .mrml.stored_record import store_record_text
from .record.record_file import write_record
from .record.record_json import record_text
from .record.run_record import ResultIdentity, RunRecord
from .recording import failed_record, finished_record, record_steps, result_identity_steps
from .request import RegistrationRequest
from .result import EngineUsed, RegistrationResult, Seconds
from .steps import Answer, Steps, in_background, run_to_end

if TYPE_CHECKING:
    import vtk

_POLL_SECONDS = 0.02
_TOO_LITTLE_MEMORY = (
    "There is not enough memory for these volumes.",
    "Close other programs or volumes, crop the volumes to what matters, or resample them to larger voxels.",
)

ProgressCallback = Callable[[ProgressEvent], None]


@dataclass(frozen=True, eq=False)
class Trial:
    """What a registration has found, without a trace in the scene.

    :param transform: maps fixed to moving positions in world RAS.
    :param landmarks: distances before and after for every pair, driving and checking ones kept apart.
    :param seconds: wall time from the first step to the last.
    :param fixed_grid: the voxels of the fixed volume, as they lie in the world.
    :param warnings: sentences that the user should read.
    """

    transform: vtk.vtkAbstractTransform
    landmarks: LandmarkReport
    seconds: float
    fixed_grid: Grid
    warnings: tuple[str, ...] = ()


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
    cancel, kept after a failure of elastix or of the import (its place is in the error) and on request.

    :param request: what to do.
    """

    def __init__(self, request: RegistrationRequest) -> None:
        self.request = request
        self._checked: CheckedRequest | None = None
        self._workspace: Workspace | None = None
        self._run: EngineRun | None = None
        self._record: RunRecord | None = None
        self._is_trial = False
        self._work: Generator[ProgressEvent | None, None, object] | None = None
        self._started_at = 0.0
        self._was_started = self._is_cancelled = False

    def in_steps(self) -> Generator[ProgressEvent | None, None, RegistrationResult]:
        """Do everything in steps of about 30 ms each, for a program that has something else to do between them.

        Yields what elastix reports as it comes, and None otherwise. While elastix runs a step returns at once, so that
        after None it is worth to wait some milliseconds. The result is what the generator returns. Closing it, or
        :meth:`cancel` between two steps, stops elastix with all it has started and removes the run folder.

        :raises ElastixPlusError: as :func:`register` does.
        :raises RegistrationCancelled: at the step after :meth:`cancel`.
        """
        self._begin()
        return (yield from self._guarded(self._all_steps()))

    def trial_steps(self) -> Generator[ProgressEvent | None, None, Trial]:
        """Do everything but change the scene, in the same steps and with the same promises as :meth:`in_steps`.

        :raises ElastixPlusError: as :func:`register` does.
        """
        self._begin()
        return (yield from self._guarded(self._trial_steps()))

    def check(self) -> CheckedRequest:
        """Find what would fail before anything is written. Later steps do it themselves if it was left out.

        :raises ElastixPlusError: the request cannot run.
        """
        return run_to_end(self._guarded(self._check_steps()))

    @property
    def record(self) -> RunRecord | None:
        """What is known of the run so far; None before it has been started, and for a trial."""
        return self._record

    @property
    def is_running(self) -> bool:
        """Whether a process is at work or another one has to follow."""
        return self._run is not None and self._run.is_running

    def start(self) -> None:
        """Export the inputs and start elastix; returns at once.

        :raises ElastixPlusError: the request cannot run; nothing is left behind.
        """
        self._begin()
        run_to_end(self._guarded(self._start_steps()))

    def poll(self) -> list[ProgressEvent]:
        """Look how far elastix is, without waiting.

        :returns: what it has reported since the last call.
        :raises ElastixFailedError: elastix, or transformix after it, has ended with an error.
        """
        return self._run.poll() if self._run is not None else []

    def cancel(self) -> None:
        """Stop elastix with everything it has started, and remove the run folder; the scene is as it was."""
        self._is_cancelled = True
        if self._work is None:
            self._abandon()
        elif getgeneratorstate(self._work) != GEN_RUNNING:  # else it is called from inside a step, which ends first
            self._work.close()
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
        :raises InputError: a volume was removed from the scene meanwhile.
        """
        if self._is_cancelled:
            raise RegistrationCancelled
        return run_to_end(self._guarded(self._collect_steps()))

    def __enter__(self) -> RegistrationJob:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, KeyboardInterrupt):
            self._is_cancelled = True
        self._abandon(error)

    def _begin(self) -> None:
        if self._is_cancelled:
            raise RegistrationCancelled
        if self._was_started:
            raise ElastixFailedError("This registration has been started before.", "Make a new job for a new run.")
        self._was_started = True

    def _guarded(
        self, work: Generator[ProgressEvent | None, None, Answer]
    ) -> Generator[ProgressEvent | None, None, Answer]:
        """Take steps until they end or the job is cancelled. What ends them early leaves nothing behind."""
        self._work = work
        try:
            while True:
                try:
                    event = next(work)
                except StopIteration as end:
                    answer: Answer = end.value
                    return answer
                yield event
                if self._is_cancelled:
                    raise RegistrationCancelled
        except MemoryError as error:
            work.close()
            self._abandon(error)
            raise InputError(*_TOO_LITTLE_MEMORY) from error
        except BaseException as error:
            work.close()
            self._abandon(error)
            raise
        finally:
            self._work = None

    def _all_steps(self) -> Generator[ProgressEvent | None, None, RegistrationResult]:
        yield from self._run_steps()
        return (yield from self._collect_steps())

    def _trial_steps(self) -> Generator[ProgressEvent | None, None, Trial]:
        self._is_trial = True
        yield from self._run_steps()
        checked, found = yield from self._found_steps()
        self._run = self._workspace = self._checked = None  # the job may be kept, the volumes need not
        seconds, warnings = time.monotonic() - self._started_at, checked.warnings + found.warnings
        return Trial(found.transform, found.landmarks, seconds, checked.fixed.grid, warnings)

    def _run_steps(self) -> Generator[ProgressEvent | None, None, None]:
        yield from self._start_steps()
        while self.is_running:
            yield from self.poll()
            yield None

    def _check_steps(self) -> Steps[CheckedRequest]:
        if self._checked is None:
            self._started_at = time.monotonic()
            self._checked = yield from check_steps(self.request)
        return self._checked

    def _start_steps(self) -> Steps[None]:
        checked = yield from self._check_steps()
        if not self._is_trial:
            self._record = yield from record_steps(checked)
        if checked.engine is None:  # a fit of the landmarks alone needs no program
            return
        self._workspace = Workspace.create(self.request.workspace, keep=self.request.keep_workspace)
        self._workspace.require_free_bytes(needed_bytes(checked))
        inputs = yield from export_steps(checked, self._workspace)
        self._run = EngineRun(checked, checked.engine, self._workspace, inputs)
        if self._record is not None:
            self._record = replace(self._record, command=tuple(self._run.command))
        self._run.start()

    def _finished_run(self) -> tuple[EngineRun, TransformChain]:
        run = self._run
        if run is None or run.chain is None or run.is_running:
            raise ElastixFailedError("The registration has not finished.", "Start it and wait for its end first.")
        return run, run.chain

    def _collect_steps(self) -> Steps[RegistrationResult]:
        run, began = self._run, time.monotonic()
        checked, found = yield from self._found_steps()
        identity = yield from result_identity_steps(checked, found)
        # All at once, without a step between: a cancel finds the scene as it was, or comes too late.
        if run is None:
            return self._recorded(self._put_into_scene(checked, found, began, began), identity, None)
        result = self._put_into_scene(checked, found, run.started_at, run.finished_at)
        workspace, self._run, self._workspace = run.workspace, None, None
        return self._recorded(result, identity, workspace if self.request.keep_workspace else None)

    def _found_steps(self) -> Steps[tuple[CheckedRequest, CollectedResult]]:
        """Read and compute all of the result, and remove the run folder; the scene stays as it is."""
        checked = self._checked
        if checked is not None and checked.landmark_fit and self._was_started:
            return checked, (yield from landmark_fit_steps(checked))
        run, chain = self._finished_run()
        try:
            found = yield from collect_steps(run.checked, chain, run.workspace, run.displacement_field)
        except ResultError as error:
            run.workspace.keep_on_failure()
            error.run_folder = run.workspace.folder
            raise
        yield from in_background(run.workspace.close)
        return run.checked, found

    def _put_into_scene(
        self, checked: CheckedRequest, collected: CollectedResult, began: float, ended: float
    ) -> RegistrationResult:
        """Change the scene.

        :param began: when elastix was started, ``ended``: when it had ended.
        """
        added = add_to_scene(checked, collected)
        now = time.monotonic()
        return RegistrationResult(
            transform=added.transform,
            volume=added.volume,
            engine=EngineUsed.of(checked.engine),
            seconds=Seconds(
                export=began - self._started_at,
                elastix=ended - began,
                import_=now - ended,
                total=now - self._started_at,
            ),
            landmarks=collected.landmarks,
            findings=checked.findings,
            warnings=checked.warnings + collected.warnings + added.warnings,
            parameter_files=tuple((file.path.name if file.path else "", file.text) for file in checked.parameter_files),
            overrides=tuple(checked.request.overrides),
        )

    def _recorded(
        self, result: RegistrationResult, identity: ResultIdentity, workspace: Workspace | None
    ) -> RegistrationResult:
        """The result with its record, which is kept with the transform, and in a run folder that stays."""
        if self._record is None:
            return result
        record = finished_record(self._record, result.landmarks, result.seconds, identity)
        record = replace(record, warnings=result.warnings)
        store_record_text(result.transform, record_text(record))
        if workspace is not None:
            self._keep_record(record, workspace)
        return replace(result, record=record, workspace=workspace.folder if workspace is not None else None)

    def _abandon(self, error: BaseException | None = None) -> None:
        """Leave neither process nor run folder, except a folder that is to be kept, which then says what happened."""
        run, self._run = self._run, None
        if run is not None:
            run.close()
        workspace, self._workspace = self._workspace, None
        if workspace is not None:
            if workspace.is_kept and self._record is not None and error is not None:
                self._keep_record(failed_record(self._record, error), workspace)
            workspace.close()

    @staticmethod
    def _keep_record(record: RunRecord, workspace: Workspace) -> None:
        with suppress(ResultWriteError):  # a full disk, perhaps the cause of all: there is something to tell already
            write_record(record, workspace.record)
