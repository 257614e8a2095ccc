"""What the tests of grammars share is in support/grammars.py; this makes its assertions say what differs."""

import pytest

pytest.register_assert_rewrite("support.grammars")
