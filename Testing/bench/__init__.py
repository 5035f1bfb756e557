"""A stand-in for the application 3D Slicer, on PySide6 and the real MRML of `slicer-core`; see README.md.

import bench

bench.start(empty_folder)  # from here on there are qt, ctk, slicer.app, slicer.mrmlScene, ...
module = bench.load_module(path)  # <Module>.py with its .ui file
bench.run(test)  # call test inside the event loop
bench.slot_errors()  # what was raised where nobody catches
"""

from __future__ import annotations

import os

# Enumerations of PySide6 compare with integers, as those of PythonQt do; has to be set before PySide6 is imported.
os.environ.setdefault("PYSIDE6_OPTION_PYTHON_ENUM", "0x02")

from .session import grab, load_module, process_events, run, slot_errors, start, unload_module

__all__ = ["grab", "load_module", "process_events", "run", "slot_errors", "start", "unload_module"]
