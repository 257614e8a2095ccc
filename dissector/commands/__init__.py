"""The commands of `kafka-dissect`: one module each, named after its command, which it calls `command`."""
