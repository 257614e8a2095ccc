"""Captures as tables: connections, exchanges, messages and records, with typed columns.

What the columns mean is said where they are declared, one module for each table. Nothing here needs anything installed
but `dissector.tables.arrow`, which needs pyarrow.
"""

from typing import Final

from dissector.tables import connections, exchanges, messages, records
from dissector.tables.columns import Column, Kind, Table

__all__ = ["TABLES", "Column", "Kind", "Table"]

TABLES: Final = {table.name: table for table in (connections.TABLE, exchanges.TABLE, messages.TABLE, records.TABLE)}

__doc__ = "\n\n".join([__doc__ or "", *(table.describe() for table in TABLES.values())])  # for help()
