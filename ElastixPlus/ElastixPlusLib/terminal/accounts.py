"""What a command did, as JSON: in a file or on standard output, also where it failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..elastix.whole_file import whole_file
from ..errors import ElastixPlusError, RegistrationCancelled, ResultWriteError
from .output_places import check_output_file, refuse_inputs_as_outputs
from .streams import json_text, put_out_json

STANDARD_OUTPUT = "-"


def check_account_place(place: str | None, inputs: Sequence[Path | None]) -> None:
    """Find out whether the account could be written, before anything else: a failure is written there, too.

    :param place: as given to ``--json``.
    :raises OutputPlaceError: it could not, or it is one of the inputs.
    """
    for path in account_files(place):
        refuse_inputs_as_outputs(inputs, [path])
        check_output_file(path, "JSON account", ())


def account_files(place: str | None) -> list[Path]:
    """The file of the account, if it is one."""
    return [] if place in (None, STANDARD_OUTPUT) else [Path(str(place))]


@contextmanager
def failures_told(
    place: str | None, cancelled: Callable[[], RegistrationCancelled] = RegistrationCancelled
) -> Iterator[None]:
    """Write an account of what goes wrong inside, and let it go on from there.

    :param cancelled: what an interrupt is told as.
    """
    try:
        yield
    except (ElastixPlusError, KeyboardInterrupt) as error:
        failure = cancelled() if isinstance(error, KeyboardInterrupt | RegistrationCancelled) else error
        with suppress(ElastixPlusError):  # the first error is the one to tell
            write_account(account_of_failure(failure), place)
        raise failure from error


def account_of_failure(error: ElastixPlusError) -> dict[str, Any]:
    """What went wrong as plain data."""
    status = "cancelled" if isinstance(error, RegistrationCancelled) else "failed"
    account: dict[str, Any] = {"what": error.what, "remedy": error.remedy, "exit_code": error.exit_code}
    if error.fix is not None:
        account["fix"] = error.fix.option
    findings = [finding.as_dict() for finding in getattr(error, "findings", ())]
    return {"status": status, "error": account, **({"findings": findings} if findings else {})}


def write_account(account: dict[str, Any], place: str | None) -> None:
    """Write an account so that either the whole file is there or nothing of it.

    :param place: as given to ``--json``; None writes nothing.
    :raises ResultWriteError: it cannot be written.
    """
    if place == STANDARD_OUTPUT:
        put_out_json(account)
    for path in account_files(place):
        try:
            with whole_file(path) as partial:
                partial.write_text(json_text(account), encoding="utf-8")
        except OSError as error:
            raise ResultWriteError(
                f"The account could not be written to {path}: {error.strerror}.", "Choose another place and run again."
            ) from error
