"""TLS key logs: the secrets of connections, as the programs that made them wrote them down.

The format is NSS's (draft-ietf-tls-keylogfile): a line for each secret, with the random bytes of the ClientHello that
tell whose it is. Wireshark's older forms, which name a session or a premaster secret instead, are taken as well.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

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
_OLD: Final = re.compile(
    rb"(RSA|PMS_CLIENT_RANDOM) [0-9a-fA-F]{16,64} [0-9a-fA-F]{96}\s*|RSA Session-ID:\S+ Master-Key:\S+\s*"
)
_MAX_LINE: Final = 1024
_MAX_CONNECTIONS: Final = 1 << 18
_CHUNK: Final = 1 << 20


class KeyLogError(Exception):
    """A file that is no key log; the message is one line: file and what."""


class KeyLog:
    """The secrets known so far, of the `file` given, if any, and of what is added.

    A file may grow while it is used: `refresh` takes what was appended. One that cannot be read, or has something else
    in it than secrets, raises `KeyLogError`; it may be empty. The secrets of the connections that came last are
    remembered.
    """

    def __init__(self, file: str | os.PathLike[str] | None = None) -> None:
        self._file = None if file is None else Path(file)
        self._read = 0
        self._rest = b""
        self._secrets: dict[bytes, dict[bytes, bytes]] = {}
        self._old: dict[bytes, None] = {}
        if self._file is not None:
            try:
                size = self._file.stat().st_size
                self._take()
            except OSError as error:
                raise KeyLogError(f"{self._file}: {error.strerror or error}") from error
            if size and not self._secrets and not self._old:
                raise KeyLogError(
                    f"{self._file}: no TLS secrets in it (lines such as CLIENT_RANDOM, two numbers in hex)"
                )

    def __bool__(self) -> bool:
        """Say whether there are secrets, or may be."""
        return self._file is not None or bool(self._secrets) or bool(self._old)

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

    def lines(self, client_random: bytes) -> bytes:
        """Return the lines that may decrypt the connection of a ClientHello with these random bytes."""
        own = self._secrets.get(client_random, {})
        return b"".join(line + b"\n" for line in (*own.values(), *self._old))

    def suffices(self, client_random: bytes, *, is_tls13: bool) -> bool:
        """Say whether a connection can be decrypted with what is known."""
        labels = self._secrets.get(client_random, {}).keys()
        return labels >= _NEEDED if is_tls13 else _MASTER in labels or bool(self._old)

    def knows(self, client_random: bytes) -> bool:
        """Say whether any secret of a connection is known."""
        return client_random in self._secrets

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
                    self._rest = b""
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
        elif _OLD.fullmatch(line) and len(self._old) < _MAX_CONNECTIONS:
            self._old[line] = None
