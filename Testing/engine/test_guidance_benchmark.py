"""A small part of ``make bench-guidance``: what it counts as success is what its cases are."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.native_engine


@pytest.fixture
def benchmark(repository: Path, monkeypatch: pytest.MonkeyPatch):
    """The modules of the benchmark, which are not installed."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(repository / "benchmarks"))
    import guided_run
    import hard_cases
    import ordinary_pairs

    yield {"run": guided_run, "cases": hard_cases.hard_cases(), "ordinary": ordinary_pairs}
    for name in set(sys.modules) - before:
        if not name.startswith("ElastixPlusLib"):
            del sys.modules[name]


def test_a_volume_far_away_goes_astray_alone_and_is_found_with_guidance(benchmark):
    case = benchmark["cases"]["moved-by-a-parent"]()
    run = benchmark["run"]
    assert run.plain_run(case, threads=2).went_wrong
    guided = run.guided_run(case, threads=2)
    assert run.succeeded(case, guided)
    assert guided.fixes == ("Start from the centres of gravity",)


def test_wrong_units_are_refused_with_the_reason(benchmark):
    case = benchmark["cases"]["millimetres-and-metres"]()
    guided = benchmark["run"].guided_run(case, threads=2)
    assert benchmark["run"].succeeded(case, guided)
    assert "metres" in guided.refusal


def test_a_case_that_should_be_refused_does_not_count_when_it_is_not(benchmark):
    run, case = benchmark["run"], benchmark["cases"]["millimetres-and-metres"]()
    assert not run.succeeded(case, run.Outcome(error_mm=0.1, seconds=1.0))
    assert not run.succeeded(case, run.Outcome(error_mm=None, seconds=1.0, refusal="Something else is wrong."))


def test_ordinary_pairs_are_left_in_peace(benchmark):
    """At most one warning in twenty or more pairs; without the shared data there are twenty."""
    count, found = benchmark["ordinary"].findings_on_ordinary_pairs()
    assert count >= 20
    assert len(found) <= 1, [finding.what for _, finding in found]
