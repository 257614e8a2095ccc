"""Text with tones, and what a tone looks like on a terminal."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dissector.views.regions import Region

_RESET: Final = "\x1b[0m"
ARROW: Final = "=>"  # between a request and its response
_RUNS: Final = re.compile(r" +|[^ ]+")

# Select Graphic Rendition (ECMA-48): the eight basic colours, which every terminal's theme makes readable.
_TONES: Final = {
    "dim": "\x1b[2m",
    "strong": "\x1b[1m",
    "client": "\x1b[36m",
    "field": "\x1b[34m",
    "meaning": "\x1b[32m",
    "warning": "\x1b[33m",
    "error": "\x1b[1;31m",
}


class Piece(NamedTuple):
    """Printable text in one tone; "" is the terminal's own. `region` are the bytes that it shows, if they are known."""

    text: str
    tone: str = ""
    region: Region | None = None


Pieces = list[Piece]

#: Text in the terminal's own tone, or pieces: nearly all that is said of messages needs none.
Words = str | Pieces


def plain(words: str | Iterable[Piece]) -> str:
    """Return words as one string."""
    return words if isinstance(words, str) else "".join([piece[0] for piece in words])


def pieces_of(words: Words) -> Pieces:
    """Return words as pieces."""
    return [Piece(words)] if isinstance(words, str) else words


def joined(several: Iterable[Words], separator: str) -> Words:
    """Return words with a separator between them: a string where all of them are."""
    every = list(several)
    try:
        return separator.join(every)  # type: ignore[arg-type]  # where there are pieces, it says so
    except TypeError:
        pass
    pieces: Pieces = []
    for words in every:
        if pieces and separator:
            pieces.append(Piece(separator))
        pieces += pieces_of(words)
    return pieces


def paint(pieces: Iterable[Piece], *, color: bool) -> str:
    """Return pieces as one string, with escape sequences for their tones where colour is wanted."""
    if not color:
        return "".join([piece[0] for piece in pieces])
    painted = []
    run, before = "", ""
    for text, tone, _ in pieces:
        if tone == before:
            run += text
        elif text:
            painted.append(tinted(run, before))
            run, before = text, tone
    return "".join([*painted, tinted(run, before)])


def tinted(text: str, tone: str) -> str:
    """Return text with escape sequences for its tone."""
    return f"{_TONES[tone]}{text}{_RESET}" if tone and text else text


def columns(text: str) -> int:
    """Return how many columns of a terminal text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def width(pieces: Iterable[Piece]) -> int:
    """Return how many columns of a terminal pieces take."""
    return columns(plain(pieces))


def wrap(pieces: Iterable[Piece], limit: int, indent: int) -> Pieces:
    """Break pieces at spaces into lines of at most `limit` columns; all but the first begin with an indent.

    A word that is longer than a line stays whole.
    """
    wrapped: Pieces = []
    column = 0
    begun = False  # whether a word stands on the line
    gap: Pieces = []
    for word in _words(pieces):
        if word[0].text.isspace():
            gap = word
            continue
        taken = width(word)
        if begun and column + width(gap) + taken > limit:
            gap = [Piece("\n" + " " * indent)]
            column = indent
        else:
            column += width(gap)
        wrapped += [*gap, *word]
        column += taken
        begun = True
        gap = []
    return wrapped


def fold(pieces: Pieces, limit: int | None, indent: int) -> Pieces:
    """Wrap pieces that take more than `limit` columns; others stay as they are, and all where there is no limit."""
    return pieces if limit is None or width(pieces) <= limit else wrap(pieces, limit, indent)


def _words(pieces: Iterable[Piece]) -> Iterator[Pieces]:
    """Yield runs of spaces and runs of what is between them, whatever pieces they are made of.

    An arrow goes with the word behind it.
    """
    word: Pieces = []
    for text, tone, _ in pieces:
        for part in _RUNS.findall(text):
            begins = part.isspace() != bool(word and word[-1].text.isspace())
            if word and begins and not (word[0].text == ARROW and len(word) < 3):
                yield word
                word = []
            word.append(Piece(part, tone))
    if word:
        yield word
