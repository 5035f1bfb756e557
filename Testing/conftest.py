"""What every test shares: which engines and which real data there are, and what to do about a test that lacks one.

A test that needs an engine, a browser or the shared data says so with a marker (see pyproject.toml) and is skipped,
with the reason, where that is missing. With ELASTIXPLUS_REQUIRE_ENGINES=1 a test that lacks an engine or the browser
fails instead.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
_NUMBERS = count(1)


def native_engine() -> Path | None:
    """Return the elastix executable of this machine; a wrong ELASTIXPLUS_ELASTIX is not made good by PATH."""
    name = os.environ.get("ELASTIXPLUS_ELASTIX") or "elastix"
    found = shutil.which(name)
    return Path(found) if found else None


def shared_data_folder() -> Path:
    """Return where the real volumes would be; the folder may be missing."""
    given = os.environ.get("ELASTIXPLUS_SHARED_DATA")
    return Path(given) if given else REPOSITORY.parent / "shared" / "data"


def why_no_native_engine() -> str | None:
    """Return why tests of the native engine cannot run here, or None if they can."""
    if native_engine():
        return None
    given = os.environ.get("ELASTIXPLUS_ELASTIX")
    if given:
        return f"ELASTIXPLUS_ELASTIX={given} is not an executable file"
    return "no native elastix: set ELASTIXPLUS_ELASTIX or put elastix on PATH"


def why_no_itk_engine() -> str | None:
    """Return why tests of the itk-elastix engine cannot run here, or None if they can; nothing is imported."""
    try:
        importlib.metadata.version("itk-elastix")
    except importlib.metadata.PackageNotFoundError:
        return "no itk-elastix: python -m pip install itk-elastix"
    return None if importlib.util.find_spec("itk") else "itk-elastix is installed, but there is no package itk"


def why_no_browser() -> str | None:
    """Return why tests in a browser cannot run here, or None if they can; nothing is imported."""
    if missing := [name for name in ("chromium", "chromedriver") if not shutil.which(name)]:
        return f"no {' and no '.join(missing)} on PATH (Debian: apt-get install chromium chromium-driver)"
    return None if importlib.util.find_spec("selenium") else "no selenium: python -m pip install selenium"


def why_no_shared_data() -> str | None:
    """Return why tests on the real volumes cannot run here, or None if they can."""
    folder = shared_data_folder()
    if folder.is_dir():
        return None
    return f"no real volumes at {folder}: set ELASTIXPLUS_SHARED_DATA (they are not part of the repository)"


REASON_OF_ENGINE_MARKER = {
    "native_engine": why_no_native_engine,
    "itk_engine": why_no_itk_engine,
    "browser": why_no_browser,
}


def pytest_configure(config: pytest.Config) -> None:
    """No test, no module of tests and no process that one starts ever sees the presets of who runs the tests."""
    patch = pytest.MonkeyPatch()
    patch.setenv("ELASTIXPLUS_PRESETS", str(Path(tempfile.gettempdir()) / f"elastixplus-{os.getpid()}" / "no-presets"))
    config.add_cleanup(patch.undo)


LONG_MARKERS = ("matrix", "endurance")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes many minutes unless -m names it."""
    unasked = [marker for marker in LONG_MARKERS if marker not in str(config.option.markexpr)]
    left_out = [item for item in items if any(item.get_closest_marker(marker) for marker in unasked)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    if hasattr(config, "workerinput"):  # one of several processes, which are given one group after the other
        for item in items:
            on_bench = " on the bench" if "slicer_bench" in getattr(item, "fixturenames", ()) else ""
            item.add_marker(pytest.mark.xdist_group(f"{item.path.parent.name}/{item.path.stem}{on_bench}"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or fail where engines are required, a test that lacks what its markers name."""
    for marker, reason_of in REASON_OF_ENGINE_MARKER.items():
        if item.get_closest_marker(marker) and (reason := reason_of()):
            if os.environ.get("ELASTIXPLUS_REQUIRE_ENGINES") == "1":
                pytest.fail(f"{reason} (ELASTIXPLUS_REQUIRE_ENGINES=1)", pytrace=False)
            pytest.skip(reason)
    if item.get_closest_marker("shared_data") and (reason := why_no_shared_data()):
        pytest.skip(reason)


@pytest.fixture(autouse=True)
def user_presets(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's own presets: empty, of this test only, and not there until something writes into it."""
    folder = tmp_path_factory.getbasetemp() / "user-presets-of-tests" / str(next(_NUMBERS))
    monkeypatch.setenv("ELASTIXPLUS_PRESETS", str(folder))
    return folder


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of the working tree."""
    return REPOSITORY


@pytest.fixture(scope="session")
def sample_brain_path() -> Path:
    """The ICBM152 T1 template at 2 mm (its voxels are left-right symmetric)."""
    return REPOSITORY / "Resources" / "SampleData" / "icbm152_t1_2mm.nii.gz"


@pytest.fixture(scope="session")
def native_engine_path() -> Path:
    """The elastix executable; for tests marked `native_engine`."""
    path = native_engine()
    assert path, why_no_native_engine()
    return path


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the real volumes; a test that asks for it is skipped where it is missing."""
    if reason := why_no_shared_data():
        pytest.skip(reason)
    return shared_data_folder()


@pytest.fixture
def scene() -> Iterator[Any]:
    """An empty MRML scene that lives as long as the test; nodes do not keep theirs alive."""
    import slicer

    scene = slicer.vtkMRMLScene()
    yield scene
    scene.Clear(True)
