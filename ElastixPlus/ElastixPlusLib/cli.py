"""The command line: files in, files out.

Exit codes: 0 done, 2 unusable input, 3 no engine, 4 elastix failed, 5 result could not be imported or written,
130 cancelled. An error is one sentence that says what and one that says what to do, on standard error.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module

from .errors import ElastixPlusError, RegistrationCancelled
from .terminal.arguments import argument_parser
from .terminal.fix_option import with_option
from .terminal.interrupts import Interrupts
from .terminal.streams import say

_UNEXPECTED = 1
Command = Callable[[argparse.Namespace, Interrupts], int]

# Loaded when it is called: some need most of a second.
_COMMANDS = {
    "bundle": ("bundle_command", "run_bundle"),
    "check": ("check_command", "run_check"),
    "doctor": ("doctor_command", "run_doctor"),
    "evaluate": ("evaluate_command", "run_evaluate"),
    "presets": ("presets_command", "run_presets"),
    "record": ("record_command", "run_record"),
    "register": ("register_command", "run_register"),
    "rerun": ("rerun_command", "run_rerun"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    :param arguments: without the program's name; None takes those of the process.
    :returns: the exit code.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    options = argument_parser().parse_args(words)
    options.words = words  # for a report that says how it was made
    interrupts = Interrupts()
    try:
        interrupts.install()
        module, name = _COMMANDS[options.command]
        run: Command = getattr(import_module(f".terminal.{module}", __package__), name)
        return run(options, interrupts)
    except ElastixPlusError as error:
        return _tell(error, options.debug)
    except KeyboardInterrupt:
        return _tell(RegistrationCancelled(), options.debug)
    except Exception as error:
        if options.debug:
            say(traceback.format_exc())
        say(f"Error: An unexpected fault in ElastixPlus: {type(error).__name__}: {error}")
        say("Run the same command with --debug and report what it prints.")
        return _UNEXPECTED


def _tell(error: ElastixPlusError, with_traceback: bool) -> int:
    if with_traceback:
        say(traceback.format_exc())
    say(f"Error: {error.what}\n{with_option(error.remedy, error.fix)}")
    return error.exit_code
