"""Reading what a run printed: any encoding, any size, any nonsense; never more than is worth showing."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ElastixPlusLib.elastix.console_log import LONGEST_SHOWN, ConsoleLog, decode
from ElastixPlusLib.elastix.diagnosis import diagnose, failure, last_meaningful_lines

ROW = b"123\t-1.23456\t0.000000\t73.696716\t0.007380\t350.1\n"
BARE_STATUS = re.compile(r"(?i)(?:exit|status|code)\W*\d")


def what_of(content: bytes, folder: Path, status: int = 77) -> str:
    log = folder / "console.txt"
    log.write_bytes(content)
    return failure(log, status).what


def test_rows_and_settings_are_no_meaningful_lines():
    log = "0\t-1.2\t3\n( SP_a 1.0 )\nSettings of X in resolution 0:\nTime spent in resolution 0: 1 s\nError: too bad\n"
    assert last_meaningful_lines(log) == ("too bad",)


def test_what_every_run_says_is_left_out_where_something_else_was_said():
    log = "Reading images...\nReading images took 2 ms.\nResolution: 0\nERROR: Reading of the stars stopped\nScales x\n"
    assert last_meaningful_lines(log) == ("Reading of the stars stopped",)
    assert last_meaningful_lines("Reading images...\n0\t1\n") == ("Reading images...",)


def test_at_most_the_last_lines_are_shown_and_none_of_them_is_long():
    lines = last_meaningful_lines("\n".join(f"star {number} " + "x" * 999 for number in range(50)))
    assert [line.split()[1] for line in lines] == ["44", "45", "46", "47", "48", "49"]
    assert all(len(line) <= LONGEST_SHOWN for line in lines)


def test_of_a_traceback_the_message_is_left():
    log = """Traceback (most recent call last):
  File "/opt/itk_engine.py", line 211, in elastix
    method.SetNumberOfThreads(int(options["-threads"][-1]))
                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
ValueError: invalid literal for int() with base 10: \'many\'
"""
    assert last_meaningful_lines(log) == ("ValueError: invalid literal for int() with base 10: 'many'",)


def test_addresses_colours_and_the_end_of_a_progress_line_are_left_out():
    log = "  Progress: 0%std: no stars\n\x1b[31mERROR: M(0x55f): red\x1b[0m\nN(000002B1D6C5D0B0): blue\n"
    assert last_meaningful_lines(log) == ("std: no stars", "M: red", "N: blue")


def test_the_iteration_that_a_resolution_ended_in_is_that_of_the_last_resolution():
    rows = "Resolution: 0\n0\t-1\n1\t-1\n"
    assert "[in iteration 3]" in ConsoleLog(rows + "ERROR: x").failed_part
    assert "[in iteration" not in ConsoleLog(rows + "Resolution: 1\nERROR: x").failed_part
    assert ConsoleLog(rows + "Resolution: 1\n0\t-1\nERROR: x").failed_part.endswith("[in iteration 2]\nERROR: x")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_letters_arrive_in_whatever_encoding_they_were_printed(encoding: str, tmp_path: Path):
    content = "Reading images...\r\nERROR: the stars of Übung and Núñez fell\r\n".encode(encoding)
    assert what_of(content, tmp_path) == 'Elastix stopped and said: "the stars of Übung and Núñez fell".'


def test_two_encodings_in_one_log_are_told_apart_line_by_line():
    assert decode("größe\n".encode() + "größe\n".encode("cp1252")).split() == ["größe", "größe"]


def test_a_long_log_in_utf_16_is_read_at_both_ends(tmp_path: Path):
    middle = "Reading images...\n" * 200_000
    content = ("which elastix:   x\n" + middle + "ERROR: no stars over Übung\n").encode("utf-16")
    assert what_of(content, tmp_path) == 'Elastix stopped and said: "no stars over Übung".'


NONSENSE = {
    "nothing": b"",
    "line ends": b"\r\n\n\r",
    "zeros": bytes(3000),
    "binary": random.Random(1).randbytes(3000),
    "much binary": random.Random(2).randbytes(4_000_000),
    "half a UTF-16": "xyzzy".encode("utf-16")[:-1],
    "invented": b"xyzzy\nplugh\n",
    "braces": b"ERROR: {what} {} {0} %s\n",
    "one endless line": b"a" * 4_000_000,
    "rows only": ROW * 80_000,
    "rows and words": (ROW + b"plugh\n") * 60_000,
    "numbers": b"1 2 3\n" * 1000,
    "warnings": b'WARNING: The parameter "X" does not exist at all.\n  The default value "false" is used instead.\n'
    * 30_000,
    "exceptions": b"Description: ITK ERROR: X(0x55): plugh\n" * 100_000,
    "halves of known texts": b"Region ImageRegion (0x5)\n" * 160_000,
    "almost known": b"NumberOf" * 500_000,
    "many places": (b"the file " + b"/" * 1900 + b"\n") * 2000,
}


@pytest.mark.parametrize("name", NONSENSE)
def test_whatever_was_printed_a_readable_sentence_comes_out_in_no_time(name: str, tmp_path: Path):
    started = time.process_time()
    what = what_of(NONSENSE[name], tmp_path)
    assert time.process_time() - started < 2.0
    assert what.startswith("Elastix ")
    assert what.endswith(".")
    assert what.isprintable()
    assert not BARE_STATUS.search(what)
    assert 20 < len(what) < LONGEST_SHOWN + 100


@given(st.text() | st.binary().map(decode), st.none() | st.integers(-(2**31), 2**32))
def test_no_log_and_no_status_stops_the_diagnosis(log: str, status: int | None):
    diagnosis = diagnose(log, status)
    assert diagnosis.what.endswith(".")
    assert diagnosis.what.isprintable()
    assert diagnosis.remedy.endswith(".")
    assert "{" not in diagnosis.remedy


def test_the_quote_of_an_unknown_error_is_from_the_log(tmp_path: Path):
    assert (
        what_of(b"foo bar\nxyzzy\nplugh\nwibble.\n", tmp_path) == 'Elastix stopped and said: "xyzzy / plugh / wibble".'
    )
    assert what_of(b"ERROR: {what} {} {0} %s\n", tmp_path) == 'Elastix stopped and said: "{what} {} {0} %s".'
