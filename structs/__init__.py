"""Kafka's wire protocol as construct grammars: what the bytes mean. No I/O happens here."""
