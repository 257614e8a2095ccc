"""Exchanges as people and programs read them: one line, a tree with byte ranges, JSON Lines."""
