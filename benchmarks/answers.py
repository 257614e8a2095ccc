"""What a recording holds, and whether tshark sees the same in it as we do: `answers.py CAPTURE [--values]`.

The messages of both are held against each other one by one: the packet that completes each, its API, its correlation
id. So are the records: how many each packet completes, their keys, and with --values what they say; no checksum may be
wrong. What tshark calls malformed must have a flaw in our eyes: librdkafka's mock cluster writes bodies of Metadata a
byte too long, and its refusal of ApiVersions v3 a byte too short. A benchmark of wrong answers is none: the status is 1
where they do not agree. What tshark leaves out, a few messages or any records, is counted, no more, as it is not slower
for that: tshark 4.0 decompresses the first 128 KiB of a zstd batch, and calls the rest malformed.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final, NamedTuple
from zlib import crc32

from processes import environment
from recordings import each_packet, tshark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

WORK: Final = str(Path(__file__).with_name("work.py"))
API_NAMES: Final = {
    0: "Produce",
    1: "Fetch",
    3: "Metadata",
    8: "OffsetCommit",
    10: "FindCoordinator",
    18: "ApiVersions",
}
#: What tshark is asked for. Attributes are there for each record, whatever else it has.
FIELDS: Final = (
    "frame.number",
    "_ws.malformed",
    "kafka.api_key",
    "kafka.correlation_id",
    "kafka.record_attributes",
    "kafka.message_key",
)
VALUE: Final = "kafka.message_value"
#: The share of our messages that tshark may miss: where segments are out of order it loses some.
TOLERATED: Final = 0.002


class Answers(NamedTuple):
    """What was seen: messages as "packet API id"; of each packet, how many records, and checksums of keys and values.

    `codecs` has the records by codec, where that is told: of each packet, how many of which. `flaws` has the packets
    with messages whose bodies are not as they should be, and which these are.
    """

    messages: Counter[str]
    records: dict[str, tuple[int, int, int]]
    codecs: dict[str, Counter[str]]
    flaws: dict[str, str]


def main() -> None:
    """Print a line for each, and exit with 1 where they do not agree."""
    path, values = Path(sys.argv[1]), "--values" in sys.argv
    print(traffic(path), flush=True)
    lines, agreed = compared(read(our_lines(path, values=values)), read(their_lines(path, values=values)))
    print("\n".join(lines))
    sys.exit(not agreed)


def traffic(path: Path) -> str:
    """Say what there is for TCP."""
    sizes = [packet.payload for packet in each_packet(path)]
    filled = sum(size > 0 for size in sizes)
    return (
        f"{len(sizes):,} packets, {filled:,} of them with payload: {sum(sizes) / 1e6:.1f} MB, "
        f"{max(sizes):,} bytes at most; the others are ACK, SYN and FIN"
    )


def our_lines(path: Path, *, values: bool) -> Iterator[list[str]]:
    """Yield what work.py says of each message and of each batch (see there), of values only if they are asked for."""
    for line in _lines([sys.executable, WORK, "answers", str(path)]):
        words = line.split(" ")
        if words[0] == "records" and not values:
            words[-1] = "0"
        yield words


def their_lines(path: Path, *, values: bool) -> Iterator[list[str]]:
    """Yield the same of what tshark says of each packet with Kafka in it, as one batch of no codec."""
    options = [word for field in (*FIELDS, *([VALUE] if values else [])) for word in ("-e", field)]
    for line in _lines([*tshark(path), "-Y", "kafka", "-T", "fields", *options]):
        number, malformed, *others = line.split("\t")
        apis, ids, attributes, keys, *contents = (value.split(",") if value else [] for value in others)
        # A response whose request it could not read to its end has an id and no API.
        for api, id_ in zip(apis if len(apis) == len(ids) else [""] * len(ids), ids, strict=True):
            yield ["message", number, api, id_, malformed]
        if attributes:
            yield ["records", number, "", *map(str, (len(attributes), checksum(keys), sum(map(checksum, contents))))]


def read(lines: Iterable[list[str]]) -> Answers:
    """Return what was seen."""
    found = Answers(Counter(), {}, {}, {})
    for kind, number, *values in lines:
        if kind == "message":
            *message, flaw = values
            found.messages[" ".join((number, *message))] += 1
            if flaw:
                found.flaws[number] = flaw
        else:
            codec, *numbers = values
            records, of_keys, of_values = map(int, numbers)
            before = found.records.get(number, (0, 0, 0))
            found.records[number] = before[0] + records, before[1] + of_keys, before[2] + of_values
            found.codecs.setdefault(number, Counter())[codec] += records
    return found


def checksum(texts: Iterable[str]) -> int:
    """Return what stands for the keys or the values of records, hexadecimal, in any order."""
    return sum(crc32(text.encode()) for text in texts)


def compared(ours: Answers, theirs: Answers) -> tuple[list[str], bool]:
    """Say what there is, and how much of it tshark sees; and whether what it sees is the same."""
    total = ours.messages.total()
    apis: Counter[int] = Counter()
    for message, count in ours.messages.items():
        apis[int(message.split()[1])] += count
    shares = ", ".join(f"{count / total:.1%} {API_NAMES.get(key, f'API {key}')}" for key, count in apis.most_common())
    said, same = _messages_compared(ours.messages, theirs.messages)
    lines = [f"{total:,} messages ({shares}): {said}"]
    if ours.flaws or theirs.flaws:
        kinds = ", ".join(f"{count:,} {name}" for name, count in Counter(ours.flaws.values()).most_common())
        cut = [number for number in theirs.flaws if _count(theirs, number) < _count(ours, number)]
        lines.append(f"packets with a flawed body: {kinds or 'none'}; tshark calls {len(theirs.flaws):,} malformed")
        if cut:
            lines[-1] += f", of which it leaves out records in {len(cut):,}"
        same = same and theirs.flaws.keys() <= {*ours.flaws, *cut}
    said, agreed = _records_compared(ours, theirs)
    count = sum(count for count, _, _ in ours.records.values())
    return [*lines, f"{count:,} records, every checksum right: {said}"], same and agreed


def _count(answers: Answers, number: str) -> int:
    """Return how many records a packet completes."""
    return answers.records.get(number, (0, 0, 0))[0]


def _messages_compared(ours: Counter[str], theirs: Counter[str]) -> tuple[str, bool]:
    if ours == theirs:
        return "tshark sees exactly the same", True
    missed, more = ours - theirs, theirs - ours
    without_api = more & _without_api(missed)
    lost, more = missed.total() - without_api.total(), more - without_api
    parts = [f"misses {lost:,}"] if lost else []
    parts += [f"does not know the API of {without_api.total():,}"] if without_api else []
    parts += [f"sees {more.total():,} that we do not"] if more else []
    examples = [*sorted(missed)[:3], *sorted(more)[:3]]
    return f"tshark {', '.join(parts)}, such as {examples}", not more and missed.total() <= ours.total() * TOLERATED


def _without_api(messages: Counter[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for message, count in messages.items():
        number, _, id_ = message.split(" ")
        found[f"{number}  {id_}"] += count
    return found


def _records_compared(ours: Answers, theirs: Answers) -> tuple[str, bool]:
    missed: Counter[str] = Counter()
    others = [number for number in theirs.records if number not in ours.records]
    for number, found in ours.records.items():
        theirs_found = theirs.records.get(number, (0, 0, 0))
        if theirs_found[0] < found[0]:
            missed[" and ".join(sorted(ours.codecs[number]))] += found[0] - theirs_found[0]
        elif theirs_found != found:
            others.append(number)
    if others:
        return f"they are others in {len(others):,} packets, such as {others[:3]}", False
    what = "keys and values" if any(values for _, _, values in theirs.records.values()) else "keys"
    if not missed:
        return f"tshark sees the same {what}", True
    by_codec = ", ".join(f"{count:,} in {codec} batches" for codec, count in missed.most_common())
    return f"tshark leaves out {by_codec}; otherwise it sees the same {what}", True


def _lines(command: Sequence[str]) -> Iterator[str]:
    with (
        TemporaryFile("w+") as said,  # tshark always has something to say to root
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True, env=environment()) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            yield line.rstrip("\n")
        if process.wait():
            said.seek(0)
            sys.exit(f"failed with status {process.returncode}: {' '.join(command)}\n{said.read()}")


if __name__ == "__main__":
    main()
