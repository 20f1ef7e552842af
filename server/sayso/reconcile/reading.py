"""What a reconciliation client sends, read from its JSON; whatever is not understood is a BadRequest with its place."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sayso.entities import BY_ID
from sayso.errors import BadRequest
from sayso.namespaces import ID, SAY
from sayso.reconcile.matching import Query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sayso.entities import Property

BATCH = 10  # queries in a request, as the manifest says
LARGEST_BATCH = 100  # older clients do not read the manifest
LONGEST_NAME = 500  # characters
LARGEST_LIMIT = 100


@dataclass(frozen=True)
class Extension:
    """Ask for properties of entities: each property with the most values to give, 0 for all (section 7)."""

    ids: tuple[str, ...]
    properties: tuple[tuple[Property, int], ...]


def queries(text: str) -> dict[str, Query]:
    """Read a batch of queries; raises BadRequest."""
    batch = _members(_json(text, "queries"), "queries")
    if len(batch) > LARGEST_BATCH:
        raise BadRequest(f"queries has {len(batch)} members: send at most {BATCH} in a request")
    return {key: _query(value, f"queries.{key}") for key, value in batch.items()}


def extension(text: str) -> Extension:
    """Read a data extension query; raises BadRequest."""
    asked = _members(_json(text, "extend"), "extend")
    ids = tuple(_text(each, "extend.ids") for each in _list(asked.get("ids"), "extend.ids"))
    wanted = [_members(each, "extend.properties") for each in _list(asked.get("properties"), "extend.properties")]
    return Extension(ids, tuple((_property(each.get("id"), "extend.properties"), _setting(each)) for each in wanted))


def limit(value: Any, place: str, default: int) -> int:
    """Read how many results are wanted; raises BadRequest where it is no whole number above 0."""
    if value is None:
        return default
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else value
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise BadRequest(f"{place} is {_shown(value)}: give a whole number above 0")
    return min(number, LARGEST_LIMIT)


def identifier(text: str) -> str:
    """Read the identifier of an entity, which may be given as its IRI."""
    return text.removeprefix(ID).removeprefix("id:")


def kind(text: str) -> str:
    """Read the name of a type, which may be given as its IRI."""
    return text.removeprefix(SAY).removeprefix("say:")


def _query(value: Any, place: str) -> Query:
    asked = _members(value, place)
    name = _text(asked.get("query"), f"{place}.query")
    if len(name) > LONGEST_NAME:
        raise BadRequest(f"{place}.query has {len(name)} characters: a name has at most {LONGEST_NAME}")
    strictness = asked.get("type_strict", "any")
    if strictness not in ("any", "all", "should"):
        raise BadRequest(f"{place}.type_strict is {_shown(strictness)}: give any, all or should")
    return Query(
        name,
        _kinds(asked.get("type"), f"{place}.type"),
        every=strictness == "all",
        strict=strictness != "should",
        limit=limit(asked.get("limit") or None, f"{place}.limit", 5),  # OpenRefine sends 0 for no limit of its own
        properties=_given(asked.get("properties"), f"{place}.properties"),
    )


def _kinds(value: Any, place: str) -> frozenset[str]:
    """Read types; one that is not known here fits nobody, and is no error: clients send those of other services."""
    if value is None or value == "":
        return frozenset()
    each = value if isinstance(value, list) else [value]
    return frozenset(kind(_text(one.get("id") if isinstance(one, dict) else one, place)) for one in each)


def _given(value: Any, place: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for each in _list(value or [], place):
        given = _members(each, place)
        pid = _text(given.get("pid"), f"{place}.pid")
        found[pid] = found.get(pid, ()) + tuple(_values(given.get("v"), f"{place}.v"))
    return found


def _values(value: Any, place: str) -> list[str]:
    texts = []
    for each in value if isinstance(value, list) else [value]:
        one = each.get("id", each.get("str", each.get("name"))) if isinstance(each, dict) else each
        if one is None or one == "":
            continue
        texts.append(identifier(one) if isinstance(one, str) else _number(one, place))
    return texts


def _number(value: Any, place: str) -> str:
    if not isinstance(value, int | float):
        raise BadRequest(f"{place} is {_shown(value)}: give a text, a number, or an object with an id")
    return str(value)


def _property(value: Any, place: str) -> Property:
    pid = _text(value, f"{place}.id")
    if pid not in BY_ID:
        raise BadRequest(f"{place}.id is {_shown(pid)}: this service knows {', '.join(BY_ID)}")
    return BY_ID[pid]


def _setting(wanted: Mapping[str, Any]) -> int:
    settings = _members(wanted.get("settings") or {}, "extend.properties.settings")
    given = settings.get("limit")
    return 0 if given in (None, "", 0, "0") else limit(given, "extend.properties.settings.limit", 0)


def _json(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"{place} is no JSON: {error}") from error


def _members(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRequest(f"{place} is {_shown(value)}: give a JSON object")
    return value


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise BadRequest(f"{place} is {_shown(value)}: give a JSON array")
    return value


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise BadRequest(f"{place} is {_shown(value)}: give a text")
    return value


def _shown(value: Any) -> str:
    return json.dumps(value)[:40]
