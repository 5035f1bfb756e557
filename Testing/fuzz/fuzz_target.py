"""What a target is, and how its file becomes one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

# What breaks readers of many kinds; a target adds what its own format consists of.
COMMON_TOKENS = (
    b"\0", b"\r", b"\r\n", b"\n", b"\t", b" ", b"\x1b[31m", b"\x1b]0;x\x07", b"\xff\xfe", b"\xef\xbb\xbf", b"\xff",
    "\u202e".encode(), "\u2028".encode(), "²".encode(), "٣".encode(), b"\xed\xa0\x80",
    b"0", b"-1", b"1e999", b"-1e308", b"1e-320", b"nan", b"inf", b"-0", b"007", b"9" * 30, b"9" * 5000,
    b"2147483648", b"4294967295", b"9223372036854775808", b"../", b"..\\", b"/etc/passwd", b"C:\\x", b"\\\\host\\x",
    b"con.txt", b"nul", b"a. ", b"%s%n", b"{0}", b"{x.__class__}", b"<b>", b"$x$", b"=1+1", b"-x", b"*?[a]",
    b"[" * 2000, b"{" * 2000, b"(" * 2000, b'"', b"'", b"\\", b"//", b"#", b",", b"=",
)  # fmt: skip


@dataclass(frozen=True)
class FuzzTarget:
    """One reader to be fed.

    :param name: of its file.
    :param one_input: feeds bytes to the reader; any error but those of errors.py is a finding.
    :param seeds: makes inputs that the reader takes, from real files.
    :param tokens: what inputs of this kind consist of.
    :param longest_bytes: longer inputs show nothing that shorter ones do not.
    """

    name: str
    one_input: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]
    tokens: tuple[bytes, ...]
    longest_bytes: int


def target_names() -> list[str]:
    """The names of all targets; none of them is imported."""
    from . import targets

    return sorted(module.name for module in pkgutil.iter_modules(targets.__path__))


def load_target(name: str) -> FuzzTarget:
    """Import the target of a name, and with it what it feeds."""
    module = importlib.import_module(f"fuzz.targets.{name}")
    tokens = (*COMMON_TOKENS, *getattr(module, "TOKENS", ()))
    return FuzzTarget(name, module.one_input, module.seeds, tokens, getattr(module, "LONGEST", 8192))
