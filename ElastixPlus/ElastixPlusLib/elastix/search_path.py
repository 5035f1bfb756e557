"""Look a program up on the search path, and nowhere else."""

from __future__ import annotations

import os
import shutil
from pathlib import Path, PureWindowsPath


def program_on_path(name: str, search_path: str, windows: bool = os.name == "nt") -> Path | None:
    """Find a program in the folders of a search path.

    :func:`shutil.which` looks into the current folder first on Windows, where a stranger's data may lie with a program
    of that name, and takes batch files, which only a shell can run: neither is done here.

    :param name: of the program, without a folder.
    :param search_path: what the variable ``PATH`` holds.

    >>> program_on_path("elastix", "") is None
    True
    """
    if not windows:
        found = shutil.which(name, path=search_path)
        return Path(found) if found else None
    file_name = name if PureWindowsPath(name).suffix.lower() == ".exe" else f"{name}.exe"
    for folder in search_path.split(";"):
        folder = folder.strip().strip('"')
        # What is relative is so to the current folder, and "" is that folder itself.
        if Path(folder).is_absolute() and Path(folder, file_name).is_file():
            return Path(folder, file_name)
    return None
