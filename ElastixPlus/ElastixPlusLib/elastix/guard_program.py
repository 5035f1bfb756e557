"""Clean up after a host that has died: a program of its own, run by its file path beside a registration.

Usage::

    python guard_program.py FOLDER DEVICE INODE

Its standard input is a pipe that nobody but the host can write to. The host says in it, one to a line, which process
group runs (``+123``), which does not any more (``-123``), and that the run folder is to stay (``keep``). When a run is
over, the host kills this program. So the end of the input means that the host itself has ended without having cleaned
up: then what runs is ended, and the run folder is removed, which is known by its device and inode.

This file imports nothing of ElastixPlus, and only what Python has loaded anyway when it starts: a run should not have
to share its processor for longer than that. POSIX only.
"""

from __future__ import annotations

import os
import sys
import time

PREFIX = "elastixplus-"
SIGTERM, SIGKILL = 15, 9  # the same on all systems, and without loading the module of their names
TERMINATION_SECONDS = 0.4
KILL_SECONDS = 2.0
REMOVAL_ATTEMPTS = 8
REMOVAL_PAUSE_SECONDS = 0.1
LONGEST_NEWS_BYTES = 1_000_000


def news_until_the_end(descriptor: int) -> bytes:
    """Read all that the host says until it ends; what nobody can have meant to say is dropped."""
    news = b""
    while chunk := os.read(descriptor, 4096):
        news = (news + chunk)[-LONGEST_NEWS_BYTES:]
    return news


def what_is_left(news: bytes) -> tuple[set[int], bool]:
    """Read what the host has said.

    :returns: the process groups that run, and whether the run folder is to stay.

    >>> what_is_left(b"+12\\n+14\\n-12\\nkeep\\n")
    ({14}, True)
    """
    groups: set[int] = set()
    keep = False
    for line in news.split(b"\n")[:-1]:
        keep = keep or line == b"keep"
        sign, digits = line[:1], line[1:]
        # 0 and 1 mean other things to the system than a group.
        if sign in (b"+", b"-") and digits.isdigit() and len(digits) < 11 and (number := int(digits)) > 1:
            (groups.add if sign == b"+" else groups.discard)(number)
    return groups, keep


def end_groups(groups: set[int]) -> None:
    """Ask process groups to end, then make them."""
    for number, seconds in ((SIGTERM, TERMINATION_SECONDS), (SIGKILL, KILL_SECONDS)):
        left = [group for group in groups if signalled(group, number)]
        deadline = time.monotonic() + seconds
        while left and time.monotonic() < deadline:
            time.sleep(0.01)
            left = [group for group in left if signalled(group, 0)]


def signalled(group: int, number: int) -> bool:
    """Send a signal to a process group; 0 only asks.

    :returns: whether there is anything left of the group.
    """
    try:
        os.killpg(group, number)
    except OSError:
        return False
    return True


def remove(folder: str, identity: tuple[int, int]) -> None:
    """Remove a run folder, and nothing else: neither what took its place nor what a link in it leads to.

    :param identity: device and inode.
    """
    if not os.path.basename(folder).startswith(PREFIX):
        return
    for _ in range(REMOVAL_ATTEMPTS):
        try:
            opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            return
        try:
            status = os.fstat(opened)
            if (status.st_dev, status.st_ino) != identity:
                return
            empty(opened)
            os.rmdir(folder)  # refuses whatever is not empty
            return
        except OSError:
            time.sleep(REMOVAL_PAUSE_SECONDS)
        finally:
            os.close(opened)


def empty(opened: int) -> None:
    """Remove what is in an open folder; names are looked up in what is open, so that no link leads out of it."""
    for _, folders, files, place in os.fwalk(".", topdown=False, dir_fd=opened):
        os.fchmod(place, 0o700)
        for name in (*folders, *files):
            for removing in (os.unlink, os.rmdir):
                try:
                    removing(name, dir_fd=place)
                    break
                except OSError:
                    continue


def main(arguments: list[str]) -> None:
    """Wait for the end of the host and clean up."""
    folder, device, inode = arguments
    groups, keep = what_is_left(news_until_the_end(0))
    end_groups(groups)
    if not keep:
        remove(folder, (int(device), int(inode)))


if __name__ == "__main__":
    main(sys.argv[1:])
