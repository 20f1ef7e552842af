"""What the kernel says of processes: which descend from another, whether they live, what memory they have."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def descendants(pid: int) -> list[int]:
    """List the living children of a process, their children, and so on; zombies count as gone."""
    parents: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = status.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            parents.setdefault(int(parent), []).append(int(status.parent.name))
    found, places = [], [pid]
    while places:
        children = parents.get(places.pop(), [])
        found += children
        places += children
    return found


def readers(pid: int) -> list[int]:
    """List the reader processes that descend from a process."""
    return [child for origin in origins(pid) for child in descendants(origin)]


def origins(pid: int) -> list[int]:
    """List the processes that fork readers and descend from a process."""
    found = [child for child in descendants(pid) if b"sayso.engine.reader" in _command(child)]
    children = {child for origin in found for child in descendants(origin)}
    return [each for each in found if each not in children]


def zombies(pid: int) -> list[int]:
    """List what descends from a process and is dead and not waited for."""
    found, parents = [], {str(pid), *map(str, descendants(pid))}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = status.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state == "Z" and parent in parents:
            found.append(int(status.parent.name))
    return found


def resident(pid: int) -> int:
    """Tell the resident memory of a process and all that descend from it, in bytes."""
    return sum(_resident(each) for each in [pid, *descendants(pid)])


def becomes(condition: Callable[[], object], seconds: float = 30.0) -> bool:
    """Wait until something is so; tells whether it came to be, and gives up only when it is really stuck."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _resident(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))
