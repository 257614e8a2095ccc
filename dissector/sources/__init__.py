"""Sources of packets: capture files."""

from dissector.sources.errors import CaptureError
from dissector.sources.files import CaptureReader

__all__ = ["CaptureError", "CaptureReader"]
