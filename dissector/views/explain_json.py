"""What `explain` says, for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dissector.views import explain
from dissector.views.apis import version_object
from structs import history, outline
from structs.fields import UNSET
from structs.grammar import Message
from structs.messages.releases import FORMER_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from structs.grammar import Data
    from structs.outline import Change, Shape


def to_json(schemas: Sequence[Data], version: int) -> str:
    """Return one version of an API's messages, or of a schema, as a JSON object.

    Of an API: `name`, `api_key`, `former_names`, `version`, `flexible`, `request_header`, `response_header` (their
    versions), `first_release`, `last_release` (null: it is still there), `gaps` (`dropped` by a release, `back` in
    another). Of a schema: `name`, `key` (the record type, or null), `version`, `flexible`. Both have `messages`:

    `name`, `side` and `header` (`name`, `version`, `fields`; null for a schema), `fields`, `changes` (from the version
    before), `early_layouts` (`release`, `changes`: what was different then).

    A field: `name`, `type` (as the protocol guide spells it; "STRUCT" has `fields`), `array`, `nullable`, `tag`,
    `meaning`, `payload` (what an embedded field holds), `values` (what numbers stand for), `default` (not there where
    it is the natural one: zero, empty, false), `fields`.

    A change: `change` ("flexible", "added", "removed", "changed"), `field` (its path), `before` and `after`.
    """
    described = {**_named(schemas[0]), **_version(schemas[0], version)}
    if isinstance(schemas[0], Message):
        described["gaps"] = [gap._asdict() for gap in history.gaps(schemas[0].api.key, version)]
    return _dump({**described, "messages": [_message(schema, version) for schema in schemas]})


def history_to_json(schemas: Sequence[Data]) -> str:
    """Return every version of an API, or of a schema, as a JSON object.

    `name`, and of an API `api_key` and `former_names`, then `versions`: what `to_json` says of a version, and `changes`
    from the one before, by the name of the message.
    """
    versions = [
        {
            **_version(schemas[0], version),
            "changes": {
                schema.name: [_change(change) for change in explain.changes(schema, version)] for schema in schemas
            },
        }
        for version in schemas[0].versions.each()
    ]
    return _dump({**_named(schemas[0]), "versions": versions})


def _dump(described: dict[str, Any]) -> str:
    return json.dumps(described, ensure_ascii=False, indent=2)


def _named(schema: Data) -> dict[str, Any]:
    if not isinstance(schema, Message):
        return {"name": schema.name, "key": schema.key}
    key = schema.api.key
    return {"name": schema.api.name, "api_key": key, "former_names": list(FORMER_NAMES.get(key, ()))}


def _version(schema: Data, version: int) -> dict[str, Any]:
    if isinstance(schema, Message):
        return version_object(schema.api, version)
    return {"version": version, "flexible": version in schema.flexible}


def _message(schema: Data, version: int) -> dict[str, Any]:
    side = header = None
    if isinstance(schema, Message):
        side = schema.side
        number, layout = explain.header(schema, version)
        name = f"{side.capitalize()}Header"
        header = {"name": name, "version": number, "fields": _fields(outline.shapes(layout))}
    return {
        "name": schema.name,
        "side": side,
        "header": header,
        "fields": _fields(outline.shapes(schema.at(version))),
        "changes": [_change(change) for change in explain.changes(schema, version)],
        "early_layouts": [
            {"release": release, "changes": [_change(change) for change in found]}
            for release, found in explain.early_layouts(schema, version)
        ],
    }


def _fields(shapes: Iterable[Shape]) -> list[dict[str, Any]]:
    return [_field(shape) for shape in shapes]


def _field(shape: Shape) -> dict[str, Any]:
    field = _alone(shape)
    return {**field, "fields": _fields(shape.fields)} if shape.kind == outline.STRUCT else field


def _alone(shape: Shape) -> dict[str, Any]:
    """Return a field without those inside of it."""
    meaning = explain.meaning_of(shape)
    field: dict[str, Any] = {
        "name": shape.name,
        "type": shape.spelling,
        "array": shape.is_array,
        "nullable": shape.is_nullable,
        "tag": shape.tag,
        "meaning": meaning.name if meaning is not None else None,
    }
    if meaning is not None and meaning.detail:
        field["payload"] = meaning.detail
    if values := explain.values(shape):
        field["values"] = {str(number): name for number, name in values.items()}
    if shape.default is not UNSET:
        field["default"] = shape.default.hex() if isinstance(shape.default, bytes) else shape.default
    return field


def _change(change: Change) -> dict[str, Any]:
    described: dict[str, Any] = {"change": change.kind}
    if change.path:
        described["field"] = change.path
    if change.before is not None:
        described["before"] = _alone(change.before)
    if change.after is not None:
        described["after"] = _alone(change.after)
    return described
