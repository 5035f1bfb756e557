"""``elastixplus record`` shows what a run left, and makes the methods text and the parameter files from it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Answer, UserFiles
from ElastixPlusLib.record.methods_text import methods_as_text, methods_text
from ElastixPlusLib.record.record_file import read_record, write_record
from ElastixPlusLib.record.record_json import record_text
from ElastixPlusLib.record.record_words import record_rows
from ElastixPlusLib.record.run_record import ParameterText, RunRecord
from made_records import DONE, HOSTILE, failed_run, fit_of_landmarks, linear_run, spline_run

Call = Callable[..., Answer]


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[RunRecord], Path]:
    """Writes a record into a file."""

    def keep(record: RunRecord) -> Path:
        path = tmp_path / "knee.record.json"
        write_record(record, path)
        return path

    return keep


@pytest.mark.native_engine
def test_a_real_run_is_shown_told_and_repeated_from_its_parameter_files(user: UserFiles, elastixplus: Call):
    report = user.folder / "report"
    check = ["--check-labels", "1,3,5"]
    run = elastixplus(
        "register", *user.volumes(), *user.landmarks(), *check, *user.outputs(), "--report", report, "--quiet"
    )
    assert run.code == 0, run.err
    record = read_record(report)
    shown = elastixplus("record", report)
    assert (shown.code, shown.err) == (0, "")
    for section in record_rows(record):
        assert section.title in shown.out
        assert all(f"  {name}: {value}\n" in shown.out for name, value in section.rows)
    methods = elastixplus("record", report, "--methods")
    assert methods.out == methods_as_text(record)
    account = json.loads((report / "run.json").read_text(encoding="utf-8"))["landmarks"]
    assert f"(TRE) there was {account['check']['after_mm']:.2f} mm on average" in methods.out
    assert f"and {account['drive']['after_mm']:.2f} mm on average" in methods.out
    page = (report / "report.html").read_text(encoding="utf-8")
    assert "For the methods section" in page
    assert f"(TRE) there was {account['check']['after_mm']:.2f} mm on average" in page
    assert elastixplus("record", report, "--json").out == record_text(record)
    files = user.folder / "files"
    written = elastixplus("record", report, "--parameters", files)
    assert written.code == 0
    assert "leave out --landmark-weight" in written.err
    names = sorted(files.iterdir())
    assert [path.read_bytes().decode() for path in names] == [one.text for one in record.parameter_files]
    assert str(names[0]) in written.err
    again = elastixplus(
        *("register", "--fixed", user.fixed, "--moving", user.moving, *user.landmarks(), *check),
        *("--parameters", *names, "--output-transform", user.folder / "again.h5", "--quiet"),
    )
    assert again.code == 0, again.err
    later = read_record(user.folder / "again.record.json")
    assert [one.text for one in later.parameter_files] == [one.text for one in record.parameter_files]
    assert (later.result and later.result.sha256) == (record.result and record.result.sha256)


def test_methods_and_references_come_one_after_the_other(kept, elastixplus: Call):
    answer = elastixplus("record", kept(linear_run()), "--methods", "--bibtex")
    assert answer.out.startswith(methods_as_text(linear_run()))
    assert answer.out.count("\n@article{") == len(methods_text(linear_run()).references)
    assert elastixplus("record", kept(linear_run()), "--bibtex").out.startswith("@article{Klein2010,\n")


def test_a_failed_run_is_shown_but_has_no_methods_text(kept, elastixplus: Call):
    path = kept(failed_run())
    assert "What was wrong: Elastix was stopped by the system." in elastixplus("record", path).out
    for option in ("--methods", "--bibtex"):
        answer = elastixplus("record", path, option)
        assert (answer.code, answer.out) == (2, "")
        assert "The run of this record failed, so there is no text for the methods section." in answer.err


def test_json_cannot_be_mixed_with_other_texts(kept, elastixplus: Call):
    answer = elastixplus("record", kept(linear_run()), "--json", "--methods")
    assert (answer.code, answer.out) == (2, "")
    assert "cannot be mixed" in answer.err


def test_what_is_no_record_is_told(tmp_path: Path, elastixplus: Call):
    (tmp_path / "x.json").write_text("{}", encoding="utf-8")
    for path in (tmp_path, tmp_path / "nothing", tmp_path / "x.json"):
        answer = elastixplus("record", path)
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.startswith("Error: ")


def test_parameter_files_go_into_a_new_folder_only(tmp_path: Path, kept, elastixplus: Call):
    path = kept(spline_run())
    there, link = tmp_path / "there", tmp_path / "link"
    there.mkdir()
    link.symlink_to(tmp_path / "nowhere")
    for folder in (there, path, link):
        answer = elastixplus("record", path, "--parameters", folder)
        assert (answer.code, "already is something" in answer.err) == (2, True)
    assert not list(there.iterdir())
    assert not (tmp_path / "nowhere").exists()
    assert elastixplus("record", path, "--parameters", tmp_path / "no" / "place").code == 2


def test_names_in_a_record_have_no_part_in_the_names_of_files(tmp_path: Path, kept, elastixplus: Call):
    folder = tmp_path / "new"
    assert elastixplus("record", kept(DONE["hostile"]), "--parameters", folder).code == 0
    assert [path.name for path in sorted(folder.iterdir())] == ["parameters.0.txt", "parameters.1.txt"]
    assert {path.name for path in tmp_path.iterdir()} <= {"new", "knee.record.json", "temporary"}


def test_parameter_files_are_written_to_the_letter(tmp_path: Path, kept, elastixplus: Call):
    from dataclasses import replace

    text = '\ufeff(Transform "EulerTransform")\r\n// é\r(A 1)\n\n'
    record = replace(linear_run(), parameter_files=(ParameterText("", text),))
    elastixplus("record", kept(record), "--parameters", tmp_path / "new")
    assert (tmp_path / "new" / "parameters.0.txt").read_bytes() == text.encode()
    record = replace(linear_run(), parameter_files=(ParameterText("", "\ud800"),))
    answer = elastixplus("record", kept(record), "--parameters", tmp_path / "newer")
    assert answer.code == 2
    assert not (tmp_path / "newer").exists()


def test_a_fit_of_the_landmarks_alone_has_no_parameter_files(tmp_path: Path, kept, elastixplus: Call):
    answer = elastixplus("record", kept(fit_of_landmarks()), "--parameters", tmp_path / "new")
    assert (answer.code, "holds no parameter files" in answer.err) == (2, True)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("options", [(), ("--methods",), ("--bibtex",), ("--json",)])
def test_names_of_strangers_do_not_command_the_terminal(options: tuple[str, ...], kept, elastixplus: Call):
    out = elastixplus("record", kept(DONE["hostile"]), *options).out
    assert out
    assert all(letter.isprintable() or letter == "\n" for letter in out)
    assert not any(line.lstrip().startswith("FORGED") for line in out.splitlines())


def test_on_a_terminal_the_sections_are_drawn_and_brackets_are_no_markup(kept, elastixplus: Call, monkeypatch):
    from ElastixPlusLib.terminal import record_command

    monkeypatch.setattr(record_command, "_is_wide_terminal", lambda: True)
    monkeypatch.setattr(record_command.shutil, "get_terminal_size", lambda: os.terminal_size((100, 24)))
    out = elastixplus("record", kept(DONE["hostile"])).out
    assert "[bold red]x[/]" in out
    assert all(letter.isprintable() or letter == "\n" for letter in out)
    assert max(map(len, out.splitlines())) <= 100
    drawn = elastixplus("record", kept(spline_run())).out
    for section in record_rows(spline_run()):
        assert f"\n{section.title}\n" in f"\n{drawn}"
        for name, value in section.rows:
            assert value.split()[0] in drawn, name
    assert HOSTILE not in out
