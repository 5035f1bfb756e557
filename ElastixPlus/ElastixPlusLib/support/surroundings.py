"""Who sits at which computer, so that it can be left out."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_USERS = ("USER", "USERNAME", "LOGNAME", "SUDO_USER")
_COMPUTERS = ("COMPUTERNAME", "HOSTNAME", "USERDOMAIN", "USERDNSDOMAIN", "LOGONSERVER")
_HOMES = ("HOME", "USERPROFILE", "HOMEPATH", "ONEDRIVE")


@dataclass(frozen=True)
class Surroundings:
    """Names of this computer and its user; in no repr.

    :param users: names of the user, the full one too where it is known.
    :param computers: names of the computer and its domain.
    :param homes: folders of the user.
    :param temporary: folders for temporary files.
    """

    users: tuple[str, ...] = ()
    computers: tuple[str, ...] = ()
    homes: tuple[str, ...] = ()
    temporary: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Surroundings(...)"

    @staticmethod
    def here(environment: Mapping[str, str] | None = None) -> Surroundings:
        """Those of this process.

        :param environment: variables; None takes those of the process.
        """
        variables = os.environ if environment is None else environment
        node = platform.node()
        computers = [node, node.split(".")[0], *(variables.get(name, "") for name in _COMPUTERS)]
        homes = [str(Path.home()) if environment is None else "", *(variables.get(name, "") for name in _HOMES)]
        users = [*(variables.get(name, "") for name in _USERS), *_account_names()]
        return Surroundings(_each(users), _each(computers), _each(homes), _each([tempfile.gettempdir()]))


def _account_names() -> list[str]:
    """Name and full name of the account, where the system tells them."""
    if sys.platform == "win32":
        return []
    import pwd

    try:
        account = pwd.getpwuid(os.getuid())
    except KeyError:  # an account without an entry, as in a container
        return []
    return [account.pw_name, account.pw_gecos.split(",")[0]]


def _each(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name.strip("\\/ ")))
