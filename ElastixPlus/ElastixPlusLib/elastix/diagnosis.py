"""Say in one sentence why elastix failed, and in one what to do, from what it printed and how it ended.

What elastix prints is looked up in :data:`~.known_failures.KNOWN_TEXTS`, then its exit status in
:data:`~.known_failures.KNOWN_STATUSES`. What is in neither is shown as elastix put it; an exit status alone is never
all that is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import ElastixFailedError
from .known_failures import KNOWN_STATUSES, KNOWN_TEXTS, SILENT_END

TAIL_BYTES = 4_000_000
LINES_SHOWN = 6
LONGEST_QUOTE = 300

_ITERATION_ROW = re.compile(r"\d+\t")
# What says nothing about the cause: warnings on defaults, settings, places in elastix's source, closing words.
_NOISE = re.compile(
    r"WARNING: |\(0x|\( ?[\w.]+ .*\)$|Location: |File: |Line: |itk::|Settings of |Time |Errors? occurred|-{5,}|1:ItNr"
    r"|Current time|Registration result checksum|.*Internal elastix error|(/|\w:[\\/]).*\.(hxx|cxx|h):\d+:?$"
    r"|Total time elapsed|ERROR: NumberOfResolutions not specified|ERROR:$|Error:$|\(.*\)\s*$|The default value "
)
_POINTER = re.compile(r"\(0x[0-9a-fA-F]+\)")
_STAGE = re.compile(r"Running elastix with parameter file (\d+): ")


@dataclass(frozen=True)
class Diagnosis:
    """Why a run failed.

    :param what: one sentence.
    :param remedy: one sentence that starts with what to do.
    :param is_known: whether the cause was recognised; otherwise ``what`` quotes elastix.
    """

    what: str
    remedy: str
    is_known: bool


def diagnose(log_text: str, exit_status: int | None) -> Diagnosis:
    """Find out why elastix or transformix failed.

    :param log_text: what it printed.
    :param exit_status: what it ended with; negative for a POSIX signal.

    >>> diagnose("Description: Too many samples map outside moving image buffer: 188 / 1117", 1).what
    'Only 188 of 1117 sample points of the fixed volume lie inside the moving volume, or inside its mask.'
    """
    lines = [line for line in log_text.splitlines() if not line.startswith("WARNING: ")]
    text = "\n".join(line for line in lines if not _ITERATION_ROW.match(line))
    stage = _failed_stage(log_text)
    for failure_text in KNOWN_TEXTS:
        if found := failure_text.pattern.search(text):
            values = {name: (value or "").strip() for name, value in found.groupdict().items()}
            what, remedy = failure_text.what.format(**values), failure_text.remedy.format(**values)
            return Diagnosis(stage + what, remedy, True)
    shown = last_meaningful_lines(log_text)
    status = KNOWN_STATUSES.get(_unsigned(exit_status)) or KNOWN_STATUSES.get(exit_status or 0)
    if status is not None:
        return Diagnosis(stage + status.what, status.remedy, True)
    if not shown or shown[-1].startswith("Reading the elastix parameters from file"):
        return Diagnosis(SILENT_END.what, SILENT_END.remedy, True)
    return Diagnosis(
        f'{stage}{_program(log_text)} stopped and said: "{_essence(shown)}".',
        "Look at the end of its log for what led to it, and at the parameter files.",
        False,
    )


def failure(console_log: Path, exit_status: int | None) -> ElastixFailedError:
    """Make the error to raise for a run that ended with an error.

    :param console_log: what the child printed; a missing file counts as nothing.
    :param exit_status: what it ended with.
    """
    text = _read_tail(console_log)
    diagnosis = diagnose(text, exit_status)
    lines = last_meaningful_lines(text)
    return ElastixFailedError(diagnosis.what, diagnosis.remedy, exit_status, console_log, lines)


def last_meaningful_lines(log_text: str, count: int = LINES_SHOWN) -> tuple[str, ...]:
    """Return the last lines of a log that may tell a cause, without addresses in memory.

    >>> last_meaningful_lines("0\\t-1.2\\t3\\nDescription: ITK ERROR: Metric(0x55f): no points\\n")
    ('Metric: no points',)
    """
    lines = []
    for line in log_text.splitlines():
        stripped = line.strip()
        if not stripped or _ITERATION_ROW.match(line) or _NOISE.match(stripped):
            continue
        cleaned = re.sub(r"^(Description: *)?(ITK ERROR: *)?", "", _POINTER.sub("", stripped))
        lines.append(re.sub(r"^(ERROR|Error): *", "", cleaned))
    return tuple(line for line in lines if line)[-count:]


def _essence(lines: tuple[str, ...]) -> str:
    """Choose the line that says most: the last one that is more than elastix's closing formula."""
    formulas = ("Error occurred during", "One or more components", "However, ", "ERROR: One or more")
    telling = [line for line in lines if not line.startswith(formulas)]
    return (telling or list(lines))[-1].rstrip(".")[:LONGEST_QUOTE]


def _program(log_text: str) -> str:
    return "Transformix" if "transformix is started" in log_text else "Elastix"


def _failed_stage(log_text: str) -> str:
    """Name the stage that failed if it was not the first one."""
    numbered = _STAGE.findall(log_text)
    stage = int(numbered[-1]) + 1 if numbered else log_text.count("ELASTIX version:")
    return f"Stage {stage}: " if stage > 1 else ""


def _unsigned(exit_status: int | None) -> int:
    """Read a Windows status as the unsigned number that it is documented by."""
    return (exit_status or 0) % 2**32


def _read_tail(path: Path) -> str:
    try:
        with open(path, "rb") as log:
            log.seek(0, 2)
            log.seek(max(0, log.tell() - TAIL_BYTES))
            return log.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
