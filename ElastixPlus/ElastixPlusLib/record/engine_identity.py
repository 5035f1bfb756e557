"""Which elastix ran, so that it can be recognised."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from ..elastix.engine import Engine
from .digests import digest_of_file
from .run_record import EngineIdentity


def engine_identity(engine: Engine | None) -> EngineIdentity:
    """Describe an engine, or that there was none.

    The checksum of an executable is that of the file; that of the wheel is one of the list of checksums of all its
    files, which came with it.
    """
    if engine is None:
        return EngineIdentity("none")
    file = engine.path if engine.name == "elastix" else _list_of_wheel(engine)
    digest = "" if file is None else _digest(file)
    return EngineIdentity(engine.name, engine.version, engine.elastix_version, str(engine.path), digest)


def _list_of_wheel(engine: Engine) -> Path | None:
    folders = engine.environment.get("PYTHONPATH", "").split(os.pathsep)
    lists = (path for folder in folders if folder for path in Path(folder).glob("itk_elastix-*.dist-info/RECORD"))
    return next(lists, None)


def _digest(file: Path) -> str:
    try:
        status = file.stat()
    except OSError:
        return ""
    return _digest_of_state(file, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=8)
def _digest_of_state(file: Path, _changed_ns: int, _size: int) -> str:
    """Computed once for as long as the file stays as it is."""
    return digest_of_file(file)
