"""Say in one sentence why elastix failed, and in one what to do, from what it printed and how it ended.

What elastix prints is looked up in :data:`~.known_failures.KNOWN_TEXTS`, then its exit status in
:data:`~.known_failures.KNOWN_STATUSES`. What is in neither is shown as elastix put it; an exit status alone is never
all that is said.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import ElastixFailedError, Fix
from .console_log import LINES_SHOWN, ConsoleLog, Phase, printable
from .known_causes import KnownEnd, KnownText
from .known_failures import KNOWN_STATUSES, KNOWN_TEXTS
from .known_statuses import (
    CRASHED,
    CRASHED_AFTER_THE_END,
    CRASHED_AT_THE_START,
    CRASHED_COMPARING,
    ENDED,
    HIDDEN_CAUSE,
    KILLED,
    KILLED_AT_THE_START,
    LACKS_OF_THE_SYSTEM,
    NO_RUN_FOLDER,
    NOTHING_WRITTEN,
    SILENT_AFTER_PARAMETERS,
    SILENT_END,
    START_ERRORS,
    WINDOWS_START_ERRORS,
)
from .run_circumstances import RunCircumstances, circumstances_of

_CRASH_BY_PHASE: dict[Phase, KnownEnd] = {
    "silent": CRASHED_AT_THE_START,
    "starting": CRASHED_AT_THE_START,
    "comparing": CRASHED_COMPARING,
    "finished": CRASHED_AFTER_THE_END,
}
# As the Python of an application reports the end of a child, for logs that are looked at later.
_REPORTED_STATUS = re.compile(
    r"(?:exit (?:status|code)|exited with(?: code| status)?) (?P<status>0x[0-9a-fA-F]{1,16}|-?[0-9]{1,16})"
    r"|died with <Signals\.\w+: (?P<signal>[0-9]{1,3})>"
)
_INTERRUPTED = -2


@dataclass(frozen=True)
class Diagnosis:
    """Why a run failed.

    :param what: one sentence.
    :param remedy: one sentence that starts with what to do.
    :param is_known: whether the cause was recognised; otherwise ``what`` quotes elastix.
    :param fix: the remedy as a change of the request, where there is one.
    """

    what: str
    remedy: str
    is_known: bool
    fix: Fix | None = None


def diagnose(log_text: str, exit_status: int | None, folder: Path | None = None) -> Diagnosis:
    """Find out why elastix or transformix failed.

    :param log_text: what it printed.
    :param exit_status: what it ended with; negative for a POSIX signal; None looks for it in the log; 0 if it ended
        well, but what it should have written is not there.
    :param folder: the run folder, if it is still there: its files tell whether a remedy fits.

    >>> diagnosis = diagnose("Description: Too many samples map outside moving image buffer: 188 / 1117", 1)
    >>> diagnosis.is_known, diagnosis.fix.option
    (True, '--initial gravity')
    """
    return _diagnose(ConsoleLog(log_text), exit_status, folder)


def failure(console_log: Path, exit_status: int | None) -> ElastixFailedError:
    """Make the error to raise for a run that ended with an error.

    :param console_log: what the child printed, in the run folder; a missing file counts as nothing.
    :param exit_status: what it ended with; 0 if it ended well, but what it should have written is not there.
    """
    log = ConsoleLog.read(console_log)
    diagnosis = _diagnose(log, exit_status, console_log.parent)
    return _error(diagnosis, exit_status, console_log, log.last_meaningful_lines())


def gone_folder_failure(folder: Path, exit_status: int | None) -> ElastixFailedError:
    """Make the error to raise where the run folder was removed under elastix, and the log with it."""
    remedy = "Keep programs that tidy up away from the folder for temporary files, and run again."
    return ElastixFailedError(f"The run folder {folder} was removed while elastix ran.", remedy, exit_status)


def full_disk_failure(console_log: Path, exit_status: int | None) -> ElastixFailedError:
    """Make the error to raise where nothing could be written any more, so that the log does not tell why.

    :param console_log: in the run folder; what there was room for.
    """
    what = f"The disk is full to which elastix writes its files ({console_log.parent.parent})."
    lines = ConsoleLog.read(console_log).last_meaningful_lines()
    remedy = "Free some space on it, or choose another folder for temporary files."
    return ElastixFailedError(what, remedy, exit_status, console_log, lines)


def start_failure(program: str, error: OSError) -> ElastixFailedError:
    """Make the error to raise for a program that the system did not start.

    :param program: the name or path that was tried.
    :param error: what the system said.

    >>> start_failure("/opt/elastix", OSError(8, "Exec format error")).what
    'This elastix was built for another kind of computer, or its file is damaged (/opt/elastix).'
    """
    end = WINDOWS_START_ERRORS.get(getattr(error, "winerror", None) or 0) or START_ERRORS.get(error.errno or 0)
    if end is not None and error.filename is not None and os.fspath(error.filename) != program:
        end = NO_RUN_FOLDER if error.errno == errno.ENOENT else end
    said = error.strerror or str(error)
    if end is None:
        remedy = LACKS_OF_THE_SYSTEM.get(error.errno or 0, "Choose another engine.")
        return ElastixFailedError(f"{program} could not be started ({said}).", remedy)
    diagnosis = _told(end, "", RunCircumstances(), {})
    what = f"{diagnosis.what.rstrip('.')} ({program})."
    return _error(Diagnosis(what, diagnosis.remedy, True, diagnosis.fix), None, None, (said,))


def last_meaningful_lines(log_text: str, count: int = LINES_SHOWN) -> tuple[str, ...]:
    """Return the last lines of a log that may tell a cause, without addresses in memory.

    >>> last_meaningful_lines("0\\t-1.2\\t3\\nDescription: ITK ERROR: Metric(0x55f): no points\\n")
    ('Metric: no points',)
    """
    return ConsoleLog(log_text).last_meaningful_lines(count)


def _error(
    diagnosis: Diagnosis, exit_status: int | None, console_log: Path | None, lines: tuple[str, ...]
) -> ElastixFailedError:
    error = ElastixFailedError(diagnosis.what, diagnosis.remedy, exit_status, console_log, lines)
    error.fix = diagnosis.fix
    return error


def _diagnose(log: ConsoleLog, exit_status: int | None, folder: Path | None) -> Diagnosis:
    circumstances = circumstances_of(log, folder)
    stage = f"Stage {log.stage}: " if log.stage > 1 else ""
    for known_text in KNOWN_TEXTS:
        if found := known_text.pattern.search(log.failed_part):
            return _told(known_text, stage, circumstances, _named_groups(found))
    end = _known_end(log, _reported_status(log) if exit_status is None else exit_status)
    if end is not None:
        return _told(end, stage, circumstances, {})
    if log.last_words:
        what = f'{stage}{log.program} stopped and said: "{log.last_words}".'
    else:
        what = f'{stage}{log.program} ended without a word on the cause; the last it wrote is: "{log.last_doing}".'
    return Diagnosis(what, "Look at the end of its log for what led to it, and at the parameter files.", False)


def _told(
    known: KnownText | KnownEnd, stage: str, circumstances: RunCircumstances, values: Mapping[str, str]
) -> Diagnosis:
    values = {**circumstances.words, **values}
    fix = known.fix if known.fix is not None and circumstances.allows(known.fix) else None
    return Diagnosis(stage + _filled(known.what, values), _filled(known.remedy, values), True, fix)


def _named_groups(found: re.Match[str]) -> dict[str, str]:
    """What the groups of a pattern found; ``path_2`` is another place to find ``path`` in."""
    values: dict[str, str] = {}
    for name, value in found.groupdict().items():
        name = name.split("_")[0]
        values[name] = values.get(name) or printable(value or "").strip()
    if "which" in values:  # "Fixed Mask" in one place, "fixed mask" in another
        values["which"] = values["which"].lower()
    return values


def _filled(template: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        if not value:  # with the blank before it
            template = template.replace(f" {{{name}}}", "")
    return template.format(**values)


def _known_end(log: ConsoleLog, exit_status: int | None) -> KnownEnd | None:
    """Look an exit status up; where it says little, how far the run came says more."""
    status = exit_status or 0
    # Windows gives the unsigned number that a status is documented by, others may give the same as a negative one.
    end = KNOWN_STATUSES.get(status % 2**32) or KNOWN_STATUSES.get(status)
    if end is CRASHED:
        return _CRASH_BY_PHASE[log.phase]
    if end is KILLED and log.phase == "silent":
        return KILLED_AT_THE_START
    if status == _INTERRUPTED and log.is_wheel is not None and log.phase in ("comparing", "finished"):
        return ENDED  # a signal; elastix's own -2, an output folder that is not there, comes at the start
    if end is not None:
        return end
    if log.ends_after_reading_parameters:
        return SILENT_AFTER_PARAMETERS
    if not log.last_words and "See elastix log" in log.text:
        return HIDDEN_CAUSE
    if exit_status == 0:
        return NOTHING_WRITTEN
    return None if log.last_doing else SILENT_END


def _reported_status(log: ConsoleLog) -> int | None:
    found = None
    for line in log.lines:
        found = _REPORTED_STATUS.search(line) or found
    if found is None:
        return None
    if found["signal"]:
        return -int(found["signal"])
    return int(found["status"], 16 if found["status"].startswith("0x") else 10)
