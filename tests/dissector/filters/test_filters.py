"""Filters are parsed only where there is something to parse."""

from __future__ import annotations

import subprocess
import sys


def test_nobody_waits_for_the_parser_who_does_not_filter() -> None:
    code = "import sys, dissector, dissector.cli, dissector.filters; print('lark' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
