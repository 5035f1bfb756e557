"""Fixtures and hooks for tests that press the buttons of a panel.

A `conftest.py` imports the names in `__all__`. A test that uses `slicer_bench` is marked `panel`, runs inside the event
loop, starts with an empty scene and fails if anything was raised in a slot, an observer or a method that Qt called.
It runs after all other tests of the session, which so see the package `slicer` as the wheel has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

__all__ = ["pytest_collection_modifyitems", "pytest_pyfunc_call", "slicer_bench", "started_bench"]


def uses_bench(item: pytest.Item) -> bool:
    """Return whether a test needs the bench."""
    return "started_bench" in getattr(item, "fixturenames", ())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that run on the bench and put them last."""
    for item in items:
        if uses_bench(item):
            item.add_marker("panel")
    items.sort(key=uses_bench)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test inside the event loop, as all code of a module runs in Slicer."""
    if "slicer_bench" not in pyfuncitem.fixturenames:
        return None
    import bench

    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    bench.run(lambda: pyfuncitem.obj(**arguments))
    return True


@pytest.fixture(scope="session")
def started_bench(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The bench, started once; skipped where PySide6 or slicer-core is missing."""
    pytest.importorskip("PySide6", reason="PySide6-Essentials is in the extra `test`")
    pytest.importorskip("slicer_core", reason="slicer-core is in the extra `headless`")
    import bench

    bench.start(Path(tmp_path_factory.mktemp("slicer-home")))
    return bench


@pytest.fixture
def slicer_bench(started_bench: ModuleType) -> Iterator[ModuleType]:
    """The bench with an empty scene; after the test nothing may have been raised in a slot."""
    import slicer

    started_bench.slot_errors()
    slicer.mrmlScene.Clear(0)
    yield started_bench
    started_bench.process_events()
    left = started_bench.slot_errors()
    assert not left, "raised where nobody catches:\n" + "\n".join(failure.report for failure in left)
