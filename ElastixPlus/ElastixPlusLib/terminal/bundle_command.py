"""``elastixplus bundle``: pack what tells a fault, without voxels and names, to be posted."""

from __future__ import annotations

import argparse
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from .. import __version__
from ..elastix.engine import find_engine
from ..errors import EngineNotFoundError, InputError, RecordError
from ..record.record_file import NAME_IN_FOLDER, read_record
from .doctor_command import engine_description
from .interrupts import Interrupts
from .output_places import check_output_file, refuse_inputs_as_outputs
from .streams import put_out, say

if TYPE_CHECKING:
    from ..record.run_record import RunRecord
    from ..support.bundle import BundleFile

_PACKAGES = ("numpy", "slicer-core", "vtk", "itk-elastix", "SimpleITK", "scipy")


def run_bundle(options: argparse.Namespace, interrupts: Interrupts) -> int:
    """Carry out the command.

    :raises InputError: the record or a place cannot be used.
    :raises ResultWriteError: the bundle cannot be written.
    """
    from ..support.bundle import collect_bundle, write_bundle

    if not options.list:
        refuse_inputs_as_outputs([options.run], [options.output])
        check_output_file(options.output, "bundle", [".zip"])
    if any(not any(map(str.isalnum, word)) for word in options.names):
        raise InputError("A word to take out has neither letter nor digit.", "Give words with --name WORD.")
    record, folder = recorded_run(options.run)
    bundle = collect_bundle(record, folder, list(software_lines(options.engine)), options.names)
    if len(bundle.files) < _FEWEST_FILES and options.run is not None:
        raise RecordError(
            f"Nothing of a run lies in {options.run}.", "Name a record, or the folder of a run or of a report."
        )
    if options.list:
        put_out("".join(map(_shown, bundle.files)))
        return 0
    with interrupts.too_late():
        write_bundle(bundle.files, options.output, bundle.names)
    for sentence in bundle.left_out:
        say(f"Left out: {sentence}")
    say(f"The bundle is {options.output}. Look through it before you post it.")
    return 0


_FEWEST_FILES = 3  # the guide, the versions, and something of the run


def recorded_run(given: Path | None) -> tuple[RunRecord | None, Path | None]:
    """The record and the folder of what was given; a folder may have lost its record.

    :raises RecordError: it is not there, or the record cannot be read.
    """
    if given is None:
        return None, None
    if not given.is_dir():
        return read_record(given), None
    has_record = (given / NAME_IN_FOLDER).is_file() and not (given / NAME_IN_FOLDER).is_symlink()
    return (read_record(given) if has_record else None), given


def software_lines(engine: str) -> Iterator[str]:
    """Versions, and the engine as ``elastixplus doctor`` describes it.

    :param engine: as in a request.
    """
    yield f"ElastixPlus {__version__}"
    yield f"Python     {platform.python_version()}"
    yield f"System     {platform.system()} {platform.release()} {platform.machine()}"
    for package in _PACKAGES:
        try:
            yield f"  {package}: {version(package)}"
        except PackageNotFoundError:
            continue
    try:
        yield from engine_description(find_engine(engine)).splitlines()
    except EngineNotFoundError as error:
        yield f"Engine     none: {error.what}"


def _shown(file: BundleFile) -> str:
    return f"==== {file.name}\n{file.text.rstrip()}\n\n"
