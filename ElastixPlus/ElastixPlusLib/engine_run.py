"""One run of the engine in its folder: elastix, and transformix after it where a transform has to be sampled."""

from __future__ import annotations

import time
from pathlib import Path

from .collection import write_probe_points
from .elastix.command import (
    ElastixInputs,
    elastix_command,
    transformix_field_command,
    transformix_points_command,
)
from .elastix.diagnosis import failure
from .elastix.iteration_plan import IterationPlan
from .elastix.process import ElastixProcess
from .elastix.progress import ProgressEvent, ProgressReader
from .elastix.transform_file import TransformChain, read_transform_chain
from .elastix.workspace import Workspace
from .errors import ElastixPlusError
from .preparation import CheckedRequest


class EngineRun:
    """Starts the programs one after the other and reads what they leave.

    :param checked: what is registered.
    :param workspace: where; kept from the moment on that something fails in it.
    """

    def __init__(self, checked: CheckedRequest, workspace: Workspace) -> None:
        self.checked = checked
        self.workspace = workspace
        self.chain: TransformChain | None = None
        self.started_at = self.finished_at = time.monotonic()
        self._reader = ProgressReader(IterationPlan.from_parameter_files(checked.parameter_files))
        self._process: ElastixProcess | None = None
        self._next_commands: list[list[str]] = []

    @property
    def is_running(self) -> bool:
        """Whether a program is at work, or has ended and not been looked at."""
        return self._process is not None

    @property
    def displacement_field(self) -> Path | None:
        """The field that transformix sampled, if the transform needed it."""
        return self.workspace.displacement_field if self.chain is not None and self.chain.unsupported else None

    def start(self, inputs: ElastixInputs) -> None:
        """Start elastix; returns at once."""
        self.started_at = time.monotonic()
        self._launch(elastix_command(self.checked.engine, inputs, self.checked.request.threads))

    def poll(self) -> list[ProgressEvent]:
        """What has been reported since the last call; starts the next program where one has to follow.

        :raises ElastixFailedError: a program has ended with an error.
        :raises TransformImportError: elastix's transform cannot be read.
        """
        process = self._process
        if process is None:
            return []
        has_ended = not process.is_running
        events = [event for line in process.poll() if (event := self._reader.feed(line)) is not None]
        if has_ended:
            self._process = None
            process.close()
            try:
                self._continue_after(process)
            except ElastixPlusError:
                self.workspace.keep_on_failure()
                raise
        return events

    def close(self) -> None:
        """Leave no process behind."""
        process, self._process = self._process, None
        if process is not None:
            process.close()

    def _launch(self, command: list[str]) -> None:
        environment = self.checked.engine.environment
        process = ElastixProcess(command, self.workspace.folder, environment, self.workspace.console_log)
        process.start()
        self._process = process

    def _continue_after(self, process: ElastixProcess) -> None:
        if process.exit_status != 0:
            raise failure(self.workspace.console_log, process.exit_status)
        if self.chain is None:
            self.finished_at = time.monotonic()
            last = self.workspace.transform_parameters(len(self.checked.parameter_files) - 1)
            self.chain = read_transform_chain(last, self.workspace.folder)
            if self.chain.unsupported:
                self._next_commands = self._sampling_commands(self.workspace.relative_name(last))
        if self._next_commands:
            self._launch(self._next_commands.pop(0))

    def _sampling_commands(self, transform: str) -> list[list[str]]:
        """Have transformix sample a transform that cannot be expressed, and map points that tell the error of it."""
        write_probe_points(self.checked, self.workspace)
        engine, threads, output = self.checked.engine, self.checked.request.threads, self.workspace.result.name
        points = self.workspace.relative_name(self.workspace.probe_points)
        return [
            transformix_points_command(engine, transform, points, output, threads),
            transformix_field_command(engine, transform, output, threads),
        ]
