"""From a result, or a record on disk, to what scripts do with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import slicer

from ElastixPlusLib.errors import RecordError

from .engine_choice import engine_settings
from .record_filling import nodes_like
from .record_of_node import record_of
from .run_roles import remember_roles
from .support_dialog import collected, write

if TYPE_CHECKING:
    from ElastixPlusLib import RegistrationRequest
    from ElastixPlusLib.record.run_record import RunRecord
    from ElastixPlusLib.rerun import Rerun

SEVERAL = ("further_fixed", "further_moving")


def record_for_script(source: Any) -> RunRecord:
    """The record that is kept with a transform node, in a file, or in the folder of a run.

    :raises RecordError: there is none, or it is damaged.
    """
    if isinstance(source, (str, Path)):
        from ElastixPlusLib.record.record_file import read_record

        return read_record(Path(source))
    record = record_of(source)
    if record is None:
        name = source.GetName() if source is not None else "None"
        raise RecordError(f"Nothing is recorded with the transform {name}.", "Give a result of ElastixPlus.")
    return record


def rerun_for_script(
    source: Any,
    nodes: Mapping[str, Any],
    engine: str | None,
    despite_differences: bool,
    on_progress: Callable[[Any], None] | None,
) -> Rerun:
    """Do a run again; see ``ElastixPlusLogic.rerunRecord``.

    :raises RecordError: there is no record, or not the same would go in.
    """
    from ElastixPlusLib.rerun import rerun

    record = record_for_script(source)
    request = rerun_request(record, nodes, engine)
    again = rerun(record, request, despite_differences=despite_differences, on_progress=on_progress)
    remember_roles(again.result.transform, again.result.landmarks.pairs)
    return again


def rerun_request(record: RunRecord, nodes: Mapping[str, Any], engine: str | None = None) -> RegistrationRequest:
    """The request that does a run again, with the nodes that are in the scene.

    A record may come from anywhere, so that the engine is one of this computer and never the path in the record.

    :param nodes: inputs by their roles, in place of what would be found in the scene.
    :param engine: in place of what the computer has: "auto", "itk" or a path.
    :raises RecordError: an input is not there.
    """
    from ElastixPlusLib.rerun import request_of_record

    settings = engine_settings()
    return replace(
        request_of_record(record, recorded_nodes(record, slicer.mrmlScene) | dict(nodes)),
        engine=engine or ("itk" if record.engine.name == "itk-elastix" else "auto"),
        bundled_folders=settings.bundled_folders,
        host_environment=settings.host_environment,
        host=settings.host,
    )


def recorded_nodes(record: RunRecord, scene: Any) -> dict[str, Any]:
    """The inputs of a run that are in the scene, by their roles; what is not there, or not for sure, is left out."""
    nodes: dict[str, Any] = {}
    for role in dict.fromkeys(one.role for one in record.inputs):
        found = [nodes_like(scene, one) for one in record.inputs_of(role)]
        if all(len(one) == 1 for one in found):
            nodes[role] = tuple(one[0] for one in found) if role in SEVERAL else found[0][0]
    return nodes


def save_support_for_script(source: Any, path: str | Path, names: Sequence[str] = ()) -> Path:
    """Write a support file; see ``ElastixPlusLogic.saveSupportBundle``.

    :raises RecordError: there is no record.
    :raises ResultWriteError: the file cannot be written.
    """
    record, folder = record_for_script(source), None
    if isinstance(source, (str, Path)):
        folder = Path(source) if Path(source).is_dir() else Path(source).parent
    write(collected(record, folder, "auto", engine_settings(), names), Path(path))
    return Path(path)
