"""Write files so that either all of a file is there or nothing of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A place to write to that becomes the file where writing comes to its end, and is gone where it does not.

    :param path: the file, an older one is replaced; where it is a link, what that leads to is written.
    :returns: a place in the same folder, whose name has the same ending.
    :raises OSError: it cannot become the file; what is raised in writing passes through.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with whole_file(Path(folder) / "knee.txt") as partial:
    ...         _ = partial.write_text("whole", encoding="utf-8")
    ...     [(file.name, file.read_text(encoding="utf-8")) for file in Path(folder).iterdir()]
    [('knee.txt', 'whole')]
    """
    path = path.resolve()
    partial = path.with_name(f".{uuid.uuid4().hex[:8]}.partial.{path.name}")
    try:
        yield partial
        partial.replace(path)
    finally:
        with suppress(OSError):  # it has become the file, or the folder is gone, or its disk read-only by now
            partial.unlink()
