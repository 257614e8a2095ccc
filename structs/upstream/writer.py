"""The declarations as text: one module per API, a handful for the payloads that travel inside messages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from structs import grammar
from structs.upstream.definitions import UNSET
from structs.upstream.meanings import term
from structs.upstream.naming import constant_name, field_name
from structs.versions import Versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from structs.upstream.definitions import Definition, Field

NOTATION = frozenset(name for name in vars(grammar) if name[0].isupper())


class Row(NamedTuple):
    """One declared field: its name, its type, and what stands in the type's brackets."""

    name: str
    type: str
    array: bool
    arguments: tuple[str, ...]
    struct: str | None  # the struct that the type names

    def text(self, rename: Callable[[str], str]) -> str:
        """Return the field as it stands in the module, its struct's name replaced."""
        kind = self.type if self.struct is None else rename(self.struct)
        if self.array:
            return f'"{self.name}" / Array({", ".join((kind, *self.arguments))})'
        return f'"{self.name}" / {kind}' + (f"({', '.join(self.arguments)})" if self.arguments else "")


class Declaration:
    """The rows of one definition and of its structs, windows narrowed to what they say beyond the enclosing struct."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.notation: set[str] = set()
        self.structs: dict[str, tuple[Row, ...]] = {}  # each before the first that names it
        self._windows = _windows(definition)
        self.rows = self._rows(definition.name, definition.fields, definition.versions)

    def signature(self, struct: str) -> object:
        """Return what makes two structs of one name the same: their rows, and those of their structs."""
        return [(row, self.signature(row.struct) if row.struct else None) for row in self.structs[struct]]

    def _rows(self, owner: str, fields: Iterable[Field], enclosing: Versions) -> tuple[Row, ...]:
        return tuple(self._row(owner, field, enclosing) for field in fields if field.versions & enclosing)

    def _row(self, owner: str, field: Field, enclosing: Versions) -> Row:
        name = field_name(field.name)
        arguments = _arguments(field, enclosing)
        if field.array:
            self.notation.add("Array")
        if field.is_struct:
            self.notation.add("Struct")
            if field.type not in self.structs:
                members = self.definition.structs[field.type]
                self.structs[field.type] = self._rows(field.type, members, self._windows[field.type])
            return Row(name, field.type, field.array, arguments, struct=field.type)
        kind = term(field, self.definition.name, owner)
        self.notation.update(kind.names)
        return Row(name, kind.text, field.array, arguments, struct=None)


def api_module(request: Definition, response: Definition) -> str:
    """Return the module that declares an API."""
    title = f"{_api_name(request)} (API key {request.key})."
    return _module(title, [request, response], prefixes=["Request", "Response"])


def schema_module(title: str, definitions: Sequence[Definition]) -> str:
    """Return a module that declares several schemas."""
    return _module(title, definitions, prefixes=[definition.name for definition in definitions])


def index(modules: Mapping[int, str], data: Mapping[str, str]) -> str:
    """Return structs/messages/__init__.py."""
    return "\n".join(
        [
            '"""Kafka\'s messages: one module per API, and under data/ the payloads that travel inside them.',
            "",
            "Declarations only, written by `python -m structs.upstream write` from Kafka's official definitions;",
            "structs/grammar.py says how to read them.",
            '"""',
            "",
            "# API key -> module",
            "MODULES: dict[int, str] = {",
            *(f'    {key}: "{modules[key]}",' for key in sorted(modules)),
            "}",
            "",
            "# schema -> module",
            "DATA: dict[str, str] = {",
            *(f'    "{name}": "{data[name]}",' for name in sorted(data)),
            "}",
            "",
        ]
    )


def variants_index(variants: Mapping[str, Sequence[Definition]]) -> str:
    """Return structs/messages/variants/__init__.py; modules come oldest first."""
    messages: dict[tuple[int, int, str], list[str]] = {}
    schemas: dict[tuple[str, int], list[str]] = {}
    for module, definitions in variants.items():
        for definition in definitions:
            for version in definition.versions.each():
                if definition.kind in ("request", "response") and definition.key is not None:
                    messages.setdefault((definition.key, version, definition.kind), []).insert(0, module)
                else:
                    schemas.setdefault((definition.name, version), []).insert(0, module)
    return "\n".join(
        [
            '"""Layouts that a version number had in an early release and has no more.',
            "",
            "A reader tries the declaration in structs/messages first, and these where it does not take every byte.",
            '"""',
            "",
            "# (API key, version, side) -> modules, the latest layout first",
            "MESSAGES: dict[tuple[int, int, str], tuple[str, ...]] = {",
            *(
                f'    ({key}, {version}, "{side}"): {_tuple(messages[key, version, side])},'
                for key, version, side in sorted(messages)
            ),
            "}",
            "",
            "# (schema, version) -> modules, the latest layout first",
            "SCHEMAS: dict[tuple[str, int], tuple[str, ...]] = {",
            *(f'    ("{name}", {version}): {_tuple(schemas[name, version])},' for name, version in sorted(schemas)),
            "}",
            "",
        ]
    )


def spell(window: Versions, enclosing: Versions) -> str:
    """Spell a window as Kafka does: open where it reaches the enclosing one's end, empty where it narrows nothing."""
    if window == enclosing:
        return ""
    return f"{window.lowest}+" if window.highest == enclosing.highest else str(window)


def _flexible(definition: Definition) -> str:
    flexible = definition.flexible & definition.versions
    return f"{flexible.lowest}+" if flexible else "none"


def _arguments(field: Field, enclosing: Versions) -> tuple[str, ...]:
    window = field.versions & enclosing
    arguments = []
    if spelled := spell(window, enclosing):
        arguments.append(f'"{spelled}"')
    if nullable := field.nullable & window:
        spelled = spell(nullable, window)
        arguments.append(f'nullable="{spelled}"' if spelled else "nullable=True")
    if field.default is None:
        if not nullable:
            raise ValueError(f"{field.name}: null is the default of a field that is never null")
        arguments.append("default=None")
    elif field.default is not UNSET and field.default not in (0, ""):
        text = json.dumps(field.default) if isinstance(field.default, str) else repr(field.default)
        arguments.append(f"default={text}")
    if field.tag is not None:
        arguments.append(f"tag={field.tag}")
    return tuple(arguments)


def _windows(definition: Definition) -> dict[str, Versions]:
    """Return the versions in which each struct is used, all its uses taken together."""
    windows: dict[str, Versions] = {}

    def visit(fields: Iterable[Field], enclosing: Versions) -> None:
        for field in fields:
            used = field.versions & enclosing
            if field.is_struct and used:
                known = windows.get(field.type, used)
                lowest, highest = min(known.lowest, used.lowest), max(known.highest or 0, used.highest or 0)
                windows[field.type] = Versions(lowest, highest)
                visit(definition.structs[field.type], used)

    visit(definition.fields, definition.versions)
    return windows


class _StructNames:
    """The structs of one module: equal ones are declared once, different ones of one name get a prefix."""

    def __init__(self, declarations: Sequence[Declaration], prefixes: Sequence[str]) -> None:
        self._prefixes = {id(declaration): prefix for declaration, prefix in zip(declarations, prefixes, strict=True)}
        taken = NOTATION | {declaration.definition.name for declaration in declarations}
        signatures: dict[str, object] = {}
        self._ambiguous: set[str] = set()
        for declaration in declarations:
            for name in declaration.structs:
                signature = declaration.signature(name)
                if name in taken or signatures.setdefault(name, signature) != signature:
                    self._ambiguous.add(name)
        self._declared: set[str] = set()

    def declare(self, declaration: Declaration) -> Iterator[str]:
        """Yield the structs that a declaration needs and that are not declared yet."""
        rename = self._rename(declaration)
        for name, rows in declaration.structs.items():
            if rename(name) not in self._declared:
                self._declared.add(rename(name))
                yield from _block(rename(name), "Struct", [row.text(rename) for row in rows])

    def fields(self, declaration: Declaration) -> list[str]:
        """Return the declaration's own fields."""
        rename = self._rename(declaration)
        return [row.text(rename) for row in declaration.rows]

    def _rename(self, declaration: Declaration) -> Callable[[str], str]:
        prefix = self._prefixes[id(declaration)]
        return lambda name: prefix + name if name in self._ambiguous else name


def _module(title: str, definitions: Sequence[Definition], prefixes: Sequence[str]) -> str:
    declarations = [Declaration(definition) for definition in definitions]
    structs = _StructNames(declarations, prefixes)
    notation: set[str] = set()
    apis: dict[str, str] = {}
    lines: list[str] = []
    for declaration in declarations:
        definition = declaration.definition
        notation |= declaration.notation
        if definition.kind in ("request", "response"):
            notation.add("Api")
            constant = constant_name(_api_name(definition))
            api = _api(constant, definition)
            if constant not in apis:
                lines += [api] if not lines else ["", api]
            if apis.setdefault(constant, api) != api:
                raise ValueError(f"{_api_name(definition)}: request and response differ in their versions")
            lines += structs.declare(declaration)
            lines += _block(definition.name, f"{constant}.{definition.kind}", structs.fields(declaration))
        else:
            notation.add("Data")
            lines += structs.declare(declaration)
            lines += _block(definition.name, "Data", _data_arguments(definition, structs.fields(declaration)))
    return "\n".join(
        [f'"""{title}"""', "", f"from structs.grammar import {', '.join(sorted(notation))}", "", *lines, ""]
    )


def _api_name(definition: Definition) -> str:
    return definition.name.removesuffix(definition.kind.capitalize())


def _api(constant: str, definition: Definition) -> str:
    """Return the header line of an API."""
    name, versions, flexible = _api_name(definition), definition.versions, _flexible(definition)
    return f'{constant} = Api("{name}", key={definition.key}, versions="{versions}", flexible="{flexible}")'


def _data_arguments(definition: Definition, fields: Sequence[str]) -> list[str]:
    arguments = [f'"{definition.name}"', *fields, f'versions="{definition.versions}"']
    if (flexible := _flexible(definition)) != "none":
        arguments.append(f'flexible="{flexible}"')
    if definition.key is not None:
        arguments.append(f"key={definition.key}")
    return arguments


def _tuple(names: Sequence[str]) -> str:
    return "(" + ", ".join(f'"{name}"' for name in names) + ("," if len(names) == 1 else "") + ")"


def _block(name: str, call: str, arguments: Sequence[str]) -> list[str]:
    if not arguments:
        return ["", f"{name} = {call}()"]
    return ["", f"{name} = {call}(", *(f"    {argument}," for argument in arguments), ")"]
