"""Turn captured packets into decoded, paired Kafka requests and responses.

with dissector.open_capture("orders.pcapng") as capture:
    for exchange in capture:
        print(exchange.api_name, exchange.request.body)
"""

from dissector.capture import Capture, open_capture
from dissector.correlation import Exchange, Outcome
from dissector.ledger import Ledger
from dissector.messages import Message
from dissector.recognition import USUAL_PORTS
from dissector.sources.errors import CaptureError

__all__ = ["USUAL_PORTS", "Capture", "CaptureError", "Exchange", "Ledger", "Message", "Outcome", "open_capture"]
