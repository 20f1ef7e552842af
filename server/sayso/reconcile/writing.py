"""What a reconciliation client is answered, as JSON: Reconciliation API 0.2, section by section."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sayso import names
from sayso.entities import KINDS, PROPERTIES
from sayso.namespaces import ID, SAY
from sayso.reconcile import matching
from sayso.reconcile.reading import BATCH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sayso.entities import Entities, Entity, Property, Value
    from sayso.reconcile.matching import Candidate, Query
    from sayso.reconcile.reading import Extension

PREVIEW_WIDTH, PREVIEW_HEIGHT = 420, 280
SUGGESTED = 20
LEAST_SUGGESTED = 55.0  # a prefix is a part of a name, and parts count less


def manifest(address: str, version: int) -> dict[str, Any]:
    """Describe the service at an address, without a slash at its end (section 4)."""
    service = f"{address}/reconcile"
    return {
        "versions": ["0.1", "0.2"],
        "name": "Sayso: people, organizations, places and posts in the articles",
        "identifierSpace": ID,
        "schemaSpace": SAY,
        "documentation": f"{address}/",
        "serviceVersion": str(version),
        "defaultTypes": [_type(kind) for kind in KINDS],
        "batchSize": BATCH,
        "view": {"url": f"{address}/id/{{{{id}}}}"},
        "preview": {"url": f"{service}/preview?id={{{{id}}}}", "width": PREVIEW_WIDTH, "height": PREVIEW_HEIGHT},
        "suggest": {
            kind: {
                "service_url": service,
                "service_path": f"/suggest/{kind}",
                "flyout_service_url": service,
                "flyout_service_path": f"/flyout/{kind}?id=${{id}}",
            }
            for kind in ("entity", "type", "property")
        },
        "extend": {
            "propose_properties": {"service_url": service, "service_path": "/extend/propose"},
            "property_settings": [
                {
                    "name": "limit",
                    "label": "Values",
                    "type": "number",
                    "default": 0,
                    "help_text": "At most so many values a row; 0 for all",
                }
            ],
        },
    }


def results(batch: Mapping[str, Query], entities: Entities) -> dict[str, Any]:
    """Answer a batch of queries (section 5)."""
    return {
        key: {"result": [_candidate(each) for each in matching.candidates(query, entities)]}
        for key, query in batch.items()
    }


def suggested_entities(prefix: str, kind: str, limit: int, entities: Entities) -> dict[str, Any]:
    """Complete the name of an entity (section 6.1): what begins with the prefix first, then what is like it."""
    folded = names.fold(prefix)
    begin = [
        each for each in entities.by_id.values() if folded and any(_begins(folded, name.text) for name in each.names)
    ]
    like = [entities.by_id[each.owner] for each in entities.names.like(prefix, LEAST_SUGGESTED)]
    found = (each for each in dict.fromkeys(each.id for each in [*sorted(begin, key=_label), *like]))
    kept = [entities.by_id[each] for each in found if not kind or kind in entities.by_id[each].kinds]
    return {"result": [_suggestion(each) for each in kept[:limit]]}


def suggested_types(prefix: str, limit: int) -> dict[str, Any]:
    """Complete the name of a type (section 6.2)."""
    return {"result": [_type(kind) for kind, name in KINDS.items() if _contains(name, prefix)][:limit]}


def suggested_properties(prefix: str, limit: int) -> dict[str, Any]:
    """Complete the name of a property (section 6.3)."""
    found = (each for each in PROPERTIES if _contains(each.name, prefix) or _contains(each.id, prefix))
    return {"result": [_named(each) | {"description": each.meaning} for each in found][:limit]}


def proposed(kind: str, limit: int) -> dict[str, Any]:
    """Propose the properties that entities of a type can be extended with (section 7.2)."""
    found = [_named(each) for each in PROPERTIES if not kind or kind in each.kinds or kind not in KINDS]
    return {"type": kind, "limit": limit, "properties": found[:limit]}


def extended(asked: Extension, entities: Entities, known_as: Mapping[str, str]) -> dict[str, Any]:
    """Give the values of properties (section 7.3); `known_as` are the entities' identifiers by those that were sent."""
    return {
        "meta": [_named(wanted) | _values_type(wanted) for wanted, _ in asked.properties],
        "rows": {
            sent: {
                wanted.id: [
                    _value(wanted, value) for value in _values(entities.by_id.get(own), wanted)[: limit or None]
                ]
                for wanted, limit in asked.properties
            }
            for sent, own in known_as.items()
        },
    }


def _candidate(found: Candidate) -> dict[str, Any]:
    features: list[dict[str, Any]] = [
        {"id": "name_likeness", "value": round(found.likeness, 1)},
        {"id": "same_name", "value": found.likeness == names.CERTAIN},
        {"id": "type", "value": found.of_kind},
        *({"id": each, "value": agrees} for each, agrees in found.agreeing.items()),
    ]
    return {
        "id": found.entity.id,
        "name": found.entity.label,
        "description": found.reason,
        "type": [_type(kind) for kind in found.entity.kinds],
        "score": found.score,
        "match": found.match,
        "features": features,
    }


def _suggestion(entity: Entity) -> dict[str, Any]:
    others = dict.fromkeys(name.text for name in entity.names if name.text != entity.label)
    described = ", ".join([KINDS[entity.kinds[0]], *others])
    notable = [_type(kind) for kind in entity.kinds]
    return {"id": entity.id, "name": entity.label, "description": described, "notable": notable}


def _values(entity: Entity | None, wanted: Property) -> tuple[Value, ...]:
    return () if entity is None else entity.of(wanted)


def _value(wanted: Property, value: Value) -> dict[str, Any]:
    if wanted.count:
        return {"int": int(value.text)}
    return {"str": value.text} if value.id is None else {"id": value.id, "name": value.text}


def _values_type(wanted: Property) -> dict[str, Any]:
    return {"type": _type("Post")} if wanted.id == "post" else {}


def _type(kind: str) -> dict[str, str]:
    return {"id": kind, "name": KINDS[kind]}


def _named(wanted: Property) -> dict[str, Any]:
    return {"id": wanted.id, "name": wanted.name}


def _label(entity: Entity) -> str:
    return entity.label


def _begins(folded: str, name: str) -> bool:
    return f" {names.fold(name)}".find(f" {folded}") >= 0


def _contains(name: str, prefix: str) -> bool:
    return prefix.casefold() in name.casefold()
