"""No dependency of a version with a known vulnerability is asked for, or installed here.

What is known of vulnerabilities changes from day to day: pip-audit asks for it in .github/workflows/tests.yml. The
table here holds what was looked up once, so that at least this does not come back, also where nothing can be asked.
"""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

REPOSITORY = Path(__file__).resolve().parents[2]

# package: first version without it, what it is
VULNERABILITIES = {
    "jinja2": ("3.1.6", "CVE-2025-27516: a template breaks out of the sandbox"),
    "pillow": ("12.3.0", "CVE-2026-59205: memory is overwritten where colours are converted"),
    "pytest": ("9.0.3", "CVE-2025-71176: folders in /tmp that others can foresee"),
    "urllib3": ("2.8.0", "CVE-2026-97687 and CVE-2026-97689: settings of a proxy ignored, memory without bound"),
}


@pytest.fixture(scope="module")
def requirements() -> list[Requirement]:
    """Every requirement of pyproject.toml, of all extras."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for lines in project["optional-dependencies"].values() for line in lines)]
    return [Requirement(line) for line in lines]


def floor(requirement: Requirement) -> Version:
    (oldest,) = [Version(one.version) for one in requirement.specifier if one.operator == ">="]
    return oldest


@pytest.mark.parametrize(("name", "fixed"), [(name, fixed) for name, (fixed, _) in VULNERABILITIES.items()])
def test_no_version_with_a_known_vulnerability_is_allowed(name: str, fixed: str, requirements: list[Requirement]):
    asked = [requirement for requirement in requirements if requirement.name.lower() == name]
    assert asked
    assert all(floor(requirement) >= Version(fixed) for requirement in asked)


@pytest.mark.parametrize(("name", "fixed"), [(name, fixed) for name, (fixed, _) in VULNERABILITIES.items()])
def test_no_version_with_a_known_vulnerability_is_installed(name: str, fixed: str):
    try:
        assert Version(version(name)) >= Version(fixed)
    except PackageNotFoundError:
        pytest.skip(f"no {name} here")


def test_every_requirement_has_a_floor_and_no_ceiling(requirements: list[Requirement]):
    for requirement in requirements:
        if requirement.name != "elastixplus":
            assert [one.operator for one in requirement.specifier] == [">="], requirement
            assert requirement.url is None


def test_the_library_alone_asks_for_numpy_only():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [Requirement(line).name for line in project["dependencies"]] == ["numpy"]


def test_the_rules_against_unsafe_code_are_on_in_everything_that_is_installed():
    lint = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    assert "S" in lint["select"]
    assert not [rule for rule in lint["ignore"] if re.match(r"S\d|S$", rule)]
    shipped = {
        pattern: [rule for rule in rules if re.match(r"S\d|S$", rule)]
        for pattern, rules in lint["per-file-ignores"].items()
        if pattern.startswith("ElastixPlus/")
    }
    assert {pattern: rules for pattern, rules in shipped.items() if rules} == {
        "ElastixPlus/ElastixPlusLib/elastix/{engine_probe,host_guard,process}.py": ["S603"]
    }
