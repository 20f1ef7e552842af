"""Findings: what a check found, where, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sayso.shacl.report import Result

Level = Literal["violation", "warning", "info"]
LEVELS: tuple[Level, ...] = ("violation", "warning", "info")


@dataclass(frozen=True)
class Finding:
    """Be something that a check found: a place in a file, a level, and a message that says what to do.

    `line` and `column` count from 1; `column` is None where only the line is known. `rule` is the IRI of the shape, or
    the name of a check that is no shape; `result` is the validation result, where there is one.
    """

    file: str
    line: int
    level: Level
    message: str
    column: int | None = None
    rule: str = field(default="", compare=False)
    hint: str = field(default="", compare=False)
    result: Result | None = field(default=None, compare=False)

    def __lt__(self, other: Finding) -> bool:
        """Stand before another by file, line, column, level and message."""
        return self._order < other._order

    def __str__(self) -> str:
        """Write it as compilers do: file:line:column: level: message."""
        column = f":{self.column}" if self.column is not None else ""
        return f"{self.file}:{self.line}{column}: {self.level}: {self.message}"

    @property
    def _order(self) -> tuple[object, ...]:
        return self.file, self.line, self.column or 0, LEVELS.index(self.level), self.message, self.rule
