"""The list of jars: what it must say, and what happens where a jar is not what it says."""

from __future__ import annotations

import hashlib
import re
import zipfile
from typing import TYPE_CHECKING

import pytest

from structs.upstream import sources
from structs.upstream.sources import LISTING, Jar, SourceError, Sources

if TYPE_CHECKING:
    from pathlib import Path

THING = '{"name": "ThingRecord", "type": "data", "validVersions": "0", "fields": []}'


@pytest.fixture
def jar(tmp_path: Path) -> Jar:
    """A jar with one definition in a cache that is `tmp_path`."""
    path = tmp_path / "kafka-clients-4.4.1.jar"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("common/message/ThingRecord.json", THING)
    return Jar("kafka-clients", "4.4.1", hashlib.sha256(path.read_bytes()).hexdigest())


def listing(*newest: Jar, early: tuple[Jar, ...] = ()) -> Sources:
    return Sources({"removed": [], "floors": [], "newest": list(newest)}, list(early))


def test_the_committed_list_is_what_the_command_would_write() -> None:
    assert sources.render_listing(sources.read_listing()) == LISTING.read_text()


def test_every_listed_jar_has_coordinates_and_a_checksum() -> None:
    for jar in sources.read_listing().jars():
        assert re.fullmatch(r"kafka-[a-z-]+", jar.artifact)
        assert re.fullmatch(r"\d+\.\d+\.\d+", jar.version)
        assert re.fullmatch(r"[0-9a-f]{64}", jar.sha256)


def test_a_jar_that_is_listed_twice_is_fetched_once(jar: Jar) -> None:
    assert list(listing(jar, early=(jar,)).jars()) == [jar]


def test_the_release_is_that_of_the_clients() -> None:
    assert listing(Jar("kafka-streams", "4.3.1", ""), Jar("kafka-clients", "4.4.0", "")).release == "4.4"


def test_a_layer_is_read_from_its_jars(jar: Jar, tmp_path: Path) -> None:
    assert [list(layer) for layer in sources.read_layers(listing(jar), tmp_path)] == [[], [], [("data", "ThingRecord")]]


def test_early_jars_are_read_by_release_line(jar: Jar, tmp_path: Path) -> None:
    found = sources.read_early(listing(early=(jar,)), tmp_path)
    assert [(line, list(release)) for line, release in found] == [("4.4", [("data", "ThingRecord")])]


def test_another_jar_under_the_same_name_is_refused(jar: Jar, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="checksum"):
        sources.read_layers(listing(jar._replace(sha256="0" * 64)), tmp_path)


def test_a_missing_jar_is_named(tmp_path: Path) -> None:
    absent = listing(Jar("kafka-raft", "4.4.0", ""))
    assert sources.missing(absent, tmp_path) == ["kafka-raft-4.4.0.jar"]
    with pytest.raises(SourceError, match=r"kafka-raft-4\.4\.0\.jar is missing"):
        sources.read_layers(absent, tmp_path)


def test_a_jar_in_the_cache_is_not_fetched_again(jar: Jar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert sources.fetch(jar, tmp_path) == tmp_path / jar.name


def test_without_maven_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SourceError, match="no Maven"):
        sources.fetch(Jar("kafka-raft", "4.4.0", ""), tmp_path)


def test_what_maven_does_not_find_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maven = tmp_path / "mvn"
    maven.write_text("#!/bin/sh\nexit 1\n")
    maven.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match=r"org\.apache\.kafka:kafka-raft:9\.9\.9"):
        sources.fetch(Jar("kafka-raft", "9.9.9", ""), tmp_path)
