"""`python -m dissector` is `kafka-dissect`."""

from dissector.cli import main

main(prog_name="kafka-dissect")
