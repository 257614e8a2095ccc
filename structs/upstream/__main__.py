"""The command `python -m structs.upstream`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from structs.upstream import sources, variants
from structs.upstream.definitions import DefinitionError, read_folder
from structs.upstream.generate import MESSAGES, ROOT, Files, declare, differences
from structs.upstream.generate import write as write_files
from structs.upstream.merge import merge_all
from structs.upstream.sources import SourceError

if TYPE_CHECKING:
    from structs.upstream.sources import Jar, Sources

CACHE: Final = ROOT / ".cache" / "kafka"

cache_option = click.option(
    "--cache", type=click.Path(path_type=Path), default=CACHE, show_default=True, help="Folder of the jars."
)
folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Definitions that are newer than the newest jars: a folder with one folder per part of Kafka "
    "(clients, metadata, ...). They are laid over the jars'.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    r"""Write structs/messages from Kafka's official message definitions.

    The definitions are resources of the official jars that sources.toml lists. To bring a new release of Kafka in:

    \b
        python -m structs.upstream release 4.5.0
        git diff structs
    """


@main.command()
@cache_option
def fetch(cache: Path) -> None:
    """Bring the jars into the cache, with Maven."""
    for jar in sources.read_listing().jars():
        try:
            path = sources.fetch(jar, cache)
        except SourceError as error:
            raise click.ClickException(str(error)) from error
        if sources.checksum(path) != jar.sha256:
            raise click.ClickException(f"{path} is not the jar that is listed: its checksum differs")
    click.echo(f"The jars are in {cache}.")


@main.command()
@cache_option
@folder_option
@click.option(
    "--output", type=click.Path(path_type=Path), default=MESSAGES, show_default=True, help="Folder to write to."
)
def write(cache: Path, folder: Path | None, output: Path) -> None:
    """Write the declarations."""
    files = _files(sources.read_listing(), cache, folder)
    write_files(files, output)
    click.echo(f"{len(files)} files written to {output}.")


@main.command()
@cache_option
@folder_option
def check(cache: Path, folder: Path | None) -> None:
    """Say which declarations are not what the definitions say; exit with 1 if there are any."""
    with tempfile.TemporaryDirectory() as temporary:
        fresh = Path(temporary)
        write_files(_files(sources.read_listing(), cache, folder), fresh)
        differing = differences(fresh, MESSAGES)
    for path in differing:
        click.echo(f"{path} differs")
    if differing:
        raise click.exceptions.Exit(1)
    click.echo("Every declaration is what its definition says.")


@main.command()
@click.argument("version")
@cache_option
def release(version: str, cache: Path) -> None:
    """Move the newest jars to another release of Kafka, and write the declarations.

    A jar that was not published with that release stays as it is. One that defines what the release dropped is kept.
    """
    listed = sources.read_listing()
    newest = [_moved(jar, version, cache) for jar in listed.newest]
    if newest == listed.newest:
        raise click.ClickException(f"no jar of Kafka {version} is newer than those that are listed")
    listed = sources.move(listed, newest, cache)
    files = _files(listed, cache, folder=None)
    sources.LISTING.write_text(sources.render_listing(listed), encoding="utf-8")
    write_files(files, MESSAGES)
    click.echo(f"Kafka {version}: {len(files)} files written to {MESSAGES}.")


def _moved(jar: Jar, version: str, cache: Path) -> Jar:
    moved = jar._replace(version=version)
    try:
        return moved._replace(sha256=sources.checksum(sources.fetch(moved, cache)))
    except SourceError as error:
        click.echo(f"{jar.name} stays: {error}")
        return jar


def _files(listed: Sources, cache: Path, folder: Path | None) -> Files:
    try:
        layers = sources.read_layers(listed, cache)
        if folder is not None:
            layers.append(read_folder(folder))
        merged = merge_all(layers)
        early = variants.find(merged, sources.read_early(listed, cache))
    except (SourceError, DefinitionError) as error:
        raise click.ClickException(str(error)) from error
    return declare(merged, early, listed.release)


if __name__ == "__main__":
    main(prog_name="python -m structs.upstream")
