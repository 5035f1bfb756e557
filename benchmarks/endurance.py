"""Many registrations in a row in one process: what grows?

    python benchmarks/endurance.py                    1000 by register(), then 100 by the buttons of the panel
    python benchmarks/endurance.py --runs 200 --panel-runs 0

Each of the two is a process of its own; the panel is on the bench that stands in for the application. What the process
holds is counted each 25 runs and compared with the end of the warm-up, a tenth of the runs and 50 at least. Ends with 1
if memory or the number of objects has grown by more than 2 percent since then, or anything else has grown at all.

The C library (glibc) is told to keep one heap. Left alone it makes up to eight for each processor, a thread takes any
of them, and each fills up in its own time: some MiB now and then for hundreds of runs, which would hide a leak.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY / "ElastixPlus"), str(REPOSITORY / "Testing")]

if TYPE_CHECKING:
    from endurance.long_use import Held

ONE_HEAP = {"MALLOC_ARENA_MAX": "1"}
EVERY, WARM_UP, SHORTEST_WARM_UP, LARGEST_GROWTH_PERCENT = 25, 0.1, 50, 2.0
# Held against a limit, all others against what they were. Of VTK's objects Python knows those it has come across.
MAY_VARY = ("own_mib", "resident_mib", "python_objects", "vtk_objects")
HEADINGS = {
    "own_mib": "own MiB",
    "resident_mib": "resident",
    "python_objects": "Python obj.",
    "vtk_objects": "VTK obj.",
    **{name: name for name in ("nodes", "observers", "files", "threads", "processes", "folders")},
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--panel-runs", type=int, default=100)
    parser.add_argument("--part", choices=list(PARTS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part is not None:
        with own_temporary_folder() as folder:
            return PARTS[options.part](options.runs, folder)
    status = 0
    for part, runs in (("register", options.runs), ("panel", options.panel_runs)):
        if runs:
            command = [sys.executable, __file__, "--part", part, "--runs", str(runs)]
            status |= subprocess.run(command, env={**os.environ, **ONE_HEAP}, check=False).returncode
    return status


@contextmanager
def own_temporary_folder() -> Iterator[Path]:
    """A folder for everything temporary, so that nobody else's runs are counted."""
    folder = Path(tempfile.mkdtemp(prefix="endurance-"))
    tempfile.tempdir = str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = None
        shutil.rmtree(folder, ignore_errors=True)


def by_register(runs: int, folder: Path) -> int:
    """Registrations as a script does them; 1 if something has grown."""
    import slicer

    from endurance.long_use import LongUse, held_now

    (folder / "parameters").mkdir()
    scene = slicer.vtkMRMLScene()
    use = LongUse(scene, folder / "parameters")
    return measured("By register()", runs, use.turn, lambda: held_now(scene))


def by_panel(runs: int, folder: Path) -> int:
    """Registrations by the buttons of the panel; 1 if something has grown."""
    import bench

    (folder / "home").mkdir()
    os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")  # offscreen, Qt says much that is of no use
    bench.start(folder / "home")
    return bench.run(lambda: in_the_panel(runs))


def in_the_panel(runs: int) -> int:
    import slicer

    import bench
    from endurance.long_use import held_now
    from endurance.panel_use import PanelUse

    gui = bench.load_module(REPOSITORY / "ElastixPlus" / "ElastixPlus.py").widgetRepresentation()
    gui.show()
    gui.enter()
    use = PanelUse(gui.self())
    status = measured("In the panel", runs, use.turn, lambda: settled(bench, lambda: held_now(slicer.mrmlScene)))
    for failure in bench.slot_errors():
        print(failure.report)
        status = 1
    return status


def settled(bench: Any, look: Callable[[], Held]) -> Held:
    bench.process_events()
    return look()


def measured(title: str, runs: int, turn: Callable[[int], str], look: Callable[[], Held]) -> int:
    """Do the runs, print a line each 25 and what has grown since the warm-up.

    :returns: 1 if something has.
    """
    print(f"{title}: {runs} runs\n{'run':>6}  " + "  ".join(f"{heading:>11}" for heading in HEADINGS.values()))
    warm_up = max(SHORTEST_WARM_UP, int(runs * WARM_UP) // EVERY * EVERY)
    warm: Held | None = None
    kinds: dict[str, int] = {}
    began = time.monotonic()
    for number in range(1, runs + 1):
        kind = turn(number)
        kinds[kind] = kinds.get(kind, 0) + 1
        if number % EVERY == 0 or number == runs:
            held = look()
            warm = held if number == warm_up else warm
            print(f"{number:>6}  " + "  ".join(f"{value:>11}" for value in shown(held)), flush=True)
    print(f"{(time.monotonic() - began) / 60:.1f} min;", ", ".join(f"{count} {kind}" for kind, count in kinds.items()))
    if warm is None or runs == warm_up:
        print("Too few runs to tell what grows.")
        return 0
    return told(warm_up, warm, held)


def shown(held: Held) -> list[str]:
    return [f"{value:.2f}" if isinstance(value, float) else str(value) for value in vars(held).values()]


def told(warm_up: int, warm: Held, last: Held) -> int:
    """Say what has grown; 1 if something has."""
    grown = []
    for name in (field.name for field in fields(warm)):
        before, after = getattr(warm, name), getattr(last, name)
        percent = 100 * (after - before) / before if before else 0.0
        print(f"{HEADINGS[name]:>11} since run {warm_up}: {after - before:+.4g} ({percent:+.3f} %)")
        if percent > LARGEST_GROWTH_PERCENT if name in MAY_VARY else after > before:
            grown.append(HEADINGS[name])
    print(f"Grown: {', '.join(grown)}." if grown else "Nothing has grown.", flush=True)
    return 1 if grown else 0


PARTS = {"register": by_register, "panel": by_panel}

if __name__ == "__main__":
    raise SystemExit(main())
