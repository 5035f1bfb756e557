"""The packages that draw and fill the web page, which 3D Slicer does not bring along."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import ResultWriteError

_REQUIREMENTS = "Jinja2 matplotlib"


class ReportPackageError(ResultWriteError):
    """A package that the web page needs is not installed; tables and plain data do without.

    :param package: its name, as one imports it.
    """

    def __init__(self, package: str) -> None:
        super().__init__(
            f"The report as a web page needs the Python package {package}, which is not installed.",
            f"Install it with: pip install {_REQUIREMENTS} (in the Python console of 3D Slicer: "
            f'slicer.util.pip_install("{_REQUIREMENTS}")), then write the report again; '
            "the tables (CSV) and the JSON file are written without it.",
        )
        self.package = package


@contextmanager
def report_packages() -> Iterator[None]:
    """Turn a failed import of a report package into an error that says what to install.

    :raises ReportPackageError: a package is missing.
    """
    try:
        yield
    except ImportError as error:
        package = (error.name or "").split(".")[0]
        if package not in {"jinja2", "markupsafe", "matplotlib", "PIL"}:
            raise
        raise ReportPackageError(package) from error
