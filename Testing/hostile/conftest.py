"""Files of somebody who means no good, and the command line to give them to."""

from __future__ import annotations

from cli.conftest import elastixplus, temporary_folder, user  # noqa: F401 - fixtures
