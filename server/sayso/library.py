"""Where the mapped material is: ontology/, data/ and queries/ in a project, a checkout or the installed wheel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sayso.errors import ProjectMissing

FOLDERS = ("ontology", "data", "queries")


@dataclass(frozen=True)
class Project:
    """Point to one folder that holds the three folders of a graph."""

    root: Path

    @property
    def ontology(self) -> Path:
        """Give the folder of the ontology, the vocabulary and the shapes."""
        return self.root / "ontology"

    @property
    def data(self) -> Path:
        """Give the folder of the articles, the entities, the passages and the links."""
        return self.root / "data"

    @property
    def queries(self) -> Path:
        """Give the folder of the questions."""
        return self.root / "queries"

    @property
    def shapes(self) -> Path:
        """Give the file of the SHACL shapes."""
        return self.ontology / "shapes.ttl"


def find(given: Path | None = None) -> Project:
    """Find the project to work on.

    The folder `given`, if any; else the current folder if it holds the three folders; else what is shipped.
    Raises ProjectMissing where the folder given lacks one of them.
    """
    if given is not None:
        return _require(given)
    here = Path()
    return Project(here) if _missing(here) == [] else shipped()


def shipped() -> Project:
    """Find the material that comes with Sayso: inside the installed package, else beside `server/` in a checkout."""
    package = Path(__file__).parent
    return Project(package) if _missing(package) == [] else _require(package.parents[1])


def _require(root: Path) -> Project:
    missing = _missing(root)
    if missing:
        raise ProjectMissing(f"{root} is no Sayso project: it has no folder {', '.join(missing)}")
    return Project(root)


def _missing(root: Path) -> list[str]:
    return [name for name in FOLDERS if not (root / name).is_dir()]
