"""Payloads that travel inside messages, and records of Kafka's internal topics."""
