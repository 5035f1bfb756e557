"""``elastixplus rerun``: do a run again from its record, and say whether the result is the same."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RecordError
from ..record.comparison_words import comparison_as_dict, comparison_lines
from ..record.record_file import place_beside, read_record, write_record
from ..record.run_record import words_of_role
from .accounts import account_files, check_account_place, failures_told, write_account
from .endings import TRANSFORM_ENDINGS, VOLUME_ENDINGS
from .interrupts import Interrupts
from .output_places import check_output_file, refuse_inputs_as_outputs
from .streams import say, silenced

if TYPE_CHECKING:
    from ..record.run_record import RunRecord
    from ..request import RegistrationRequest
    from ..rerun import Rerun

_VOLUMES = ("fixed", "moving", "further_fixed", "further_moving")
_SEVERAL = ("further_fixed", "further_moving")
Files = dict[str, tuple[Path, ...]]


def run_rerun(options: argparse.Namespace, interrupts: Interrupts) -> int:
    """Carry out the command.

    :returns: 0 if the run could be done, be the result the same or not.
    :raises ElastixPlusError: the record or a file cannot be used, or the run failed.
    """
    check_account_place(options.json, [options.record])
    with failures_told(options.json):
        record = read_record(options.record)
        files = recorded_files(record, options)
        _check_places(options, files)
        with interrupts.deferred():
            from slicer import vtkMRMLScene

            scene = vtkMRMLScene()  # nodes do not keep their scene alive
        done = _done_again(options, record, files, scene)
        with interrupts.too_late():
            _write_outputs(options, done)
            comparison = comparison_as_dict(done.comparison)
            write_account({**done.result.as_dict(), "comparison": comparison}, options.json)
    if not options.quiet:
        say("\n".join(comparison_lines(done.comparison)))
    return 0


def recorded_files(record: RunRecord, options: argparse.Namespace) -> Files:
    """Where everything that went into a run lies now, by role.

    :raises RecordError: something is not there.
    """
    beside = options.record if options.record.is_dir() else options.record.parent
    found: Files = {}
    for role in dict.fromkeys(one.role for one in record.inputs):
        named = getattr(options, role, None)
        wanted = record.inputs_of(role)
        paths = list(named) if isinstance(named, list) else [named] * len(wanted)
        if len(paths) != len(wanted):
            raise RecordError(
                f"The run had {len(wanted)} as {words_of_role(role)}, and {len(paths)} are named.",
                "Name all of them, in their order.",
            )
        given = zip(paths, (one.file for one in wanted), strict=True)
        found[role] = tuple(path or _found(Path(file), beside, role) for path, file in given)
    return found


def _found(file: Path, beside: Path, role: str) -> Path:
    """A file where it was, or one of its name beside the record."""
    places = [file, beside / file.name] if file.name else []
    for place in places:
        if place.is_file():
            return place
    what = f"{file} is not there any more" if file.name else "was no file"
    raise RecordError(f"The {words_of_role(role)} of the run {what}.", f"Name it with --{role.replace('_', '-')}.")


def _check_places(options: argparse.Namespace, files: Files) -> None:
    inputs = [options.record, *(path for paths in files.values() for path in paths)]
    records = [place_beside(options.output_transform)] if options.output_transform is not None else []
    outputs = [options.output_transform, options.output_volume, *account_files(options.json), *records]
    refuse_inputs_as_outputs(inputs, outputs)
    if options.output_transform is not None:
        check_output_file(options.output_transform, "output transform", TRANSFORM_ENDINGS)
        check_output_file(records[0], "record of the run", ())
    if options.output_volume is not None:
        check_output_file(options.output_volume, "output volume", VOLUME_ENDINGS)


def _done_again(options: argparse.Namespace, record: RunRecord, files: Files, scene: Any) -> Rerun:
    from ..rerun import rerun
    from .progress_line import shown_progress

    with silenced(not options.debug):
        request = _request(options, record, files, scene)
    with shown_progress(options.quiet) as show:
        return rerun(record, request, despite_differences=options.force, on_progress=show)


def _request(options: argparse.Namespace, record: RunRecord, files: Files, scene: Any) -> RegistrationRequest:
    from vtk import vtkObject

    from ..rerun import request_of_record

    if not options.debug:
        vtkObject.GlobalWarningDisplayOff()  # readers print C++ messages; the errors raised here say it in words
    nodes: dict[str, Any] = {}
    for role, paths in files.items():
        read = [_read(scene, role, path) for path in paths]
        nodes[role] = tuple(read) if role in _SEVERAL else read[0]
    request = request_of_record(record, nodes)
    return replace(
        request,
        output_volume=True if options.output_volume is not None else None,
        engine=options.engine or request.engine,
        threads=options.threads or request.threads,
        workspace=options.workspace,
        keep_workspace=options.keep_workspace,
        input_files={role: tuple(str(path.absolute()) for path in paths) for role, paths in files.items()},
    )


def _read(scene: Any, role: str, path: Path) -> Any:
    from ..mrml.files import read_landmarks, read_mask, read_transform, read_volume

    side = role.split("_")[0]
    if role in _VOLUMES:
        return read_volume(scene, path, role.replace("_", " "))
    if role.endswith("_landmarks"):
        return read_landmarks(scene, path, side)
    return read_transform(scene, path) if role == "initial" else read_mask(scene, path, side)


def _write_outputs(options: argparse.Namespace, done: Rerun) -> None:
    from ..mrml.files import write_transform, write_volume

    result = done.result
    if options.output_transform is not None:
        write_transform(result.transform, options.output_transform)
        if result.record is not None:
            write_record(result.record, place_beside(options.output_transform))
    if options.output_volume is not None and result.volume is not None:
        write_volume(result.volume, options.output_volume)
