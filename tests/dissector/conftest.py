"""What the tests of the dissector share."""

import pytest
from support.frames import Conversation


@pytest.fixture
def conversation() -> Conversation:
    """A connection that nothing was said on yet."""
    return Conversation()
