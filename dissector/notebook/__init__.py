"""Exchanges, messages and captures as they show themselves in notebooks.

The last expression of a cell is shown by itself. `show` does the same with other bounds, or with secrets:

    show(exchange)
    show(exchange.response, elements=1000, rows=4096)
    show(exchange for exchange in capture if exchange.api_name == "JoinGroup")

What comes out is static: one piece of HTML with its own style and script, which needs no network, survives an export,
and is readable where scripts do not run.
"""

from dissector.notebook.show import View, show

__all__ = ["View", "show"]
