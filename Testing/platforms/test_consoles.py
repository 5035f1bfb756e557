"""A terminal, pipe or file of an old code page, as Windows has them, costs letters at most, never the result."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from ElastixPlusLib.cli import main
from ElastixPlusLib.terminal.accounts import write_account
from ElastixPlusLib.terminal.arguments import argument_parser
from ElastixPlusLib.terminal.streams import json_text, put_out, put_out_json

CODE_PAGES = ["cp1252", "cp437", "cp932", "ascii"]
ACCOUNT = {"name": "Köln → 東京"}
NO_TEXT = {"half a letter": "f\udcfc.nrrd"}


class Stream(io.TextIOWrapper):
    """A standard stream of an encoding, as Python opens it; what was written can be read as bytes."""

    def __init__(self, encoding: str, errors: str = "strict") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, errors=errors, write_through=True)

    @property
    def written(self) -> bytes:
        return self.buffer.getvalue()  # type: ignore[attr-defined]


@contextmanager
def terminal(encoding: str) -> Iterator[tuple[Stream, Stream]]:
    """Standard output and standard error of an encoding; pytest has streams of its own in place until a test runs."""
    output, errors = Stream(encoding), Stream(encoding, "backslashreplace")  # as Python makes them
    with redirect_stdout(output), redirect_stderr(errors):
        yield output, errors


in_every_code_page = pytest.mark.parametrize("code_page", CODE_PAGES)


@in_every_code_page
def test_a_text_that_the_code_page_does_not_have_is_written_with_question_marks(code_page: str):
    with terminal(code_page) as (output, _):
        put_out("a \N{SNOWMAN} b\n")
    assert output.written.decode("ascii").splitlines() == ["a ? b"]


@in_every_code_page
def test_json_loses_no_letter_in_any_code_page(code_page: str):
    with terminal(code_page) as (output, _):
        put_out_json(ACCOUNT)
    assert json.loads(output.written.decode("ascii")) == ACCOUNT


@in_every_code_page
def test_an_account_on_standard_output_is_json_that_a_reader_of_utf_8_understands(code_page: str):
    with terminal(code_page) as (output, _):
        write_account(ACCOUNT, "-")
    assert json.loads(output.written.decode("utf-8")) == ACCOUNT


def test_json_in_utf_8_has_its_letters_readable():
    with terminal("utf-8") as (output, _):
        put_out_json({"name": "Köln"})
    assert "Köln" in output.written.decode("utf-8")


def test_an_account_of_a_file_whose_name_is_no_text_can_be_written(tmp_path: Path):
    write_account(NO_TEXT, str(tmp_path / "account.json"))
    assert json.loads((tmp_path / "account.json").read_text(encoding="utf-8")) == NO_TEXT
    with terminal("utf-8") as (output, _):
        write_account(NO_TEXT, "-")
    assert json.loads(output.written.decode("utf-8")) == NO_TEXT


def test_a_stream_without_an_encoding_gets_ascii():
    with redirect_stdout(io.StringIO()) as stream:  # says None, as a window of an application does
        put_out_json(ACCOUNT)
    assert stream.getvalue().isascii()
    assert json.loads(stream.getvalue()) == ACCOUNT
    assert json_text({}) == "{}\n"


@in_every_code_page
@pytest.mark.parametrize(
    "words",
    [
        ("presets", "list"),
        ("presets", "list", "--json"),
        ("presets", "show", "generic"),
        ("presets", "show", "generic", "--json"),
        ("presets", "show", "generic", "--files"),
        ("presets", "lint", "generic"),
    ],
    ids=" ".join,
)
def test_what_a_command_shows_can_be_written_in_every_code_page(words: tuple[str, ...], code_page: str):
    with terminal(code_page) as (output, errors):
        code = main(words)
    shown = output.written.decode(code_page)
    assert code == 0, errors.written
    assert shown or "lint" in words
    assert "--json" not in words or json.loads(shown)


@in_every_code_page
def test_errors_with_letters_of_any_language_are_told_in_every_code_page(code_page: str, tmp_path: Path):
    with terminal(code_page) as (_, errors):
        assert main(["presets", "lint", str(tmp_path / "\N{SNOWMAN}.txt")]) == 2
    told = errors.written.decode(code_page)
    assert told.startswith("Error: ")
    assert len(told.splitlines()) == 2


def test_every_help_text_can_be_shown_in_every_code_page():
    parsers = [argument_parser()]
    for parser in parsers:
        for action in parser._actions:
            if isinstance(action.choices, dict):
                parsers += action.choices.values()
        assert parser.format_help().isascii(), parser.prog
    assert len(parsers) > 10


def test_a_child_of_an_old_code_page_ends_well_when_its_output_goes_to_a_pipe():
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {"PYTHONIOENCODING": "cp437", "PYTHONPATH": str(Path(__file__).parents[2] / "ElastixPlus")}
    done = subprocess.run(
        [sys.executable, "-m", "ElastixPlusLib", "presets", "list"], env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"generic" in done.stdout.splitlines()[0] or done.stdout.count(b"\n") > 10
