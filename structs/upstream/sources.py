"""The official jars that the declarations are written from: which ones, their checksums, and how to get them."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from structs.upstream import variants
from structs.upstream.definitions import read_jar
from structs.upstream.merge import number_records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structs.upstream.definitions import Definitions

LISTING: Final = Path(__file__).with_name("sources.toml")
GROUP: Final = "org.apache.kafka"

SAYS: Final = {
    "kept": "What later releases dropped is read from these, oldest first.",
    "newest": "The newest release: where it defines a version, it is right.",
    "early": "Layouts that version numbers had once and have no more are read from these, oldest first.",
}


class SourceError(Exception):
    """A jar is missing, cannot be fetched, or is not the one that is listed."""


class Jar(NamedTuple):
    """An official jar, by its Maven coordinates."""

    artifact: str
    version: str
    sha256: str

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{self.artifact}-{self.version}.jar"

    @property
    def line(self) -> str:
        """The release line that it belongs to, as in "4.4"."""
        return ".".join(self.version.split(".")[:2])

    @property
    def module(self) -> str:
        """The part of Kafka that it holds."""
        return self.artifact.removeprefix("kafka-")


class Sources(NamedTuple):
    """The jars, by what they are read for."""

    kept: list[Jar]
    newest: list[Jar]
    early: list[Jar]

    def jars(self) -> Iterator[Jar]:
        """Yield every jar once."""
        yield from dict.fromkeys([*self.kept, *self.newest, *self.early])

    @property
    def release(self) -> str:
        """The newest release line, as in "4.4"."""
        return next(jar.line for jar in self.newest if jar.module == "clients")


def read_listing(path: Path = LISTING) -> Sources:
    """Read the list of jars."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    return Sources(**{name: [Jar(**entry) for entry in document[name]] for name in SAYS})


def render_listing(sources: Sources) -> str:
    """Return the text of the list of jars."""
    lines = [
        f"# The official jars that structs/messages is written from: Maven coordinates (group {GROUP}) and checksums.",
        "# `python -m structs.upstream fetch` brings them, `release VERSION` moves the newest ones to another release.",
    ]
    for name, jars in sources._asdict().items():
        entries = [
            f'  {{ artifact = "{jar.artifact}", version = "{jar.version}", sha256 = "{jar.sha256}" }},' for jar in jars
        ]
        lines += ["", f"# {SAYS[name]}", f"{name} = [", *entries, "]"]
    return "\n".join([*lines, ""])


def move(sources: Sources, newest: list[Jar], cache: Path) -> Sources:
    """Return the sources with other newest jars; one of the former that these do not replace is read on."""
    after = _read(newest, cache)
    kept, early = list(sources.kept), list(sources.early)
    for jar in sources.newest:
        before = _read([jar], cache)
        shared = {identity: definition for identity, definition in before.items() if identity in after}
        if shared.keys() != before.keys() or any(
            not after[identity].versions.covers(definition.versions) for identity, definition in shared.items()
        ):
            kept.append(jar)
        if variants.find(after, [(jar.line, shared)]):
            early.append(jar)
    return Sources(kept, newest, early)


def read_layers(sources: Sources, cache: Path) -> list[Definitions]:
    """Return the definitions to lay over one another, oldest first; raise SourceError where a jar is missing."""
    return [*(definitions for _, definitions in _read_lines(sources.kept, cache)), _read(sources.newest, cache)]


def read_early(sources: Sources, cache: Path) -> list[tuple[str, Definitions]]:
    """Return the definitions of the early jars with their release lines, oldest first."""
    return _read_lines(sources.early, cache)


def fetch(jar: Jar, cache: Path) -> Path:
    """Bring a jar into the cache with Maven, unless it is there; return its path."""
    path = cache / jar.name
    if not path.exists():
        maven = shutil.which("mvn")
        if maven is None:
            raise SourceError(f"{jar.name} is not in {cache}, and there is no Maven (mvn) to fetch it with")
        command = [maven, "--quiet", "--batch-mode", "dependency:copy", f"-DoutputDirectory={cache.absolute()}"]
        coordinates = f"{GROUP}:{jar.artifact}:{jar.version}"
        done = subprocess.run([*command, f"-Dartifact={coordinates}"], capture_output=True, check=False)  # noqa: S603
        if done.returncode or not path.exists():
            raise SourceError(f"Maven does not find {coordinates}")
    return path


def checksum(path: Path) -> str:
    """Return a file's SHA-256 in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def missing(sources: Sources, cache: Path) -> list[str]:
    """Return the names of the jars that the cache lacks."""
    return [jar.name for jar in sources.jars() if not (cache / jar.name).exists()]


def _read_lines(jars: list[Jar], cache: Path) -> list[tuple[str, Definitions]]:
    lines: dict[str, list[Jar]] = {}
    for jar in jars:
        lines.setdefault(jar.line, []).append(jar)
    return [(line, _read(members, cache)) for line, members in lines.items()]


def _read(jars: list[Jar], cache: Path) -> Definitions:
    found: Definitions = {}
    for jar in jars:
        path = cache / jar.name
        if not path.exists():
            raise SourceError(f"{path} is missing: run `python -m structs.upstream fetch`")
        if checksum(path) != jar.sha256:
            raise SourceError(f"{path} is not the jar that {LISTING.name} lists: its checksum differs")
        found |= read_jar(path, jar.module)
    return number_records(found)
