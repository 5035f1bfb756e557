"""One run of the engine in its folder: elastix, and transformix after it where a transform has to be sampled."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path

from .checking.checked_request import CheckedRequest
from .collection import write_probe_points
from .elastix.command import (
    ElastixInputs,
    elastix_command,
    transformix_field_command,
    transformix_points_command,
)
from .elastix.diagnosis import failure, full_disk_failure, gone_folder_failure
from .elastix.engine import Engine
from .elastix.iteration_plan import IterationPlan
from .elastix.process import ElastixProcess
from .elastix.progress import ProgressEvent, ProgressReader
from .elastix.thread_variables import without_thread_variables
from .elastix.transform_file import TransformChain, read_transform_chain
from .elastix.workspace import Workspace
from .errors import ElastixFailedError, ElastixPlusError, Fix, ResultError
from .guidance.initial_alignment import FEWEST_PAIRS
from .guidance.landmark_start import FROM_LANDMARKS
from .steps import in_background


class EngineRun:
    """Starts the programs one after the other and reads what they leave.

    :param checked: what is registered.
    :param engine: what runs.
    :param workspace: where; kept from the moment on that something fails in it.
    :param inputs: what has been exported to it.
    """

    def __init__(self, checked: CheckedRequest, engine: Engine, workspace: Workspace, inputs: ElastixInputs) -> None:
        self.checked = checked
        self._engine = engine
        self.workspace = workspace
        self.chain: TransformChain | None = None
        self.started_at = self.finished_at = time.monotonic()
        self._reader = ProgressReader(IterationPlan.from_parameter_files(checked.parameter_files))
        self.command = elastix_command(engine, inputs, checked.threads)
        self._work = self._work_on()
        self._is_running = False

    @property
    def is_running(self) -> bool:
        """Whether a program is at work, or what it left has not been read yet."""
        return self._is_running

    @property
    def displacement_field(self) -> Path | None:
        """The field that transformix sampled, if the transform needed it."""
        return self.workspace.displacement_field if self.chain is not None and self.chain.unsupported else None

    def start(self) -> None:
        """Start elastix; returns at once."""
        self._is_running = True
        next(self._work)

    def poll(self) -> list[ProgressEvent]:
        """What has been reported since the last call; starts the next program where one has to follow.

        :raises ElastixFailedError: a program has ended with an error.
        :raises TransformImportError: elastix's transform cannot be read.
        """
        events: list[ProgressEvent] = []
        try:
            while self._is_running and (event := next(self._work)) is not None:
                events.append(event)
        except StopIteration as end:
            self.chain = end.value
            self._is_running = False
        except ElastixPlusError as error:
            self._is_running = False
            self.workspace.keep_on_failure()
            if (fault := self._fault_of_the_place(getattr(error, "exit_status", None))) is not None:
                raise fault from error
            error.fix = self._fitting(error.fix)
            if isinstance(error, ResultError):
                error.run_folder = self.workspace.folder
            raise
        return events

    def _fault_of_the_place(self, exit_status: int | None) -> ElastixFailedError | None:
        """What no log tells, because it could not be written."""
        if self.workspace.is_gone:
            return gone_folder_failure(self.workspace.folder, exit_status)
        if self.workspace.is_full:
            return full_disk_failure(self.workspace.console_log, exit_status)
        return None

    def _fitting(self, fix: Fix | None) -> Fix | None:
        """The change that a diagnosis offers, if it changes something; landmarks make a better start than gravity."""
        if fix is None:
            return None
        pairs = self.checked.driving_pairs
        if "initial" in fix.changes and pairs is not None and len(pairs.labels) >= FEWEST_PAIRS:
            fix = FROM_LANDMARKS
        chosen = {**vars(self.checked.request), "initial": self.checked.start.name, "crop": self.checked.crop}
        return None if all(chosen[name] == value for name, value in fix.changes.items()) else fix

    def close(self) -> None:
        """Leave no process behind."""
        self._is_running = False
        self._work.close()

    def _work_on(self) -> Generator[ProgressEvent | None, None, TransformChain]:
        """Yields None once elastix has been started, then every event, and None whenever there is no news."""
        folder = self.workspace.folder
        last = self.workspace.transform_parameters(len(self.checked.parameter_files) - 1)
        yield from self._program(self.command, last)
        self.finished_at = time.monotonic()
        chain = yield from in_background(lambda: read_transform_chain(last, folder))
        if chain.unsupported:
            yield from in_background(lambda: write_probe_points(self.checked, self.workspace))
            left = (self.workspace.mapped_probe_points, self.workspace.displacement_field)
            commands = self._sampling_commands(self.workspace.relative_name(last))
            for command, path in zip(commands, left, strict=True):
                yield from self._program(command, path)
        return chain

    def _program(self, command: list[str], leaves: Path) -> Generator[ProgressEvent | None, None, None]:
        """Run a program to its end.

        :param leaves: what it has to have written: on a full disk it ends well without.
        """
        workspace, environment = self.workspace, without_thread_variables(self._engine.environment)
        log = workspace.console_log
        with ElastixProcess(command, workspace.folder, environment, log, workspace.guard) as process:
            yield None
            is_running = True
            while is_running:
                is_running = process.is_running  # before the last lines are read
                yield from (event for line in process.poll() if (event := self._reader.feed(line)) is not None)
                if is_running:
                    yield None
        if process.exit_status != 0 or not leaves.is_file():
            raise (yield from in_background(lambda: failure(log, process.exit_status)))  # a long log takes a second

    def _sampling_commands(self, transform: str) -> list[list[str]]:
        """Have transformix sample a transform that cannot be expressed, and map points that tell the error of it."""
        engine, threads, output = self._engine, self.checked.threads, self.workspace.result.name
        points = self.workspace.relative_name(self.workspace.probe_points)
        return [
            transformix_points_command(engine, transform, points, output, threads),
            transformix_field_command(engine, transform, output, threads),
        ]
