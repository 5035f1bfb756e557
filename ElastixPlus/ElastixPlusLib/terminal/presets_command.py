"""``elastixplus presets``: find, check and change presets."""

from __future__ import annotations

import argparse

from .interrupts import Interrupts


def run_presets(options: argparse.Namespace, interrupts: Interrupts) -> int:
    """Carry out the command; see :func:`.preset_arguments.add_presets` for the options.

    :returns: the exit code.
    :raises ElastixPlusError: with the exit code of the command.
    """
    if options.action == "list":
        from .preset_list_command import run_list

        return run_list(options)
    if options.action == "show":
        from .preset_show_command import run_show

        return run_show(options)
    if options.action == "suggest":
        from .preset_suggest_command import run_suggest

        return run_suggest(options, interrupts)
    if options.action == "lint":
        from .preset_lint_command import run_lint

        return run_lint(options)
    from .preset_change_commands import run_change

    return run_change(options)
