"""The official jars that the declarations are written from: which ones, their checksums, and how to get them."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from structs.upstream.definitions import read_jar
from structs.upstream.merge import number_records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structs.upstream.definitions import Definitions

LISTING: Final = Path(__file__).with_name("sources.toml")
GROUP: Final = "org.apache.kafka"

# Oldest first: each is laid over the one before. What the early jars have beside that is kept as variants.
LAYERS: Final = {
    "removed": "Schemas that had left the source before the floors' release.",
    "floors": "The last release that defines every API from version 0 on.",
    "newest": "The newest release: where it defines a version, it is right.",
}
EARLY: Final = "Releases in which version numbers had layouts that they have no more."


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
    def module(self) -> str:
        """The part of Kafka that it holds."""
        return self.artifact.removeprefix("kafka-")


class Sources(NamedTuple):
    """The jars of every layer, and the early ones, oldest first."""

    layers: dict[str, list[Jar]]
    early: list[Jar]

    def jars(self) -> Iterator[Jar]:
        """Yield every jar once."""
        every = [*self.early, *(jar for layer in self.layers.values() for jar in layer)]
        yield from dict.fromkeys(every)

    @property
    def release(self) -> str:
        """The newest release line, as in "4.4"."""
        newest = next(jar for jar in self.layers["newest"] if jar.module == "clients")
        return ".".join(newest.version.split(".")[:2])


def read_listing(path: Path = LISTING) -> Sources:
    """Read the list of jars."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    return Sources(
        layers={layer: [Jar(**entry) for entry in document[layer]] for layer in LAYERS},
        early=[Jar(**entry) for entry in document["early"]],
    )


def render_listing(sources: Sources) -> str:
    """Return the text of the list of jars."""
    lines = [
        f"# The official jars that structs/messages is written from: Maven coordinates (group {GROUP}) and checksums.",
        "# `python -m structs.upstream fetch` brings them, `release VERSION` moves the newest ones to another release.",
    ]
    for name, says, jars in [
        *((layer, says, sources.layers[layer]) for layer, says in LAYERS.items()),
        ("early", EARLY, sources.early),
    ]:
        entries = [
            f'  {{ artifact = "{jar.artifact}", version = "{jar.version}", sha256 = "{jar.sha256}" }},' for jar in jars
        ]
        lines += ["", f"# {says}", f"{name} = [", *entries, "]"]
    return "\n".join([*lines, ""])


def read_layers(sources: Sources, cache: Path) -> list[Definitions]:
    """Return the definitions of each layer, oldest first; raise SourceError where a jar is missing."""
    return [_read(jars, cache) for jars in sources.layers.values()]


def read_early(sources: Sources, cache: Path) -> list[tuple[str, Definitions]]:
    """Return the definitions of the early jars with their release lines, oldest first."""
    lines: dict[str, list[Jar]] = {}
    for jar in sources.early:
        lines.setdefault(".".join(jar.version.split(".")[:2]), []).append(jar)
    return [(line, _read(jars, cache)) for line, jars in lines.items()]


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
