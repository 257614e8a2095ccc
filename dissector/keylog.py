"""TLS key logs: the secrets of connections, as the programs that made them wrote them down.

The format is NSS's (draft-ietf-tls-keylogfile): a line for each secret, with the random bytes of the ClientHello that
tell whose it is. Forms that name a session, or a premaster secret, instead are taken as well: Java agents write them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from dissector.sources.errors import CaptureError

if TYPE_CHECKING:
    import os

#: Labels of TLS 1.3 without which the application's data cannot be read, and of TLS 1.2 and before.
_NEEDED: Final = frozenset(
    {
        b"CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        b"SERVER_HANDSHAKE_TRAFFIC_SECRET",
        b"CLIENT_TRAFFIC_SECRET_0",
        b"SERVER_TRAFFIC_SECRET_0",
    }
)
_MASTER: Final = b"CLIENT_RANDOM"

_LINE: Final = re.compile(rb"([A-Z][A-Z0-9_]{2,63}) ([0-9a-fA-F]{64}) ([0-9a-fA-F]{64,256})\s*")
_SESSION: Final = re.compile(rb"RSA Session-ID:([0-9a-fA-F]{2,64}) Master-Key:[0-9a-fA-F]{96}\s*")
_PREMASTER: Final = re.compile(rb"(RSA|PMS_CLIENT_RANDOM) [0-9a-fA-F]{16,64} [0-9a-fA-F]{96}\s*")
_MAX_LINE: Final = 1024
_MAX_CONNECTIONS: Final = 1 << 18
_MAX_PREMASTERS: Final = 1000  # each of them is tried on every connection
_CHUNK: Final = 1 << 20


class Handshake(NamedTuple):
    """What tells whose secrets are whose: random bytes of the ClientHello, and the session id of the ServerHello."""

    client_random: bytes
    session_id: bytes
    is_tls13: bool


class KeyLogError(CaptureError):
    """A file that is no key log; the message is one line: file and what."""


class KeyLog:
    """The secrets known so far, of the `file` given, if any, and of what is added.

    A file may grow while it is used: `refresh` takes what was appended. One that cannot be read, or has something else
    in it than secrets, raises `KeyLogError`; it may be empty, or have comments alone: many begin with one. The secrets
    of the connections that came last are remembered.
    """

    def __init__(self, file: str | os.PathLike[str] | None = None) -> None:
        self._file = None if file is None else Path(file)
        self._read = 0
        self._rest = b""
        self._has_others = False  # lines that are no secrets
        self._secrets: dict[bytes, dict[bytes, bytes]] = {}
        self._sessions: dict[bytes, bytes] = {}
        self._premasters: dict[bytes, None] = {}
        if self._file is not None:
            try:
                self._take()
            except OSError as error:
                raise KeyLogError(f"{self._file}: {error.strerror or error}") from error
            if self._has_others and not self._has_secrets():
                raise KeyLogError(
                    f"{self._file}: no TLS secrets in it (lines such as CLIENT_RANDOM, two numbers in hex)"
                )

    def __bool__(self) -> bool:
        """Say whether there are secrets, or may be."""
        return self._file is not None or self._has_secrets()

    def add(self, lines: bytes) -> None:
        """Take the text of a key log; what is no secret in it is passed over."""
        for line in lines.splitlines():
            self._add(line)

    def refresh(self) -> None:
        """Take what the file got since it was last read."""
        if self._file is not None:
            try:
                self._take()
            except OSError:
                return  # not there any more: what is known stays

    def lines(self, handshake: Handshake) -> bytes:
        """Return the lines that may decrypt a connection."""
        found = [*self._secrets.get(handshake.client_random, {}).values()]
        if not handshake.is_tls13:
            found += [*filter(None, [self._sessions.get(handshake.session_id)]), *self._premasters]
        return b"".join(line + b"\n" for line in found)

    def suffices(self, handshake: Handshake) -> bool:
        """Say whether a connection can be decrypted with what is known."""
        labels = self._secrets.get(handshake.client_random, {}).keys()
        if handshake.is_tls13:
            return labels >= _NEEDED
        return _MASTER in labels or handshake.session_id in self._sessions or bool(self._premasters)

    def knows(self, handshake: Handshake) -> bool:
        """Say whether any secret of a connection is known."""
        return handshake.client_random in self._secrets

    def _has_secrets(self) -> bool:
        return bool(self._secrets or self._sessions or self._premasters)

    def _take(self) -> None:
        assert self._file is not None  # noqa: S101 (for the type checker)
        size = self._file.stat().st_size
        if size < self._read:
            self._read, self._rest = 0, b""  # begun anew
        if size == self._read:
            return
        with self._file.open("rb") as file:
            file.seek(self._read)
            while chunk := file.read(_CHUNK):
                self._read += len(chunk)
                *lines, self._rest = (self._rest + chunk).split(b"\n")
                for line in lines:
                    self._add(line)
                if len(self._rest) > _MAX_LINE:
                    self._rest, self._has_others = b"", True
        self._add(self._rest)  # the last line may lack its end; when it is longer later, it counts again

    def _add(self, line: bytes) -> None:
        line = line.strip()
        if match := _LINE.fullmatch(line):
            label, random, _ = match.groups()
            key = bytes.fromhex(random.decode())
            secrets = self._secrets.pop(key, {})
            secrets[label] = line
            self._secrets[key] = secrets
            if len(self._secrets) > _MAX_CONNECTIONS:
                del self._secrets[next(iter(self._secrets))]
        elif match := _SESSION.fullmatch(line):
            self._sessions[bytes.fromhex(match[1].decode())] = line
            if len(self._sessions) > _MAX_CONNECTIONS:
                del self._sessions[next(iter(self._sessions))]
        elif _PREMASTER.fullmatch(line) and len(self._premasters) < _MAX_PREMASTERS:
            self._premasters[line] = None
        elif line and not line.startswith(b"#"):
            self._has_others = True
