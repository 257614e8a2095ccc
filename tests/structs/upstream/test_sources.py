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


def make_jar(cache: Path, version: str, text: str = THING, artifact: str = "kafka-clients") -> Jar:
    path = cache / f"{artifact}-{version}.jar"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("common/message/ThingRecord.json", text)
    return Jar(artifact, version, hashlib.sha256(path.read_bytes()).hexdigest())


@pytest.fixture
def jar(tmp_path: Path) -> Jar:
    """A jar with one definition in a cache that is `tmp_path`."""
    return make_jar(tmp_path, "4.4.1")


def listing(*newest: Jar, early: tuple[Jar, ...] = ()) -> Sources:
    return Sources(kept=[], newest=list(newest), early=list(early))


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
    assert [list(layer) for layer in sources.read_layers(listing(jar), tmp_path)] == [[("data", "ThingRecord")]]


def test_what_is_kept_is_read_by_release_line_before_the_newest(tmp_path: Path) -> None:
    old, older, new = (make_jar(tmp_path, version) for version in ("3.9.2", "3.2.0", "4.4.0"))
    assert len(sources.read_layers(Sources(kept=[older, old], newest=[new], early=[]), tmp_path)) == 3


@pytest.mark.parametrize(
    ("versions", "kept"), [('"0-1"', []), ('"1"', ["4.4.1"]), ('"none"', ["4.4.1"])], ids=["none", "one", "all"]
)
def test_a_jar_that_defines_what_the_next_release_drops_is_kept(
    jar: Jar, tmp_path: Path, versions: str, kept: list[str]
) -> None:
    next_jar = make_jar(tmp_path, "5.0.0", THING.replace('"0"', versions))
    moved = sources.move(listing(jar), [next_jar], tmp_path)
    assert (moved.newest, [jar.version for jar in moved.kept]) == ([next_jar], kept)


def test_a_jar_with_a_layout_that_the_next_release_changes_is_read_for_it(jar: Jar, tmp_path: Path) -> None:
    changed = THING.replace("[]", '[{"name": "A", "type": "int8", "versions": "0+"}]')
    moved = sources.move(listing(jar), [make_jar(tmp_path, "5.0.0", changed)], tmp_path)
    assert (moved.kept, moved.early) == ([], [jar])


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
