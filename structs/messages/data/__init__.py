"""Payloads that travel inside messages, and the records of Kafka's internal topics."""
