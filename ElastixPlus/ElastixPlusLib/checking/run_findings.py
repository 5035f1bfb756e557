"""What is found about the run itself: whether engine, memory and disk are up to it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from ..elastix.engine import Engine, find_engine
from ..errors import EngineNotFoundError
from ..export import needed_bytes
from ..guidance.engine_fit import component_findings, sample_region_findings
from ..guidance.findings import Finding
from ..guidance.memory import available_memory_bytes
from ..guidance.run_size import disk_findings, grid_findings, memory_findings, memory_needed_bytes
from .checked_request import CheckedRequest


def run_findings(checked: CheckedRequest) -> list[Finding]:
    """Everything about engine, memory and disk; touches no node, so that it may run in a thread."""
    engine, files = checked.engine, checked.parameter_files
    if engine is None:
        return []
    fixed, moving = checked.fixed_part.grid, checked.moving_part.grid
    memory = memory_needed_bytes(files, fixed, moving, engine.name, checked.further_grids)
    crop = "overlap" if checked.further.fixed else checked.crop  # further pairs are not cropped: nothing to offer
    return [
        *_component_findings(checked, engine),
        *sample_region_findings(files, fixed),
        *grid_findings(files, fixed),
        *memory_findings(memory, available_memory_bytes(), crop=crop),
        *_disk_findings(checked),
    ]


def _component_findings(checked: CheckedRequest, engine: Engine) -> tuple[Finding, ...]:
    found = component_findings(checked.parameter_files, engine)
    if not found:
        return ()
    request = checked.request
    try:  # only now: it takes a moment to look for another engine
        other = find_engine(
            "auto" if engine.name == "itk-elastix" else "itk",
            bundled_folders=request.bundled_folders,
            host_environment=request.host_environment,
        )
    except EngineNotFoundError:
        return found
    return component_findings(checked.parameter_files, engine, [other])


def _disk_findings(checked: CheckedRequest) -> tuple[Finding, ...]:
    folder = Path(checked.request.workspace or tempfile.gettempdir())
    try:
        free_bytes = shutil.disk_usage(folder).free
    except (OSError, ValueError):
        return ()  # the folder is made, or refused, when the run begins
    return disk_findings(needed_bytes(checked), free_bytes, folder)
