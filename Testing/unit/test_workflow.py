"""The workflow for GitHub keeps what pyproject.toml promises, and runs only what there is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

yaml = pytest.importorskip("yaml", reason="PyYAML reads the workflow")

REPOSITORY = Path(__file__).resolve().parents[2]
WORKFLOW = REPOSITORY / ".github" / "workflows" / "tests.yml"
# Looked up in the lists of releases; a major version that is not there makes every job fail.
RELEASED_ACTIONS = {"actions/checkout@v6", "actions/setup-python@v6"}
RUNNERS = {"ubuntu-24.04", "macos-15", "windows-2025"}
MODULES_OF_EXTRA = {"pytest": "test", "pip_audit": "lint"}
PART_OF_PYTHON = {"pip"}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """The table [project] of pyproject.toml."""
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def workflow() -> dict[Any, Any]:
    """The workflow as GitHub reads it."""
    return yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def jobs(workflow) -> dict[str, dict[str, Any]]:
    """The jobs by name."""
    return workflow["jobs"]


@pytest.fixture(scope="module")
def commands(jobs) -> list[tuple[str, list[str]]]:
    """Every command with the name of its job, in words."""
    runs = [(name, step["run"]) for name, job in jobs.items() for step in job["steps"] if "run" in step]
    return [(name, shlex.split(line, comments=True)) for name, run in runs for line in run.splitlines()]


def promised_pythons(project) -> list[str]:
    named = [re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", line) for line in project["classifiers"]]
    return [match[1] for match in named if match]


@pytest.mark.parametrize("job", ["linux", "desktop"])
def test_every_promised_python_is_tested_on_every_system(job, jobs, project):
    assert jobs[job]["strategy"]["matrix"]["python"] == promised_pythons(project) == ["3.10", "3.11", "3.12", "3.13"]
    assert jobs[job]["strategy"]["fail-fast"] is False
    assert not set(jobs[job]["strategy"]["matrix"]) & {"exclude", "include"}


def test_the_oldest_python_is_the_one_that_pyproject_requires(project):
    assert project["requires-python"] == f">={promised_pythons(project)[0]}"


def test_linux_macos_and_windows_are_tested(jobs):
    systems = {jobs["linux"]["runs-on"], *jobs["desktop"]["strategy"]["matrix"]["os"]}
    assert {system.split("-")[0] for system in systems} == {"ubuntu", "macos", "windows"}
    assert systems == RUNNERS
    assert "${{ matrix.python }}" in jobs["linux"]["container"]
    assert jobs["desktop"]["runs-on"] == "${{ matrix.os }}"


def test_lint_and_audit_run_once(jobs, commands):
    assert {name: "strategy" in job for name, job in jobs.items()} == {
        "lint": False,
        "audit": False,
        "linux": True,
        "desktop": True,
    }
    assert [name for name, words in commands if words == ["make", "lint"]] == ["lint"]
    assert [name for name, words in commands if "pip_audit" in words] == ["audit"]


def test_the_tests_run_on_every_system(commands):
    assert ("linux", ["make", "test"]) in commands
    assert ("desktop", ["python", "-m", "pytest"]) in commands


def test_an_audit_that_could_not_ask_for_a_dependency_fails(commands):
    (audit,) = [words for _, words in commands if "pip_audit" in words]
    assert "--strict" in audit


def test_no_missing_engine_is_passed_over(jobs, commands):
    assert jobs["linux"]["env"]["ELASTIXPLUS_REQUIRE_ENGINES"] == "1"
    assert ("desktop", ["elastixplus", "doctor", "--engine", "itk"]) in commands


def test_every_target_of_make_is_in_the_makefile(commands):
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = [words[1] for _, words in commands if words[0] == "make"]
    assert len(targets) >= 3
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def test_every_extra_that_is_installed_is_in_pyproject(commands, project):
    installed = [re.fullmatch(r"\.\[(.+)\]", words[-1]) for _, words in commands if "install" in words[:4]]
    extras = [name for match in installed if match for name in match[1].split(",")]
    assert len(extras) >= 6
    assert set(extras) <= set(project["optional-dependencies"])


def test_every_program_is_there_or_has_been_installed_before(commands, project):
    installed: dict[str, set[str]] = {}
    for name, words in commands:
        extras = installed.setdefault(name, set())
        if match := re.fullmatch(r"\.\[(.+)\]", words[-1]):
            extras |= set(match[1].split(","))
        elif words[:2] == ["python", "-m"]:
            assert words[2] in PART_OF_PYTHON or MODULES_OF_EXTRA[words[2]] in extras, words
        elif words[0] == "elastixplus":
            assert words[0] in project["scripts"]
            assert "headless" in extras
        else:
            assert words[0] in ("make", "apt-get"), words


def test_the_linux_job_installs_what_the_check_of_this_repository_installs(commands):
    script = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
    (packages,) = [words for name, words in commands if name == "linux" and words[:2] == ["apt-get", "install"]]
    assert set(re.findall(r"missing\+=\((\S+)\)", script)) <= set(packages)


def test_only_released_actions_are_used_and_keep_no_credentials(jobs):
    steps = [step for job in jobs.values() for step in job["steps"] if "uses" in step]
    assert {step["uses"] for step in steps} == RELEASED_ACTIONS
    checkouts = [step for step in steps if step["uses"].startswith("actions/checkout")]
    assert len(checkouts) == len(jobs)
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_the_workflow_may_read_only_and_knows_no_secret(workflow, jobs):
    assert workflow["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in jobs.values())
    text = WORKFLOW.read_text(encoding="utf-8")
    assert "secrets" not in text
    assert "pull_request_target" not in text
    # What a stranger can write, such as the title of a pull request, is put into no command.
    assert set(re.findall(r"\$\{\{ ([\w.]+) \}\}", text)) == {"github.ref", "matrix.python", "matrix.os"}


def test_no_fault_is_hidden_and_nothing_runs_for_ever(workflow, jobs):
    text = WORKFLOW.read_text(encoding="utf-8")
    assert not any(word in text for word in ("continue-on-error", "|| true", "cache", "--ignore-vuln", "-x "))
    assert all(0 < job["timeout-minutes"] <= 120 for job in jobs.values())
    assert workflow["concurrency"]["cancel-in-progress"] is True
