"""Held to Kafka: its writer's bytes are read as its reader reads them, and built as its writer writes them."""

from structs.records import LegacyMessage, build_batch, build_messages, parse, read_control

HEADER_NAMES = ("base_offset", "partition_leader_epoch", "producer_id", "producer_epoch", "base_sequence")
NO_TIMESTAMP = -1


def unhex(text):
    return None if text is None else bytes.fromhex(text)


def as_kafka_reads(record):
    """Return the parts of a record that Kafka's reader shows, in its terms."""
    timestamp = NO_TIMESTAMP if record.timestamp is None else record.timestamp
    return record.offset, timestamp, record.key, record.value, record.headers


def expected(record):
    headers = tuple((key, unhex(value)) for key, value in record["headers"])
    return record["offset"], record["timestamp"], unhex(record["key"]), unhex(record["value"]), headers


def test_records_are_those_that_kafka_reads(vector):
    found = [[as_kafka_reads(record) for record in batch] for batch in parse(vector["data"])]
    assert found == [[expected(record) for record in batch["records"]] for batch in vector["batches"]]


def test_headers_are_those_that_kafka_reads(vector):
    for batch, wanted in zip(parse(vector["data"]), vector["batches"], strict=True):
        names = wanted.keys() - {"records", "delete_horizon", "base_offset", "last_offset", "max_timestamp"}
        assert {name: getattr(batch, name) for name in names} == {name: wanted[name] for name in names}
        if isinstance(batch, LegacyMessage):
            assert batch.offset == wanted["last_offset"]
            assert (batch.timestamp is None) == (batch.magic == 0)
            continue
        assert batch.base_offset == wanted["base_offset"]
        assert batch.last_offset == wanted["last_offset"]
        assert batch.max_timestamp == wanted["max_timestamp"]
        assert (batch.base_timestamp if batch.has_delete_horizon else None) == wanted["delete_horizon"]


def test_nothing_is_wrong_with_what_kafka_writes(vector):
    field = parse(vector["data"])
    assert field.error is None
    assert field.truncated is None
    assert [(batch.error, batch.warnings) for batch in field] == [(None, ())] * len(vector["batches"])
    assert field.account() == (len(vector["data"]), 0, 0)


def test_control_records_say_what_kafka_reads(vector):
    for batch, wanted in zip(parse(vector["data"]), vector["batches"], strict=True):
        if not batch.is_control:
            continue
        for record, marker in zip(batch, wanted["records"], strict=True):
            control = read_control(record)
            assert control.name == marker["control"]
            assert (control.error, control.warnings) == (None, ())
            assert squeezed(control.value) == squeezed({"version": 0, **marker["control_value"]})


def squeezed(value):
    """Return a value with field names on which snake_case and Kafka's camelCase agree."""
    if isinstance(value, dict):
        return {name.replace("_", "").lower(): squeezed(content) for name, content in value.items()}
    if isinstance(value, list):
        return [squeezed(item) for item in value]
    return value


def rebuilt(batch, records, codec):
    """Build a batch or message again from what was read of it."""
    append_time = None
    if isinstance(batch, LegacyMessage):
        if batch.timestamp_type == "LogAppendTime":
            append_time = batch.timestamp
        base_offset = batch.offset - batch.offset % 100  # all these vectors begin at a round offset
        return build_messages(records, magic=batch.magic, codec=codec, append_time=append_time, base_offset=base_offset)
    header = {name: getattr(batch, name) for name in HEADER_NAMES}
    if not records or batch.last_offset != records[-1].offset:
        header["last_offset_delta"] = batch.last_offset_delta
    if not records:
        header["max_timestamp"] = batch.max_timestamp
    return build_batch(
        records,
        codec=codec,
        append_time=batch.max_timestamp if batch.timestamp_type == "LogAppendTime" else None,
        delete_horizon=batch.base_timestamp if batch.has_delete_horizon else None,
        is_transactional=batch.is_transactional,
        is_control=batch.is_control,
        **header,
    )


def test_uncompressed_batches_are_built_as_kafka_writes_them(uncompressed_vector, vectors):
    vector, built = uncompressed_vector, b""
    for index, batch in enumerate(parse(vector["data"])):
        # Readers do not see the timestamps that were written under LogAppendTime: take them from the sibling.
        sibling = vectors.get(vector["name"].replace("LogAppendTime", "CreateTime"), vector)
        built += rebuilt(batch, parse(sibling["data"])[index].records, "none")
    assert built == vector["data"]


def test_compressed_batches_are_built_to_the_same_records(vector):
    for batch in parse(vector["data"]):
        (again,) = parse(rebuilt(batch, batch.records, batch.compression))
        assert again.error is None
        assert again.warnings == ()
        assert [record[:5] for record in again] == [record[:5] for record in batch]
        assert again.compression == batch.compression
        assert again.timestamp_type == batch.timestamp_type


def test_the_vectors_cover_every_format(vectors):
    """A vectors file that lost its cases must not pass for conformance."""
    formats = {
        (batch["magic"], batch["compression"], batch["timestamp_type"])
        for vector in vectors.values()
        for batch in vector["batches"]
    }
    codecs = ("none", "gzip", "snappy", "lz4")
    wanted = {(0, codec, "NoTimestampType") for codec in codecs}
    for kind in ("CreateTime", "LogAppendTime"):
        wanted |= {(1, codec, kind) for codec in codecs} | {(2, codec, kind) for codec in (*codecs, "zstd")}
    assert formats >= wanted
