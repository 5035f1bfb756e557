"""How elastix ends when it does not say why: signals of Linux and macOS, status codes of Windows, no start."""

from __future__ import annotations

import errno

from .known_causes import (
    CHECK_ENGINE,
    CROP_TO_OVERLAP,
    FORBIDDEN,
    NEED_LESS_MEMORY,
    NOT_THERE,
    OTHER_PLACE,
    USE_ITK_ELASTIX,
    WRONG_KIND,
    KnownEnd,
)

_CLEAN_PATH = (
    "Choose another engine, {such_as_engine}, and remove folders of other programs with libraries of the same names "
    "from the search path (PATH)."
)

CRASHED = KnownEnd(
    "Elastix crashed (access to memory that is not its own).",
    "Use another engine, {such_as_engine}; libraries of another program on the search path can also cause this.",
    USE_ITK_ELASTIX,
)
# Where a crash happened says more than the crash.
CRASHED_AT_THE_START = KnownEnd(
    "Elastix crashed before it had read the volumes, as it does when it meets libraries of another program.",
    _CLEAN_PATH,
    USE_ITK_ELASTIX,
)
CRASHED_COMPARING = KnownEnd(
    "Elastix crashed while it compared the volumes, as it does when one of them has no contrast or a single slice.",
    "Check that both volumes have contrast and several slices, and otherwise try another engine.",
)
CRASHED_AFTER_THE_END = KnownEnd(
    "Elastix crashed when it had already finished, as one does that was built for another system.",
    "Use another engine, {such_as_engine}, or the elastix that comes with Slicer.",
    USE_ITK_ELASTIX,
)
KILLED = KnownEnd(
    "Elastix was ended by the system, most often because the memory was full.", NEED_LESS_MEMORY, CROP_TO_OVERLAP
)
KILLED_AT_THE_START = KnownEnd(
    "Elastix was ended by the system before it said anything: the memory was full, or, on macOS, its signature was not "
    "accepted.",
    "Close other programs, or choose another engine, {such_as_engine}.",
    USE_ITK_ELASTIX,
)
ENDED = KnownEnd("Elastix was ended from outside.", "Start the registration again.")

_OUT_OF_MEMORY = KnownEnd("Elastix ran out of memory.", NEED_LESS_MEMORY, CROP_TO_OVERLAP)
_OTHER_PROCESSOR = KnownEnd(
    "Elastix uses instructions that this processor does not have.", CHECK_ENGINE, USE_ITK_ELASTIX
)
_GAVE_UP = KnownEnd(
    "Elastix gave up (SIGABRT), as it does when a library does not fit or memory ran out.",
    CHECK_ENGINE,
    USE_ITK_ELASTIX,
)
_LIBRARY_MISSING = KnownEnd(
    "Elastix could not start: a library (DLL) that it needs is missing or cannot be loaded.",
    _CLEAN_PATH,
    USE_ITK_ELASTIX,
)
_DIVIDED_BY_ZERO = KnownEnd(
    "Elastix divided by zero.", "Check that both volumes have contrast, and try another preset."
)
_NO_OUTPUT_FOLDER = KnownEnd("Elastix did not find its output folder.", OTHER_PLACE)

SIGNALS: dict[int, KnownEnd] = {
    -1: ENDED,
    -2: ENDED,
    -3: ENDED,
    -4: _OTHER_PROCESSOR,
    -5: _GAVE_UP,
    -6: _GAVE_UP,
    -7: CRASHED,
    -8: _DIVIDED_BY_ZERO,
    -9: KILLED,
    -10: CRASHED,  # SIGBUS of macOS
    -11: CRASHED,
    -15: ENDED,
    -24: KnownEnd(
        "Elastix used more computing time than the system allows.", "Crop the volumes, or choose a quicker preset."
    ),
    -25: KnownEnd("Elastix tried to write a file larger than the system allows.", OTHER_PLACE),
    -31: FORBIDDEN,
}

# Windows: documented as unsigned numbers; elastix's own -2 is 4294967294 there and 254 elsewhere.
KNOWN_STATUSES: dict[int, KnownEnd] = {
    **{128 - number: end for number, end in SIGNALS.items()},  # as a shell puts a signal
    **SIGNALS,
    126: FORBIDDEN,
    127: KnownEnd("Elastix or a library that it needs was not found.", CHECK_ENGINE, USE_ITK_ELASTIX),
    254: _NO_OUTPUT_FOLDER,
    9009: NOT_THERE,
    0x80000003: _GAVE_UP,
    0xC0000005: CRASHED,
    0xC0000006: CRASHED,
    0xC0000017: _OUT_OF_MEMORY,
    0xC000001D: _OTHER_PROCESSOR,
    0xC0000022: FORBIDDEN,
    0xC000007B: KnownEnd(
        "Elastix could not start: it, or a library (DLL) that it found, is damaged or of another kind of computer.",
        _CLEAN_PATH,
        USE_ITK_ELASTIX,
    ),
    0xC0000094: _DIVIDED_BY_ZERO,
    0xC00000FD: CRASHED,
    0xC000012D: _OUT_OF_MEMORY,
    0xC0000135: _LIBRARY_MISSING,
    0xC0000138: _LIBRARY_MISSING,
    0xC0000139: KnownEnd(
        "Elastix found a library (DLL) of another version than it needs.", _CLEAN_PATH, USE_ITK_ELASTIX
    ),
    0xC000013A: ENDED,
    0xC0000142: _LIBRARY_MISSING,
    0xC0000374: CRASHED,
    0xC0000409: CRASHED,
    0xC0000428: FORBIDDEN,
    0xE06D7363: KnownEnd("Elastix gave up on an error of its own.", CHECK_ENGINE, USE_ITK_ELASTIX),
    0xFFFFFFFE: _NO_OUTPUT_FOLDER,
}

SILENT_END = KnownEnd("Elastix ended without a word on the cause.", CHECK_ENGINE, USE_ITK_ELASTIX)
SILENT_AFTER_PARAMETERS = KnownEnd(
    "Elastix ended without a word on the cause right after it had read the parameter files, as the one of Slicer 5.8 "
    "does on some computers with Windows.",
    "Choose another engine, {such_as_engine}.",
    USE_ITK_ELASTIX,
)
HIDDEN_CAUSE = KnownEnd(
    "Elastix failed, and its Python package kept the reason to itself.",
    "Run it with its log switched on, or choose another engine.",
)
NOTHING_WRITTEN = KnownEnd(
    "Elastix ended as if all were well, but its result is missing or incomplete, as happens on a full disk.",
    OTHER_PLACE,
)

_BAD_CPU_TYPE = 86  # EBADARCH of macOS, which the standard library does not name everywhere
# What the system says when it does not start a program; Python turns the codes of Windows into these.
START_ERRORS: dict[int, KnownEnd] = {
    errno.ENOENT: NOT_THERE,
    errno.ENOTDIR: NOT_THERE,
    errno.EACCES: FORBIDDEN,
    errno.EPERM: FORBIDDEN,
    errno.ENOEXEC: WRONG_KIND,
    _BAD_CPU_TYPE: WRONG_KIND,
    errno.ENOMEM: _OUT_OF_MEMORY,
}
# The same of Windows, where Python knows no better than "invalid argument".
WINDOWS_START_ERRORS: dict[int, KnownEnd] = {
    193: WRONG_KIND,
    216: WRONG_KIND,
    225: FORBIDDEN,  # a virus scanner
    226: FORBIDDEN,
    740: FORBIDDEN,  # wants the rights of an administrator
    1260: FORBIDDEN,  # a rule of the administrator
    1392: WRONG_KIND,
    4551: FORBIDDEN,  # application control
    14001: _LIBRARY_MISSING,
}
# What the system may lack for any program; another engine would not help.
LACKS_OF_THE_SYSTEM: dict[int, str] = {
    errno.EAGAIN: "Close other programs, because the system allows no further one, and run again.",
    errno.EMFILE: "Close other programs, or start this one anew, because too many files are open, and run again.",
    errno.ENFILE: "Close other programs, because too many files are open, and run again.",
    errno.E2BIG: "Start this program anew with fewer or shorter variables in its environment.",
    getattr(errno, "ETXTBSY", 26): "Wait until the installation has ended, and run again.",
}
NO_RUN_FOLDER = KnownEnd("The folder that elastix was to run in is not there any more.", OTHER_PLACE)
