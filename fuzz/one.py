"""Fuzz one layer with atheris: `python -m fuzz.one LAYER [CORPUS...] [libFuzzer's options]`."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["structs", "dissector"]):
    from fuzz import layers
    from structs import registry

    LAYER = layers.layer(sys.argv[1])
    registry.apis()  # what is imported later is not followed

from fuzz.bounds import bounded

ALLOWANCE = getattr(LAYER, "ALLOWANCE", 0)


def run(data: bytes) -> None:
    """Give the layer an input of the fuzzer."""
    bounded(LAYER.check, data, allowance=ALLOWANCE)


if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], run)
    atheris.Fuzz()
