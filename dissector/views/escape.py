"""Text from the wire is hostile: control characters, bidirectional overrides and the like never reach a terminal."""

from __future__ import annotations


def printable(text: str | bytes | None) -> str:
    """Return text that is safe to print: what is not printable, and backslashes, as Python escapes; null as "null"."""
    if text is None:
        return "null"
    if isinstance(text, bytes):
        return "0x" + text.hex()
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(
        character
        if character.isprintable() and character != "\\"
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )
