"""Find the itk-elastix wheel without importing it, and the Python that can run it in a child process."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from .engine_probe import ProbeFailure
from .search_path import program_on_path

INSTALL_IT = "Install it with pip install itk-elastix."
INSTALL_IT_AGAIN = "Install it again with pip install --force-reinstall itk-elastix."

# Read from the releases of ITKElastix (0.24.0) and measured (0.25.4). 0.20 to 0.23 hold an elastix from
# between 5.2 and 5.3; older ones are taken for 5.1, which promises less.
ELASTIX_VERSIONS = {
    (0, 20): "5.2.0",
    (0, 21): "5.2.0",
    (0, 22): "5.2.0",
    (0, 23): "5.2.0",
    (0, 24): "5.3.0",
    (0, 25): "5.3.1",
}
UNKNOWN_NEWER = "unknown newer"
NEEDED_MODULE = "itkElastixRegistrationMethodPython.py"
# Variables that would make another interpreter look for its own library in the wrong place.
INTERPRETER_VARIABLES = ("PYTHONHOME", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONPATH", "__PYVENV_LAUNCHER__")


@dataclass(frozen=True)
class ItkWheel:
    """An installed itk-elastix wheel.

    :param interpreter: the Python to run it with.
    :param version: version of the wheel.
    :param elastix_version: version of the elastix in it.
    :param module_folders: where the interpreter has to look for itk and numpy.
    """

    interpreter: Path
    version: str
    elastix_version: str
    module_folders: tuple[str, ...]

    def child_environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return an environment in which the interpreter finds its own library, and the wheel."""
        result = {name: value for name, value in environment.items() if name not in INTERPRETER_VARIABLES}
        result["PYTHONPATH"] = os.pathsep.join(self.module_folders)
        result["PYTHONUTF8"] = "1"
        return result


def find_itk_wheel(variables: Mapping[str, str]) -> ItkWheel:
    """Find the wheel in this Python's path.

    :param variables: where ``PATH`` is looked up, for the Python of an application.
    :returns: the wheel; nothing of it has been imported, which would take a second.
    :raises ProbeFailure: it cannot be used; the text continues a sentence that starts with its name.
    """
    try:
        wheel_version = version("itk-elastix")
    except PackageNotFoundError as error:
        raise ProbeFailure("is not installed", INSTALL_IT) from error
    folders = tuple(dict.fromkeys(folder for name in ("itk", "numpy") for folder in _module_folder(name)))
    if not any((Path(folder) / "itk" / NEEDED_MODULE).is_file() for folder in folders):
        raise ProbeFailure(f"{wheel_version} is incomplete", INSTALL_IT_AGAIN)
    interpreter = find_interpreter(sys.executable, variables)
    if interpreter is None:
        raise ProbeFailure("has no Python interpreter to run with", "Choose an elastix executable as engine.")
    return ItkWheel(interpreter, wheel_version, elastix_version_of(wheel_version), folders)


def elastix_version_of(wheel_version: str) -> str:
    """Say which elastix is in a wheel.

    >>> elastix_version_of("0.25.4"), elastix_version_of("0.31.0")
    ('5.3.1', 'unknown newer')
    """
    found = re.match(r"(\d+)\.(\d+)", wheel_version)
    if not found:
        return UNKNOWN_NEWER
    series = (int(found.group(1)), int(found.group(2)))
    if series < min(ELASTIX_VERSIONS):
        return "5.1.0"
    return ELASTIX_VERSIONS.get(series, UNKNOWN_NEWER)


def _module_folder(name: str) -> list[str]:
    """Return the folder that holds a package, without importing it."""
    spec = find_spec(name)
    return [str(Path(place).parent) for place in (spec.submodule_search_locations or ())] if spec else []


def find_interpreter(executable: str, variables: Mapping[str, str]) -> Path | None:
    """Find a Python to run a child with; inside an application, its executable may be no Python.

    :param executable: what :data:`sys.executable` says.
    :param variables: where ``PATH`` is looked up.
    """
    name = Path(executable).stem.lower()
    # Slicer's python-real runs only under the settings of Slicer's launcher; PythonSlicer makes them.
    if executable and (name.startswith("python") and not name.endswith("real")) and Path(executable).is_file():
        return Path(executable)
    found = program_on_path("PythonSlicer", variables.get("PATH", ""))
    if found:
        return found
    beside = Path(executable).with_name("PythonSlicer" + Path(executable).suffix) if executable else None
    return beside if beside and beside.is_file() else None
