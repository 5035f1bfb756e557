"""Read what a run has printed: in whatever encoding, which stage it ended in, how far it came, its last words."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

# The head tells which program it was, the tail why it ended.
HEAD_BYTES = 64_000
TAIL_BYTES = 2_000_000
# The cause is near the end: further back, nothing is looked for.
SEARCHED_CHARACTERS = 100_000
SEARCHED_LINES = 2_000
LINES_SHOWN = 6
LINES_QUOTED = 3
LONGEST_LINE = 2_000
LONGEST_SHOWN = 300

Phase = Literal["silent", "starting", "comparing", "finished"]

_ITERATION_ROW = re.compile(r"(\d+)\t")
_NATIVE_STAGE = re.compile(r'Running elastix with parameter file ([0-9]{1,9}): ".*"\.$')
_COMPARING = re.compile(r"(?m)^Resolution: \d|^ *Sampling gradients|^\[in iteration")
_FINISHED = re.compile(r"Total time elapsed|^(?:elastix|transformix) has finished")
# What says nothing about the cause: warnings on defaults, settings, places in a source file, closing words.
_NOISE = re.compile(
    r"WARNING: |Warning: |\(0x|\( ?[\w.]+ .*\)$|Location: |File: |File \"|Line: |itk::(?!ERROR)|Settings of "
    r"|Time |Traceback \(|Errors? occurred|[-=~^]{4,}|\^+$|1:ItNr|Current time|The default value "
    r"|Registration result checksum|.*\.(hxx|cxx|h):\d+:?$|Total time elapsed|(ERROR|Error):$"
    r"|ERROR: NumberOfResolutions not specified|\(.*\)\s*$|.*Internal \w+ error: See \w+ log"
    r"|One or more components could not|Unused parameter|Please correct"
    r"|.*returnNode' argument is deprecated|.*LBFGSB optimizer does not support scaling|A default pyramid schedule is"
    r"|From elastix 4\.8 it defaults|This may change the behavior|However, \w+ continues"
)
# What every run says on its way: where it was when it ended, not why.
_ROUTINE = re.compile(
    r"Install|.*(\.\.\.|\btook:? .*|has finished[.,].*|is started at .*|was successful\.|estimated automatically\."
    r"|resulting output image generated\.)$|Progress: |Resolution: |Scales |Transform parameters are|Final metric value"
    r"|Stopping condition|NumberOf\w+ to estimate|-\w+ +\S|\w+ version: |Git revision|Command line options|Running "
    r"|which \w+:|\w+ runs at:|with \d+ MB memory|Linux|Microsoft Windows|Darwin|Reading |Loading |Number of specified"
    r"|Landmarks are specified|Transforming points|Comput|The (transformed points|command-line option)|Time used for"
    r"|Number of|Initialization of"
)
_COMPLAINT = re.compile(
    r"(?i)error|fail|cannot|can't|could not|unable|not found|not exist|invalid|unknown|exception|denied|missing|corrupt"
)
_PROGRESS_BEFORE = re.compile(r"^(?:Progress: +\d+%\s*)+(?=\S)")
_POINTER = re.compile(r"\((?:0x[0-9a-fA-F]+|[0-9A-F]{16})\)")
_PREFIX = re.compile(r"^(?:Description: *|ITK ERROR: *|itk::ERROR: *|ERROR: *|Error: *)+")
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0e-\x1a]")
_WORD = re.compile(r"[^\W\d_]{3}")


@dataclass(frozen=True)
class ConsoleLog:
    """What a run of elastix or transformix has printed.

    :param text: all of it, with any kind of line ends.

    >>> log = ConsoleLog("ELASTIX version: 5.3.1\\nResolution: 0\\n0\\t-1.2\\t3\\nDescription: M(0x55f): no points\\n")
    >>> log.phase, log.last_meaningful_lines()[-1], log.is_wheel
    ('comparing', 'M: no points', True)
    """

    text: str

    @classmethod
    def read(cls, path: Path) -> ConsoleLog:
        """Read the head and the tail of a file; a file that is not there counts as empty.

        :param path: what :class:`.process.ElastixProcess` wrote.
        """
        try:
            with open(path, "rb") as log:
                head = log.read(HEAD_BYTES)
                size = log.seek(0, 2)
                # An even place, so that a text of two bytes per letter stays readable.
                log.seek(max(len(head), (size - TAIL_BYTES) // 2 * 2))
                return cls(decode(head + log.read()))
        except OSError:
            return cls("")

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines, cut where they are longer than any that elastix writes."""
        return tuple(line[:LONGEST_LINE] for line in self.text.splitlines())

    @cached_property
    def program(self) -> str:
        """Which program it was, for the beginning of a sentence."""
        return "Transformix" if re.search(r"(?m)^transformix (?:is started|runs at)", self.text) else "Elastix"

    @cached_property
    def is_wheel(self) -> bool | None:
        """Whether it was the engine in the itk-elastix wheel; None where the log does not tell."""
        if re.search(r"(?m)^which (?:elastix|transformix):|^Running elastix with parameter file", self.text):
            return False
        return True if re.search(r"(?m)^(?:elastix|transformix) is started at|^ELASTIX version:", self.text) else None

    @cached_property
    def stage(self) -> int:
        """The stage that the log ends in, counted from 1."""
        return max(1, self._stage_starts[0])

    @cached_property
    def failed_part(self) -> str:
        """What the last stage printed, without warnings and iteration rows.

        A line ``[in iteration N]`` stands for the rows of the last resolution, if it came to iterations: it ended in
        the N-th one, counted from 1.
        """
        kept: list[str] = []
        resolution, rows_at, last_row = 0, -1, 0
        for line in self.lines[self._stage_starts[1] :]:
            if row := _ITERATION_ROW.match(line):
                rows_at, last_row = len(kept), int(row[1][:9])
            elif not line.startswith("WARNING: "):
                resolution = len(kept) if line.startswith("Resolution: ") else resolution
                kept.append(line)
        if rows_at > resolution:
            kept.insert(rows_at, f"[in iteration {last_row + 2}]")
        return "\n".join(kept)[-SEARCHED_CHARACTERS:]

    @cached_property
    def phase(self) -> Phase:
        """How far the last stage came."""
        if not self.text.strip():
            return "silent"
        if any(_FINISHED.match(line) for line in self.lines[-20:]):
            return "finished"
        return "comparing" if _COMPARING.search(self.failed_part) else "starting"

    @property
    def ends_after_reading_parameters(self) -> bool:
        """Whether the last thing it said is that it reads the parameter files."""
        return self.last_doing.startswith("Reading the elastix parameters from file")

    def last_meaningful_lines(self, count: int = LINES_SHOWN) -> tuple[str, ...]:
        """Return the last lines that may tell a cause, without addresses in memory and what cannot be printed.

        Where nothing but routine was printed, these are the last lines of that.
        """
        return (self._telling_lines or self._shown_lines)[-count:]

    @property
    def last_words(self) -> str:
        """The last lines that may tell a cause, as one, with the end if that is long; empty if there are none."""
        return " / ".join(line.rstrip(".") for line in self._telling_lines[-LINES_QUOTED:])[-LONGEST_SHOWN:].strip()

    @property
    def last_doing(self) -> str:
        """The last line that is worth showing, be it routine or not; empty if there is none."""
        return self._shown_lines[-1].rstrip(".: ") if self._shown_lines else ""

    @cached_property
    def _stage_starts(self) -> tuple[int, int]:
        """Number of the last stage, and the line that it begins at; for a first stage, all lines belong to it."""
        native = [
            (int(found[1]) + 1, at)
            for at, line in enumerate(self.lines)
            if line.startswith("Running elastix") and (found := _NATIVE_STAGE.match(line))
        ]
        wheel = [at for at, line in enumerate(self.lines) if line.startswith("ELASTIX version:")]
        number, start = native[-1] if native else (len(wheel), wheel[-1] if wheel else 0)
        return number, start if number > 1 else 0

    @cached_property
    def _shown_lines(self) -> tuple[str, ...]:
        """What is worth showing near the end, without what introduces an error."""
        return tuple(_PREFIX.sub("", line).strip()[:LONGEST_SHOWN] for line in self._cleaned_lines)

    @cached_property
    def _telling_lines(self) -> tuple[str, ...]:
        """Of these, what is said to be an error, looks like one, or is nothing that every run says."""
        return tuple(
            shown
            for line, shown in zip(self._cleaned_lines, self._shown_lines, strict=True)
            if _PREFIX.match(line) or _COMPLAINT.search(line) or not _ROUTINE.match(line)
        )

    @cached_property
    def _cleaned_lines(self) -> tuple[str, ...]:
        of_stage = self.lines[self._stage_starts[1] :]
        lines = [line for line in of_stage if line and not _ITERATION_ROW.match(line)][-SEARCHED_LINES:]
        # Below the place in a Python file stands the line of code, which is no message.
        texts = [
            line for above, line in zip(["", *lines], lines, strict=False) if not above.lstrip().startswith('File "')
        ]
        return tuple(cleaned for cleaned in map(_clean, texts) if cleaned)


def _clean(line: str) -> str:
    """Return a line without addresses in memory and what cannot be printed; empty if it is not worth showing."""
    line = _PROGRESS_BEFORE.sub("", _COLOUR.sub("", line[: 2 * LONGEST_SHOWN]).strip())
    if not line or _NOISE.match(line):
        return ""
    shown = printable(line)
    # Of what is no text, chance makes a word here and there.
    if not _WORD.search(_PREFIX.sub("", shown)) or sum(map(_is_no_text, line)) * 20 > len(line):
        return ""
    return _POINTER.sub("", shown).strip()


def printable(text: str) -> str:
    """Return a text with blanks for all that would not show.

    >>> printable("a\\x00b\\tc")
    'a b c'
    """
    return "".join(" " if _is_no_text(letter) or letter == "\t" else letter for letter in text)


def _is_no_text(letter: str) -> bool:
    return letter == "\ufffd" or not (letter.isprintable() or letter == "\t")


def decode(content: bytes) -> str:
    """Read text in UTF-8, in UTF-16 as PowerShell writes it, or in the code page of a Windows in the West.

    >>> decode("Jörg".encode("cp1252")), decode("Jörg".encode("utf-16"))
    ('Jörg', 'Jörg')
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    if content[1:400:2].count(0) > len(content[1:400:2]) // 2:
        return content.decode("utf-16-le", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        is_text = len(_CONTROL_BYTES.findall(content)) * 100 <= len(content)
        return "\n".join(_decode_line(line, "cp1252" if is_text else "utf-8") for line in content.splitlines())


def _decode_line(line: bytes, otherwise: str) -> str:
    """Line by line, because a program and the system below it may print in different code pages."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode(otherwise, errors="replace")
