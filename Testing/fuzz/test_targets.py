"""Every reader takes real input, and whatever it is fed it answers with a value or a typed error.

Here each target gets its seeds, a few changed ones, always the same, and every input that was ever a finding; run.py
feeds them for as long as one likes.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from ElastixPlusLib.errors import ElastixPlusError
from fuzz import checks
from fuzz.fuzz_target import FuzzTarget, load_target, target_names
from fuzz.mutations import mutated

FINDINGS = Path(__file__).parent / "findings"
SEEDS_AT_MOST = 5
EXAMPLES = 5
# Their readers are in C++ and could take all tests with them: they are fed in a process of their own, by run.py.
NATIVE = {"label_file", "landmark_file", "shape_file", "transform_node_file"}
# Some of their seeds are there to be refused, or to be changed into something else.
WITH_REFUSED_SEEDS = {"overrides", "preset_names", "slicer_elastix_database", "transform_file", "zip_names"}


@lru_cache(maxsize=1)
def target_with_seeds(name: str) -> tuple[FuzzTarget, tuple[bytes, ...]]:
    target = load_target(name)
    seeds = target.seeds()
    return target, tuple(seeds[:: len(seeds) // SEEDS_AT_MOST + 1])


def is_taken(target: FuzzTarget, data: bytes) -> bool:
    try:
        target.one_input(data)
    except ElastixPlusError:
        return False
    return True


@pytest.mark.parametrize("name", target_names())
def test_a_reader_takes_what_is_real(name: str):
    target, seeds = target_with_seeds(name)
    refused = [seed for seed in seeds if not is_taken(target, seed)]
    assert len(refused) < len(seeds)
    assert not refused or name in WITH_REFUSED_SEEDS
    assert max(map(len, seeds)) <= target.longest_bytes


@pytest.mark.parametrize("name", [name for name in target_names() if name not in NATIVE])
def test_a_reader_answers_whatever_it_is_fed(name: str):
    target, seeds = target_with_seeds(name)

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(mutated(target, list(seeds)))
    def feed(data: bytes) -> None:
        is_taken(target, data)

    feed()


@pytest.mark.parametrize(
    ("name", "finding"), [(path.parent.name, path.name) for path in sorted(FINDINGS.glob("*/*")) if path.is_file()]
)
def test_what_was_a_finding_is_none_any_more(name: str, finding: str):
    is_taken(load_target(name), (FINDINGS / name / finding).read_bytes())


def test_every_finding_belongs_to_a_target():
    assert {path.name for path in FINDINGS.iterdir() if path.is_dir()} <= set(target_names())


def write_outside(folder: Path) -> None:
    (folder.parent / "outside.txt").write_text("x", encoding="ascii")


def read_outside(folder: Path) -> None:
    (folder.parent / "secret.txt").read_text(encoding="ascii")


def start_a_program(folder: Path) -> None:
    import subprocess

    subprocess.run(["true"], check=True)


def leave_something_temporary(folder: Path) -> None:
    import tempfile

    tempfile.mkdtemp()


def say_half_a_message(folder: Path) -> None:
    raise ElastixPlusError("What?", " ")


def say_too_much(folder: Path) -> None:
    raise ElastixPlusError("What? " * 1000, "That.")


@pytest.mark.parametrize(
    "misdeed",
    [write_outside, read_outside, start_a_program, leave_something_temporary, say_half_a_message, say_too_much],
)
def test_a_misdeed_is_a_finding(misdeed):
    folder = checks.fresh_folder("misdeed")
    (folder.parent / "secret.txt").write_text("x", encoding="ascii")
    with pytest.raises(checks.FindingError), checks.confined_to(folder):
        misdeed(folder)


def test_what_is_right_is_no_finding(tmp_path):
    with checks.confined_to(tmp_path):
        (tmp_path / "a.txt").write_text("x", encoding="ascii")
        (tmp_path / "a.txt").unlink()
    with pytest.raises(checks.FindingError), checks.must_succeed("it"):
        raise ElastixPlusError("What?", "That.")
