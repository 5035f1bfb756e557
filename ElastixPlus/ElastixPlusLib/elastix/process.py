"""Run elastix or transformix as a child process: lines as they come, cancel within a second, nothing left behind."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from ..errors import ElastixFailedError, OutputPlaceError
from .diagnosis import start_failure
from .host_guard import HostGuard
from .process_tree import end_tree, start_options

LINE_LIMIT = 50_000
CONSOLE_LIMIT_BYTES = 50_000_000
LONGEST_LINE_BYTES = 64_000
# A grandchild may hold the pipe open after its parent has ended: wait no longer than this for its output.
DRAIN_SECONDS = 1.0
LINE_END = re.compile(rb"\r\n|\n|\r")


class ElastixProcess:
    """One run of an executable, watched from the thread that made it; a reader thread collects what it prints.

    Use it as a context manager: leaving it, by an exception or not, leaves no process behind.

    :param command: argv.
    :param folder: what the child runs in; the names in ``command`` are relative to it.
    :param environment: the child's whole environment.
    :param console_log: where all that it prints is written, up to 50 MB.
    :param guard: ends the child should this process die.

    >>> import sys, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with ElastixProcess([sys.executable, "-c", "print(42)"], folder, {}, Path(folder) / "log") as process:
    ...         status = process.wait(on_line=print)
    42
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        console_log: Path,
        guard: HostGuard | None = None,
    ) -> None:
        self.command = tuple(command)
        self.folder = Path(folder)
        self.environment = dict(environment)
        self.console_log = Path(console_log)
        self._guard = guard
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._lines: deque[str] = deque(maxlen=LINE_LIMIT)
        self._news = threading.Event()
        self._ended_at: float | None = None
        self._cancelled = False

    def start(self) -> None:
        """Start the child.

        :raises OutputPlaceError: the console log cannot be written.
        :raises ElastixFailedError: the executable or the folder is not there, or cannot be used.
        """
        if self._process is not None:
            raise RuntimeError("this process has been started already")
        try:
            console = open(self.console_log, "wb", buffering=0)
        except OSError as error:
            what = f"{self.console_log} cannot be written ({error.strerror or error})."
            raise OutputPlaceError(what, "Choose another folder for temporary files.") from error
        try:
            process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                **start_options(),
            )
        except OSError as error:
            console.close()
            raise start_failure(self.command[0], error) from error
        self._process, self._reader = process, self._reader_of(process, console)

    def _reader_of(self, process: subprocess.Popen[bytes], console: IO[bytes]) -> threading.Thread:
        """Start the thread that reads what the child prints; whatever keeps it from starting ends the child."""
        reader = threading.Thread(target=self._read, args=(process.stdout, console), name="elastix output", daemon=True)
        try:
            if self._guard is not None:
                self._guard.watch(process)
            reader.start()
        except BaseException as error:
            end_tree(process)
            with suppress(subprocess.TimeoutExpired):
                process.wait(DRAIN_SECONDS)
            for stream in (process.stdout, console):
                if stream is not None:
                    stream.close()
            if isinstance(error, RuntimeError):
                what = f"The system does not allow another thread ({error})."
                raise ElastixFailedError(
                    what, "Close other programs, or start this one anew, and run again."
                ) from error
            raise
        return reader

    @property
    def is_running(self) -> bool:
        """Whether the child runs, or has left output that is still being read; does not block."""
        if self._process is None or self._reader is None:
            return False
        if self._process.poll() is None:
            return True
        if self._ended_at is None:
            self._ended_at = time.monotonic()
        return self._reader.is_alive() and time.monotonic() - self._ended_at < DRAIN_SECONDS

    @property
    def exit_status(self) -> int | None:
        """What the child ended with: 0 for success, negative for a POSIX signal, None while it runs."""
        return None if self._process is None else self._process.poll()

    @property
    def was_cancelled(self) -> bool:
        """Whether :meth:`cancel` ended the child."""
        return self._cancelled

    def poll(self) -> list[str]:
        """Return the lines printed since the last call, without line ends; does not block."""
        self._news.clear()
        lines = []
        while self._lines:
            lines.append(self._lines.popleft())
        return lines

    def wait(self, on_line: Callable[[str], object] | None = None, timeout: float | None = None) -> int | None:
        """Wait for the end of the child.

        :param on_line: called with each line, in the calling thread.
        :param timeout: seconds to wait at most; for ever if None.
        :returns: the exit status, or None if the child still runs after ``timeout``.

        An exception, be it from ``on_line`` or Ctrl-C, ends the child before it goes further.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            running = True
            while running:
                running = self.is_running
                for line in self.poll():
                    if on_line is not None:
                        on_line(line)
                if running:
                    if deadline is not None and time.monotonic() >= deadline:
                        return None
                    self._news.wait(0.05)
        except BaseException:
            self.cancel()
            raise
        return self.exit_status

    def cancel(self) -> None:
        """End the child and all that it started, within a second, also while it is silent; safe to call twice."""
        if self._process is not None and self._process.poll() is None:
            self._cancelled = True
        self.close()

    def close(self) -> None:
        """Leave nothing behind: what still runs of the child and of what it started is ended."""
        process, reader = self._process, self._reader
        if process is None or reader is None:
            return
        # When the child has ended but its pipe is open, something that it started still runs.
        if process.poll() is None or reader.is_alive():
            end_tree(process)
            with suppress(subprocess.TimeoutExpired):
                process.wait(DRAIN_SECONDS / 2)
            reader.join(DRAIN_SECONDS / 2)
        if self._guard is not None:
            self._guard.forget(process)

    def __enter__(self) -> ElastixProcess:
        if self._process is None:
            self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self, pipe: IO[bytes], console: IO[bytes]) -> None:
        """Collect lines until the pipe closes; runs in the reader thread.

        A console log that cannot be written (a full disk) must not stop the reading: the child would wait for ever.
        """
        rest = b""
        room = CONSOLE_LIMIT_BYTES
        with pipe, console:
            while chunk := os.read(pipe.fileno(), 65_536):
                try:
                    room -= console.write(chunk[:room]) if room > 0 else 0
                except OSError:
                    room = 0
                *complete, rest = LINE_END.split(rest + chunk)
                if len(rest) > LONGEST_LINE_BYTES:
                    complete, rest = [*complete, rest], b""
                self._add(complete)
        self._add([rest] if rest else [])

    def _add(self, lines: list[bytes]) -> None:
        self._lines.extend(line.decode("utf-8", errors="replace") for line in lines)
        if lines:
            self._news.set()
