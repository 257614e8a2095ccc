"""Turn captured packets into decoded, paired Kafka requests and responses.

with dissector.open_capture("orders.pcapng") as capture:
    for exchange in capture:
        print(exchange.api_name, exchange.request.body)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from dissector.capture import Capture, open_capture
from dissector.exchanges import Exchange, Outcome
from dissector.ledger import Ledger
from dissector.messages import Message
from dissector.recognition import USUAL_PORTS
from dissector.sources.errors import CaptureError

if TYPE_CHECKING:
    from dissector.live import LiveCapture, sniff
    from dissector.loaded import LoadedCapture, load

__all__ = [
    "USUAL_PORTS",
    "Capture",
    "CaptureError",
    "Exchange",
    "Ledger",
    "LiveCapture",
    "LoadedCapture",
    "Message",
    "Outcome",
    "load",
    "open_capture",
    "sniff",
]

# What not everybody needs, and where it is: imported when it is asked for.
_LATE: Final = {
    "LiveCapture": "dissector.live",
    "LoadedCapture": "dissector.loaded",
    "load": "dissector.loaded",
    "sniff": "dissector.live",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATE[name]), name)


def __dir__() -> list[str]:
    return __all__
