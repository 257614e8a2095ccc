"""Turn captured packets into decoded, paired Kafka requests and responses.

with dissector.open_capture("orders.pcapng") as capture:
    for exchange in capture:
        print(exchange.api_name, exchange.request.body)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dissector.capture import Capture, open_capture
    from dissector.exchanges import Exchange, Outcome
    from dissector.ledger import Ledger
    from dissector.live import LiveCapture, sniff
    from dissector.loaded import LoadedCapture, load
    from dissector.messages import Message
    from dissector.recognition import USUAL_PORTS
    from dissector.sources.errors import CaptureError

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

# Where it is: imported when it is asked for, so that what needs little of it starts at once.
_PLACES: Final = {
    "USUAL_PORTS": "dissector.recognition",
    "Capture": "dissector.capture",
    "CaptureError": "dissector.sources.errors",
    "Exchange": "dissector.exchanges",
    "Ledger": "dissector.ledger",
    "LiveCapture": "dissector.live",
    "LoadedCapture": "dissector.loaded",
    "Message": "dissector.messages",
    "Outcome": "dissector.exchanges",
    "load": "dissector.loaded",
    "open_capture": "dissector.capture",
    "sniff": "dissector.live",
}


if not TYPE_CHECKING:  # to a type checker, any name at all would be there

    def __getattr__(name: str) -> Any:
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(_PLACES[name]), name)
        return found


def __dir__() -> list[str]:
    return __all__
