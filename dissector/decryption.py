"""Connections that speak TLS become what they say, where their secrets are known.

It stands between the streams and all that reads them: events of reassembly go in, and of a connection that begins with
a TLS handshake plaintext comes out in their place, as if it had been sent so: with the packets and times of the records
that carried it, and offsets that count plaintext. Whatever is no plaintext is `Sealed`, so that every captured byte is
accounted for. Connections without a handshake in the capture are let through: nothing decrypts them.

Records are decrypted by a `Decrypter` (`dissector.sources.tls`: tshark), one after the other. Bytes lost inside of a
record are lost in its plaintext, and no others, as far as the cipher allows. Where the header of a record is lost, how
many records are gone is not known, and TLS 1.3 counts them: the next record is tried again and again, until its type
and its length are right, and those of the one after it, which chance does once in ten thousand tries. The ciphers of
TLS 1.2 go on with the next record, but for ChaCha20, which counts and has no type inside to tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from dissector import tls
from dissector.events import Closed, Data, Gap
from dissector.keylog import Handshake
from dissector.ledger import Category
from dissector.plaintext import BYTES_LOST, MAX_TRIES, Direction, Plain, Sealed, is_right
from dissector.tls import Record, Records, Torn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dissector.events import Event
    from dissector.keylog import KeyLog
    from dissector.reassembly import Connection
    from dissector.streams import Stream

#: Why the bytes of a connection were not decrypted.
NO_SECRETS: Final = "no secrets of the connection in the key log"
SOME_SECRETS: Final = "not all secrets of the connection in the key log"
NO_HELLO: Final = "no whole handshake in the capture"

#: A connection waits for its secrets, which may be written down after it was captured, for so long.
WAIT_BYTES: Final = 256 << 10
WAIT_NANOSECONDS: Final = 10_000_000_000
MAX_WAITING_BYTES: Final = 64 << 20
_OVERHEAD: Final = 256  # what an event that waits costs beside its bytes


class DecryptionError(Exception):
    """Nothing more can be decrypted; the message says why in a few words."""


class Session(Protocol):
    """Decrypts the records of one connection, which are given in order."""

    def decrypt(self, record: bytes, *, from_client: bool) -> Plain:
        """Return what a record holds. Zeros in it do not stop what follows. Raises `DecryptionError`."""

    def close(self) -> None:
        """Say that no more records come."""


class Decrypter(Protocol):
    """What decrypts."""

    def open(self, secrets: bytes) -> Session:
        """Begin a connection with the lines of a key log. Raises `DecryptionError`."""

    def close(self) -> None:
        """End everything."""


class Decryption:
    """Puts plaintext in the place of what is encrypted, as far as `secrets` tell.

    Without any secrets nothing happens, and nothing is started.
    """

    def __init__(self, secrets: KeyLog, decrypter: Decrypter) -> None:
        self.secrets = secrets
        self._decrypter = decrypter
        self._connections: dict[Connection, _Encrypted] = {}
        self._waiting = _Waiting()

    @property
    def is_idle(self) -> bool:
        """Whether events that are fed now come back as they are."""
        return not self.secrets and not self._connections

    def feed(self, events: Sequence[Event]) -> Sequence[Event | Sealed]:
        """Take events in their order; give those that take their place."""
        if self.is_idle:
            return events
        given: list[Event | Sealed] = []
        for event in events:
            connection = getattr(event, "connection", None)
            known = self._connections.get(connection) if connection is not None else None
            if isinstance(event, Data | Gap):
                if known is None and isinstance(event, Data) and event.offset == 0 and tls.is_hello(event.payload):
                    known = self._connections[event.connection] = _Encrypted(
                        self.secrets, self._decrypter, self._waiting
                    )
                if known is None:
                    given.append(event)
                elif not known.feed(event, given):
                    del self._connections[event.connection]
            elif isinstance(event, Closed):
                if known is not None:
                    known.close(given)
                    del self._connections[event.connection]
                given.append(event)
            else:
                given.append(event)
        return given

    @property
    def waiting_bytes(self) -> int:
        """How much is held of connections that wait for their secrets, with what holding it costs."""
        return self._waiting.total

    def close(self) -> None:
        """End everything that was started."""
        self._decrypter.close()


class _Waiting:
    """Bytes that wait for secrets, over all connections."""

    def __init__(self) -> None:
        self.total = 0


class _Encrypted:
    """A connection that begins with a handshake of TLS."""

    def __init__(self, secrets: KeyLog, decrypter: Decrypter, waiting: _Waiting) -> None:
        self._secrets = secrets
        self._decrypter = decrypter
        self._waiting = waiting
        self._held: list[Data | Gap] = []
        self._held_bytes = 0
        self._greeters: dict[Stream, Records] = {}
        self._greeted: set[Stream] = set()
        self._is_other = False
        self._sides: dict[Stream, Direction] = {}
        self._session: Session | None = None
        self._failure: str | None = None
        self._client: Stream | None = None
        self._client_hello: Record | None = None
        self._server_hello: Record | None = None
        self._suite = 0
        self._handshake: Handshake | None = None
        self._has_ended = False

    def feed(self, event: Data | Gap, given: list[Event | Sealed]) -> bool:
        """Take the next event; say whether this is TLS indeed. If not, all its events have been given as they were."""
        if self._session is not None or self._failure is not None:
            self._go_on(event, given)
            return True
        self._hold(event)
        self._greet(event)
        return self._try(given)

    def close(self, given: list[Event | Sealed]) -> None:
        """End the connection."""
        self._has_ended = True
        if self._session is None and self._failure is None and not self._try(given):
            return
        for side in self._sides.values():
            self._take(side, side.records.finish(), given)
            side.drop(given)
        if self._session is not None:
            self._session.close()

    def _hold(self, event: Data | Gap) -> None:
        self._held.append(event)
        size = _OVERHEAD + (len(event.payload) if isinstance(event, Data) else 0)
        self._held_bytes += size
        self._waiting.total += size

    def _try(self, given: list[Event | Sealed]) -> bool:
        """Begin, or give up, if the time has come for either."""
        if self._is_other:
            self._release()
            given += self._held
            return False
        handshake = self._handshake
        if handshake is not None and not self._secrets.suffices(handshake):
            self._secrets.refresh()
        if handshake is not None and self._secrets.suffices(handshake):
            self._begin(given, self._secrets.lines(handshake))
        elif self._is_over() and handshake is not None:
            self._give_up(given, SOME_SECRETS if self._secrets.knows(handshake) else NO_SECRETS)
        elif self._is_over():
            self._give_up(given, NO_HELLO)
        return True

    def _is_over(self) -> bool:
        """Say whether it has waited for long enough."""
        times = [event.timestamp for event in (self._held[0], self._held[-1]) if isinstance(event, Data)]
        return (
            self._has_ended
            or self._held_bytes > WAIT_BYTES
            or self._waiting.total > MAX_WAITING_BYTES
            or times[-1] - times[0] > WAIT_NANOSECONDS
        )

    def _greet(self, event: Data | Gap) -> None:
        """Look for the hellos in the first record of each direction."""
        greeter = self._greeters.setdefault(event.stream, Records())
        first = next(iter(greeter.feed(event)), None) if event.stream not in self._greeted else None
        if first is None:
            return
        self._greeted.add(event.stream)
        if isinstance(first, Torn):
            self._is_other = first.cause == tls.NOT_TLS
            return
        kind = tls.hello(first)
        if kind == tls.CLIENT_HELLO:
            self._client, self._client_hello = event.stream, first
        elif kind == tls.SERVER_HELLO:
            self._server_hello = first
        if self._client_hello is not None and self._server_hello is not None:
            suite = tls.cipher_suite(self._server_hello)
            if suite is not None:
                self._suite = suite
                ends = tls.random(self._client_hello), tls.session_id(self._server_hello)
                self._handshake = Handshake(*ends, tls.is_tls13(suite))

    def _begin(self, given: list[Event | Sealed], secrets: bytes) -> None:
        """Decrypt what is held, and what comes."""
        try:
            self._session = self._decrypter.open(secrets)
            self._held[0].connection.decrypted = True
        except DecryptionError as error:
            self._failure = str(error)
        self._work_off(given)

    def _give_up(self, given: list[Event | Sealed], failure: str) -> None:
        """Say of what is held, and of what comes, why it is not decrypted."""
        self._failure = failure
        self._work_off(given)

    def _work_off(self, given: list[Event | Sealed]) -> None:
        self._release()
        self._greeters.clear()
        held, self._held = self._held, []
        # Both hellos must come first, and in their order, whatever the order of their packets in the capture.
        held.sort(key=self._place)
        for event in held:
            self._go_on(event, given)

    def _place(self, event: Data | Gap) -> int:
        """Tell what brings the ClientHello, which may take several packets, from what brings the ServerHello."""
        from_client = event.stream is self._client
        hello = self._client_hello if from_client else self._server_hello
        if hello is None or event.offset >= len(hello.data):
            return 2
        return 0 if from_client else 1

    def _release(self) -> None:
        self._waiting.total -= self._held_bytes
        self._held_bytes = 0

    def _go_on(self, event: Data | Gap, given: list[Event | Sealed]) -> None:
        side = self._sides.get(event.stream)
        if side is None:
            side = self._sides[event.stream] = Direction(event.stream, from_client=event.stream is self._client)
        failure = self._failure or side.failure
        if failure is None:
            self._take(side, side.records.feed(event), given)
        else:
            self._take(side, side.records.finish(), given)
            side.drop(given)
            if isinstance(event, Data):
                given.append(Sealed(Category.ENCRYPTED, len(event.payload), failure, event.packet_number))

    def _take(self, side: Direction, results: list[Record | Torn], given: list[Event | Sealed]) -> None:
        for result in results:
            failure = self._failure or side.failure
            if isinstance(result, Torn):
                if result.length:
                    cause = failure or result.cause
                    given.append(Sealed(Category.ENCRYPTED, result.length, cause, result.packet_number))
                elif failure is None:
                    side.lose(result, self._suite, given)
            elif failure is not None or self._session is None:
                side.refuse(result, failure or NO_SECRETS, given)
            else:
                try:
                    self._decrypt(side, result, self._session, given)
                except DecryptionError as error:
                    self._failure = str(error)
                    side.refuse(result, self._failure, given)

    def _decrypt(self, side: Direction, record: Record, session: Session, given: list[Event | Sealed]) -> None:
        """Give what a record holds."""

        def ask(data: bytes) -> Plain:
            return session.decrypt(data, from_client=side.from_client)

        if side.tries is None:
            if side.needs_cipher and record.kind == tls.APPLICATION:
                ask(tls.CHANGE_CIPHER_SPEC)
                side.needs_cipher = False
            side.give(record, ask(record.data), self._suite, given)
        elif record.kind != tls.APPLICATION or record.holes:
            side.refuse(record, BYTES_LOST, given)
        elif side.found is None or not side.is_confirmed(record, ask(record.data), self._suite, given):
            # Each try counts for the cipher as a record: those that were lost are counted up.
            while side.tries < MAX_TRIES:
                side.tries += 1
                plain = ask(record.data)
                if is_right(record, plain, {tls.APPLICATION}):
                    side.found = record, plain
                    return
            side.failure = BYTES_LOST
            side.refuse(record, BYTES_LOST, given)
