"""Findings: what a check found, where, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Level = Literal["violation", "warning", "info"]
LEVELS: tuple[Level, ...] = ("violation", "warning", "info")


@dataclass(frozen=True, order=True)
class Finding:
    """Be something that a check found: a place in a file, a level, and a message that says what to do."""

    file: str
    line: int
    level: Level
    message: str
    column: int | None = None
    rule: str = field(default="", compare=False)

    def __str__(self) -> str:
        """Write it as compilers do: file:line: level: message."""
        column = f":{self.column}" if self.column is not None else ""
        return f"{self.file}:{self.line}{column}: {self.level}: {self.message}"
