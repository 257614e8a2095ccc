"""Captures with random access: an index in memory, bytes in a temporary file, bodies decoded when somebody looks."""

from dissector.loaded.capture import LoadedCapture, load
from dissector.loaded.selection import Connections, Exchanges, Messages, Records
from dissector.loaded.summary import ApiSummary, Summary

__all__ = ["ApiSummary", "Connections", "Exchanges", "LoadedCapture", "Messages", "Records", "Summary", "load"]
