"""Record data as Kafka's own writer wrote it, with what Kafka's own reader makes of it."""

import gzip
import json
from functools import cache
from pathlib import Path

import pytest

VECTORS = Path(__file__).with_name("vectors.jsonl.gz")


@cache
def read_vectors():
    with gzip.open(VECTORS) as lines:
        vectors = [json.loads(line) for line in lines]
    for vector in vectors:
        vector["data"] = bytes.fromhex(vector.pop("hex"))
    return {vector["name"]: vector for vector in vectors}


@pytest.fixture(scope="session")
def vectors():
    """All vectors by name: `data`, and the `batches` that Kafka reads from it."""
    return read_vectors()


def pytest_generate_tests(metafunc):
    """Run a test with each vector; compressors may differ in their bytes, so some want `uncompressed_vector`."""
    found = read_vectors()
    if "vector" in metafunc.fixturenames:
        metafunc.parametrize("vector", found.values(), ids=found.keys())
    if "uncompressed_vector" in metafunc.fixturenames:
        plain = {
            name: vector
            for name, vector in found.items()
            if all(batch["compression"] == "none" for batch in vector["batches"])
        }
        metafunc.parametrize("uncompressed_vector", plain.values(), ids=plain.keys())
