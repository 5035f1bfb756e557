"""Names and texts of others on the terminal: shown, never obeyed."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Answer, UserFiles, write_points
from ElastixPlusLib.errors import InputError
from ElastixPlusLib.presets import Preset, PresetStage
from ElastixPlusLib.presets.preset_folder import write_preset
from ElastixPlusLib.terminal.streams import harmless, put_out, say

COMMAND = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202eevil\r\x08\x00\x7f"
RIGID = '(Transform "EulerTransform")\n'
Call = Callable[..., Answer]


def obeyed(text: str) -> set[str]:
    """The letters of a text that a terminal would obey, or that turn the direction of reading."""
    return {
        letter for letter in text.replace("\n", "") if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    }


def test_what_a_terminal_would_obey_is_written_out():
    assert obeyed(harmless(COMMAND)) == set()
    assert harmless("\x1b[31m") == "\\u001b[31m"


@pytest.mark.parametrize("text", ["Größe 脳 é\u0301 😀 – µ", "a\tb\nc\r\nd", '{"a": "b"}', "\\u001b", "100 %", "{0}"])
def test_what_no_terminal_obeys_stays_as_it_is(text: str):
    assert harmless(text) == text


def test_json_with_such_letters_says_the_same_afterwards():
    held = {"name": COMMAND, "other": "\x85\u2028"}
    assert json.loads(harmless(json.dumps(held, ensure_ascii=False))) == held


def test_both_streams_are_harmless(capsys: pytest.CaptureFixture[str]):
    say(COMMAND)
    put_out(COMMAND)
    out, err = capsys.readouterr()
    assert obeyed(out) == obeyed(err) == set()
    assert "evil" in out
    assert "evil" in err


def test_half_a_letter_in_a_name_does_not_silence_the_output(monkeypatch, tmp_path):
    """As the system gives a name that is no text: it used to end the account."""
    with (tmp_path / "out").open("w", encoding="utf-8") as out:
        monkeypatch.setattr(sys, "stdout", out)
        put_out("caf\udce9.nrrd\n")
    assert (tmp_path / "out").read_text() == "caf\\udce9.nrrd\n"


@pytest.mark.parametrize("command", ["list", "show", "lint"])
def test_the_words_of_a_preset_are_shown_and_not_obeyed(command: str, elastixplus: Call, user_presets: Path):
    stage = PresetStage("0-rigid.txt", text=RIGID + f"// {COMMAND.replace(chr(13), '').replace(chr(0), '')}\n")
    words = (f"knee {COMMAND}",)
    preset = Preset("knee", f"Knee {COMMAND}", COMMAND, anatomy=words, citation=COMMAND, stages=(stage,), origin="user")
    write_preset(preset, user_presets)
    names = {"list": ["knee"], "show": ["knee", "--files"], "lint": ["knee"]}[command]
    answer = elastixplus("presets", command, *names)
    assert obeyed(answer.out + answer.err) == set()
    if command == "list":
        assert "knee" in answer.out


@pytest.mark.parametrize("name", ["\x1b[2J.nrrd", "a\u202eb.nrrd", "a\rb.nrrd", "--fixed\x1b.nrrd"])
def test_a_name_of_a_file_is_shown_and_not_obeyed(name: str, elastixplus: Call, user: UserFiles):
    answer = elastixplus("check", "--fixed", user.folder / name, "--moving", user.moving, "--preset", "rigid")
    assert answer.code == InputError.exit_code
    assert "does not exist" in answer.err
    assert obeyed(answer.out + answer.err) == set()


def test_an_argument_that_is_not_understood_is_shown_and_not_obeyed(elastixplus: Call):
    answer = elastixplus("presets", COMMAND.replace("\0", ""))
    assert answer.code == InputError.exit_code
    assert obeyed(answer.err) == set()


def test_labels_of_landmarks_are_shown_and_not_obeyed(elastixplus: Call, user: UserFiles):
    label = COMMAND.replace("\0", "")
    for path, points in ((user.fixed_landmarks, user.fixed_points), (user.moving_landmarks, user.moving_points)):
        write_points(path, points, [label] * 8)
    answer = elastixplus("check", *user.volumes(), *user.landmarks())
    assert answer.code == InputError.exit_code
    assert "evil" in answer.err
    assert obeyed(answer.err) == set()


@pytest.mark.parametrize(
    "name", ["$(touch pwned).nrrd", "; touch pwned;.nrrd", "`touch pwned`.nrrd", "a b.nrrd", "*.nrrd", "%s{0}.nrrd"]
)
def test_a_name_reaches_the_reader_as_it_is(name: str, elastixplus: Call, user: UserFiles, monkeypatch):
    monkeypatch.chdir(user.folder)
    user.fixed.rename(user.folder / name)
    answer = elastixplus("check", "--fixed", name, "--moving", user.moving, "--preset", "rigid", "--json")
    assert answer.code == 0, answer.err
    assert not (user.folder / "pwned").exists()


def test_a_name_like_an_option_is_given_with_its_folder_or_an_equals_sign(
    elastixplus: Call, user: UserFiles, monkeypatch
):
    monkeypatch.chdir(user.folder)
    user.fixed.rename(user.folder / "--quiet.nrrd")
    rest = ["--moving", user.moving, "--preset", "rigid", "--json"]
    assert elastixplus("check", "--fixed=--quiet.nrrd", *rest).code == 0
    assert elastixplus("check", "--fixed", "./--quiet.nrrd", *rest).code == 0
    assert elastixplus("check", "--fixed", "--quiet.nrrd", *rest).code == InputError.exit_code


@pytest.mark.parametrize(
    "value", ["$(touch pwned)", "; touch pwned", "/nowhere/elastix --version", "-x", "a\nb", "x" * 5000, "."]
)
def test_an_engine_of_any_name_is_no_engine_and_is_never_a_command(
    value: str, elastixplus: Call, monkeypatch, tmp_path: Path
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ELASTIXPLUS_ELASTIX", value)
    answer = elastixplus("doctor", "--engine", "native")
    assert answer.code == 3, answer.err
    assert obeyed(answer.err) == set()
    assert not (tmp_path / "pwned").exists()
