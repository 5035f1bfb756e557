"""The folder of one run: every file name in it, and its removal.

elastix misreads some paths: a space in ``-out`` fails in 5.0.1, a letter outside ASCII fails on Windows before 5.3.1.
The child therefore runs *in* the folder and is given names relative to it, which are plain ASCII; where the folder
itself lies no longer matters.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from ..errors import OutputPlaceError
from .host_guard import HostGuard

PREFIX = "elastixplus-"
REMOVAL_ATTEMPTS = 8
REMOVAL_PAUSE_SECONDS = 0.1
ALMOST_NOTHING_BYTES = 64 * 1024
ELSEWHERE = "Choose another folder for temporary files, or set the variable TMPDIR to one that can be written."


class Workspace:
    """Names the files of one run and removes them.

    Made by :meth:`create`; :meth:`close`, or leaving it as a context manager, removes its folder, unless it was made to
    be kept or :meth:`keep_on_failure` has been called. The attribute ``guard`` does the same should this process die.

    >>> with Workspace.create() as workspace:
    ...     workspace.relative_name(workspace.fixed)
    'fixed.mha'
    """

    def __init__(self, folder: Path, keep: bool) -> None:
        self.folder = folder
        self._keep = keep
        self._identity = _identity(folder)
        self.guard = HostGuard(folder, self._identity)

    @classmethod
    def create(cls, parent: Path | None = None, keep: bool = False) -> Workspace:
        """Make a new, private, empty folder.

        :param parent: an existing folder to make it in; the system's folder for temporary files if None.
        :param keep: never remove it.
        :raises OutputPlaceError: the parent does not exist or cannot be written.
        """
        if parent is not None and not os.path.isdir(parent):  # Path.is_dir fails at a name that is too long
            raise OutputPlaceError(f"The folder {parent} for temporary files does not exist.", ELSEWHERE)
        try:
            # Absolute, because mkdtemp gives back a relative name for a relative parent before Python 3.12.
            folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent)).absolute()
        except OSError as error:
            place = parent if parent is not None else "the system's folder for temporary files"
            what = f"No folder can be made in {place} ({error.strerror or error})."
            raise OutputPlaceError(what, ELSEWHERE) from error
        workspace = cls(folder, keep)
        try:
            workspace.result.mkdir()
        except OSError as error:
            folder.rmdir()
            what = f"No folder can be made in {folder.parent} ({error.strerror or error})."
            raise OutputPlaceError(what, ELSEWHERE) from error
        if keep:
            workspace.guard.keep_folder()
        else:
            workspace.guard.start()
        return workspace

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_kept(self) -> bool:
        """Whether :meth:`close` leaves the folder."""
        return self._keep

    def keep_on_failure(self) -> None:
        """Keep the folder from now on: elastix or the import failed, and its files tell why."""
        self._keep = True
        self.guard.keep_folder()

    @property
    def fixed(self) -> Path:
        """The fixed volume."""
        return self.folder / "fixed.mha"

    @property
    def moving(self) -> Path:
        """The moving volume."""
        return self.folder / "moving.mha"

    def further_volume(self, role: str, index: int) -> Path:
        """A volume of a further pair.

        :param role: "fixed" or "moving".
        :param index: of the pair, counted from 1: the first pair has 0.
        """
        return self.folder / f"{role}.{index}.mha"

    @property
    def fixed_mask(self) -> Path:
        """The mask of the fixed volume, 0 and 1."""
        return self.folder / "fixed_mask.mha"

    @property
    def moving_mask(self) -> Path:
        """The mask of the moving volume, 0 and 1."""
        return self.folder / "moving_mask.mha"

    @property
    def fixed_landmarks(self) -> Path:
        """The landmarks of the fixed volume as elastix's point file, LPS mm."""
        return self.folder / "fixed_landmarks.txt"

    @property
    def moving_landmarks(self) -> Path:
        """The landmarks of the moving volume as elastix's point file, LPS mm."""
        return self.folder / "moving_landmarks.txt"

    @property
    def initial_transform(self) -> Path:
        """The transform to start from, as elastix's text file."""
        return self.folder / "initial_transform.txt"

    @property
    def initial_field(self) -> Path:
        """The displacement field that :attr:`initial_transform` names when it is not linear, LPS mm."""
        return self.folder / "initial_field.mha"

    @property
    def probe_points(self) -> Path:
        """Points for transformix, LPS mm."""
        return self.folder / "probe_points.txt"

    @property
    def result(self) -> Path:
        """The folder that elastix and transformix write to."""
        return self.folder / "result"

    @property
    def log(self) -> Path:
        """The log that elastix writes."""
        return self.result / "elastix.log"

    @property
    def console_log(self) -> Path:
        """What the child printed; says also what went wrong before elastix's own log existed."""
        return self.folder / "console.txt"

    @property
    def mapped_probe_points(self) -> Path:
        """:attr:`probe_points` as transformix transformed them, if it wrote to :attr:`result`."""
        return self.result / "outputpoints.txt"

    @property
    def displacement_field(self) -> Path:
        """The displacement field of transformix, LPS mm on the fixed grid, if ``ResultImageFormat`` was "mha"."""
        return self.result / "deformationField.mha"

    @property
    def record(self) -> Path:
        """What is kept of the run, where the folder is kept."""
        return self.folder / "record.json"

    def parameter_file(self, stage: int) -> Path:
        """The parameter file of a stage, counted from 0."""
        return self.folder / f"parameters.{stage}.txt"

    def transform_parameters(self, stage: int) -> Path:
        """The transform that elastix found in a stage, counted from 0."""
        return self.result / f"TransformParameters.{stage}.txt"

    def relative_name(self, path: Path) -> str:
        """Name a file as the child has to be given it, which runs in :attr:`folder`."""
        return path.relative_to(self.folder).as_posix()

    def require_free_bytes(self, needed: int) -> None:
        """Refuse to start a run that would fill the disk.

        :param needed: bytes that the run will write.
        :raises OutputPlaceError: fewer are free.
        """
        try:
            free = shutil.disk_usage(self.folder).free
        except OSError as error:
            what = f"The run folder {self.folder} is not there any more ({error.strerror or error})."
            raise OutputPlaceError(what, ELSEWHERE) from error
        if free < needed:
            what = f"{self.folder.parent} has {free / 1e6:.0f} MB free, and this run needs {needed / 1e6:.0f} MB."
            raise OutputPlaceError(what, f"Free some space, or: {ELSEWHERE[0].lower()}{ELSEWHERE[1:]}")

    @property
    def is_gone(self) -> bool:
        """Whether somebody has removed the folder, or put something else in its place."""
        return _identity(self.folder) != self._identity

    @property
    def is_full(self) -> bool:
        """Whether the disk has no room left, so that neither results nor what elastix said could be written."""
        try:
            return shutil.disk_usage(self.folder).free < ALMOST_NOTHING_BYTES
        except OSError:
            return False

    def close(self) -> None:
        """Remove the folder, unless it is to be kept; safe to call twice.

        On Windows a virus scanner or the ending child may hold a file for a moment, so it is tried several times. What
        still cannot be removed stays: a leftover is no reason to lose a result.
        """
        try:
            if not self._keep:
                self._remove()
        finally:
            self.guard.release()

    def _remove(self) -> None:
        for attempt in range(REMOVAL_ATTEMPTS):
            if _identity(self.folder) != self._identity:
                return  # removed already, or something else lies there now
            try:
                shutil.rmtree(self.folder)
                return
            except OSError as error:
                _make_writable(self.folder)
                if error.errno in (errno.EMFILE, errno.ENFILE):
                    _remove_one_by_one(self.folder)
                time.sleep(REMOVAL_PAUSE_SECONDS * (attempt + 1) / 2)


def _identity(folder: Path) -> tuple[int, int] | None:
    """Tell one folder from another of the same name; None for what is no folder."""
    try:
        status = folder.lstat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if stat.S_ISDIR(status.st_mode) else None


def _remove_one_by_one(folder: Path) -> None:
    """Remove a folder by names, which takes one open file at a time; the safer way of ``shutil`` takes several."""
    for root, folders, files in os.walk(folder, topdown=False):
        for name in [*files, *folders, "."]:
            path = os.path.normpath(os.path.join(root, name))
            with suppress(OSError):  # the next attempt tells
                (os.rmdir if os.path.isdir(path) and not os.path.islink(path) else os.unlink)(path)


def _make_writable(folder: Path) -> None:
    """Give back the permissions that removing needs; read-only files stop it on Windows, folders elsewhere."""
    for root, folders, files in os.walk(folder):
        for name in [*folders, *files, "."]:
            path = os.path.join(root, name)
            if os.path.islink(path):
                continue
            try:
                os.chmod(path, os.stat(path).st_mode | stat.S_IRWXU)
            except OSError:
                continue  # the next attempt to remove tells
