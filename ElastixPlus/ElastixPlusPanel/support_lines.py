"""What is known of this computer and its elastix, for somebody who is to find out why a run failed."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict

from ElastixPlusLib import __version__
from ElastixPlusLib.elastix.engine import find_engine
from ElastixPlusLib.errors import ElastixPlusError

from .engine_choice import EngineSettings


def support_lines(engine: str, settings: EngineSettings) -> tuple[str, ...]:
    """Versions, platform and engine, a line each. Asks the engine for its version: not for the main thread.

    :param engine: what the library takes: "auto", "itk" or a path.
    """
    lines = [
        f"ElastixPlus {__version__}",
        settings.host or "no application",
        f"Python {platform.python_version()}",
        f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} processors",
    ]
    try:
        found = find_engine(
            engine, bundled_folders=settings.bundled_folders, host_environment=settings.host_environment
        )
    except ElastixPlusError as error:
        return (*lines, f"Engine: {error}")
    lines.append(f"Engine: {found.name} {found.version} ({found.path})")
    lines += [f"  {name.replace('_', ' ')}: {value}" for name, value in asdict(found.capabilities).items()]
    return (*lines, *(f"  passed over: {reason}" for reason in found.passed_over))
