"""The command line: files in, files out.

Exit codes: 0 done, 2 unusable input, 3 no engine, 4 elastix failed, 5 result could not be imported or written,
130 cancelled. An error is one sentence that says what and one that says what to do, on standard error.
"""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Sequence
from types import FrameType

from .errors import ElastixPlusError, RegistrationCancelled
from .terminal.arguments import argument_parser

_UNEXPECTED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    :param arguments: without the program's name; None takes those of the process.
    :returns: the exit code.
    """
    options = argument_parser().parse_args(arguments)
    try:
        signal.signal(signal.SIGTERM, _interrupt)
        if options.command == "doctor":
            from .terminal.doctor_command import run_doctor

            return run_doctor(options)
        from .terminal.register_command import run_register

        return run_register(options)
    except ElastixPlusError as error:
        return _say(error, options.debug)
    except KeyboardInterrupt:
        return _say(RegistrationCancelled(), options.debug)
    except Exception as error:
        if options.debug:
            traceback.print_exc()
        sys.stderr.write(
            f"Error: An unexpected fault in ElastixPlus: {type(error).__name__}: {error}\n"
            "Run the same command with --debug and report what it prints.\n"
        )
        return _UNEXPECTED


def _say(error: ElastixPlusError, with_traceback: bool) -> int:
    if with_traceback:
        traceback.print_exc()
    sys.stderr.write(f"Error: {error.what}\n{error.remedy}\n")
    return error.exit_code


def _interrupt(number: int, frame: FrameType | None) -> None:
    """A request to end counts as a cancel, so that the engine ends too and nothing stays behind."""
    raise KeyboardInterrupt
