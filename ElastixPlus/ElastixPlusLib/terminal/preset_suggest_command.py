"""``elastixplus presets suggest``: presets for what is to be registered, each with the reason."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

from ..errors import PresetError
from ..presets.library import list_presets
from ..presets.suggestion import Situation, suggest
from .evaluation_lines import printable
from .interrupts import Interrupts
from .preset_words import what_it_does
from .report_folder import command_line
from .request_files import read_request
from .streams import put_out, put_out_json, say, silenced

_HINTS = ("--anatomy", "--fixed-modality", "--moving-modality", "--subject")
_SWITCHES = ("--json", "--debug")


def run_suggest(options: argparse.Namespace, interrupts: Interrupts) -> int:
    """Carry out the command.

    :raises InputError: a file cannot be read, or nothing at hand could run.
    """
    with interrupts.deferred():
        from slicer import vtkMRMLScene

        from ..situation import situation_steps
        from ..steps import run_to_end

    scene = vtkMRMLScene()  # nodes do not keep their scene alive
    with silenced(not options.debug):
        found = run_to_end(situation_steps(read_request(options, scene)))
    situation = _as_told(found, options)
    suggestions = suggest(list_presets(), situation)
    commands = [_command(options.words, suggestion.preset.id) for suggestion in suggestions]
    if not suggestions:
        raise PresetError(
            "No preset can run with what is given.", "See `elastixplus presets list` for what the others need."
        )
    if options.json:
        account = [
            {"id": one.preset.id, "reason": one.reason, "does": what_it_does(one.preset), "command": command}
            for one, command in zip(suggestions, commands, strict=True)
        ]
        put_out_json(account)
        return 0
    for one in suggestions:
        put_out(printable(f"{one.preset.id}: {one.reason}\n  {what_it_does(one.preset)}\n"))
    say(f"To go on with the first: {printable(commands[0])}")
    return 0


def _as_told(found: Situation, options: argparse.Namespace) -> Situation:
    """What was found out, and above it what the user says."""
    told = {field: getattr(options, field) for field in ("anatomy", "fixed_modality", "moving_modality")}
    told = {field: value for field, value in told.items() if value is not None}
    if options.subject is not None:
        told["same_subject"] = options.subject == "same"
    return replace(found, **told, guessed=found.guessed - set(told))


def _command(words: Sequence[str], identifier: str) -> str:
    """The registration with the same inputs, with a place for its result."""
    inputs, rest = [], list(words[2:])
    while rest:
        word = rest.pop(0)
        if word in _HINTS:
            rest = rest[1:]
        elif word not in _SWITCHES and word.split("=", 1)[0] not in _HINTS:
            inputs.append(word)
    return command_line(["register", *inputs, "--preset", identifier, "--output-transform", "transform.h5"])
