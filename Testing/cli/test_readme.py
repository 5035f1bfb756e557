"""What the README shows runs as it stands there."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

from ElastixPlusLib.mrml.files import read_landmarks, read_volume
from ElastixPlusLib.terminal.arguments import argument_parser

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The code blocks of the README in one language."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [text for kind, text in found if kind == language]


def command_blocks() -> list[list[str]]:
    joined = [block.replace("\\\n", " ") for block in blocks("")]
    return [shlex.split(block) for block in joined if block.startswith("elastixplus ")]


@pytest.mark.native_engine
def test_the_commands_that_register_and_evaluate_run_one_after_the_other(user, elastixplus, monkeypatch):
    register, evaluate = (words for words in command_blocks() if words[1] in ("register", "evaluate"))
    for name, file in {
        "ct.nrrd": user.fixed,
        "mr.nrrd": user.moving,
        "ct.mrk.json": user.fixed_landmarks,
        "mr.mrk.json": user.moving_landmarks,
    }.items():
        file.rename(user.folder / name)
    monkeypatch.chdir(user.folder)
    answer = elastixplus(*register[1:])
    assert answer.code == 0, answer.err
    assert (user.folder / "mr-to-ct.h5").stat().st_size > 0
    assert (user.folder / "mr-on-ct.nrrd").stat().st_size > 0
    assert "Check landmarks" in answer.err
    answer = elastixplus(*evaluate[1:])
    assert answer.code == 0, answer.err
    assert "Target registration error at check landmarks, mean" in answer.out
    assert (user.folder / "report" / "report.html").is_file()

    assert [words[1] for words in record_commands()] == ["record", "record", "rerun", "bundle"]
    for words in record_commands():
        answer = elastixplus(*words[1:])
        assert answer.code == 0, answer.err
    assert (user.folder / "question.zip").is_file()
    assert (user.folder / "again.h5").is_file()


def record_commands() -> list[list[str]]:
    """The commands that use a record, line by line."""
    lines = [line for block in blocks("") for line in block.replace("\\\n", " ").splitlines()]
    words = [shlex.split(line) for line in lines if line.startswith("elastixplus ")]
    return [one for one in words if one[1] in ("record", "rerun", "bundle")]


@pytest.mark.native_engine
def test_the_doctor_command_runs(elastixplus):
    (words,) = [words for words in command_blocks() if words[1] == "doctor"]
    assert elastixplus(*words[1:]).code == 0


@pytest.mark.native_engine
def test_the_python_examples_run_one_after_the_other(user, scene, capsys):
    register, evaluate = (block for block in blocks("python") if "ElastixPlusLib" in block)
    names = {
        "fixed_volume": read_volume(scene, user.fixed, "fixed"),
        "moving_volume": read_volume(scene, user.moving, "moving"),
        "fixed_points": read_landmarks(scene, user.fixed_landmarks, "fixed"),
        "moving_points": read_landmarks(scene, user.moving_landmarks, "moving"),
    }
    exec(compile(register, "README.md", "exec"), names)  # noqa: S102 - the example itself is what is tested
    assert "mm at the check landmarks" in capsys.readouterr().out
    assert names["result"].landmarks.summary("check").after_mm < 1.0
    exec(compile(evaluate, "README.md", "exec"), names)  # noqa: S102
    assert "% folded" in capsys.readouterr().out
    statistics = names["evaluation"].evidence.landmarks.statistics("check", "after")
    assert statistics.mean_mm == pytest.approx(names["result"].landmarks.summary("check").after_mm, abs=1e-9)


def test_every_option_of_the_table_exists():
    shown = set(re.findall(r"`(--[a-z-]+)", README)) | set(re.findall(r" (--[a-z-]+)[ `]", README))
    known = set(re.findall(r"--[a-z-]+", _help()))
    assert shown - known == set()


def _help(parser: argparse.ArgumentParser | None = None) -> str:
    """The help of every command, and of the commands behind it."""
    parser = parser or argument_parser()
    commands = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return parser.format_help() + "".join(_help(sub) for action in commands for sub in action.choices.values())


def test_pictures_of_the_readme_are_there():
    for name in re.findall(r"!\[.*?\]\((.*?)\)", README):
        assert (Path(__file__).resolve().parents[2] / name).is_file(), name
