"""Secrets are withheld by their type, or by the name of the configuration that they are the value of."""

from __future__ import annotations

import json

import pytest
from support.frames import make_request
from support.packets import Wire

from dissector.engine import Dissection
from dissector.secrets import holds_secrets
from dissector.views import jsonl
from dissector.views.tree import TreeView
from structs import registry

ALTER_CONFIGS, INCREMENTAL_ALTER_CONFIGS = 33, 44

SECRET_NAMES = [
    "ssl.keystore.password",
    "ssl.key.password",
    "listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config",
    "ssl.keystore.key",
    "ssl.truststore.certificates",
    "delegation.token.secret.key",
    "basic.auth.user.info",
    "SASL.JAAS.CONFIG",
]
PLAIN_NAMES = [
    "cleanup.policy",
    "retention.ms",
    "ssl.keystore.location",
    "password.encoder.iterations",
    "key.converter",
]


@pytest.mark.parametrize("name", SECRET_NAMES)
@pytest.mark.parametrize("api_key", [ALTER_CONFIGS, INCREMENTAL_ALTER_CONFIGS])
def test_passwords_in_configurations_are_withheld(api_key: int, name: str) -> None:
    assert "hunter2" not in "".join(shown(api_key, name))


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_they_are_shown_when_asked_for(name: str) -> None:
    assert all("hunter2" in text for text in shown(INCREMENTAL_ALTER_CONFIGS, name, show_secrets=True))


@pytest.mark.parametrize("name", PLAIN_NAMES)
def test_other_configurations_are_shown(name: str) -> None:
    assert all("hunter2" in text for text in shown(INCREMENTAL_ALTER_CONFIGS, name))


def shown(api_key: int, name: str, *, show_secrets: bool = False) -> list[str]:
    """Return what the views make of a configuration with that name: JSON and tree."""
    configs = [{"name": name, "value": "hunter2"}]
    body = {"resources": [{"resource_name": "1", "configs": configs}]}
    dissection = Dissection()
    for packet in Wire().open().say("client", make_request(api_key, 1, body)).packets:
        list(dissection.feed(packet))
    (exchange,) = dissection.finish()
    tree = TreeView(show_secrets=show_secrets)
    line = json.dumps(jsonl.as_dict(exchange, show_secrets=show_secrets)["request"])
    return [line, "\n".join(tree.lines(exchange))]


def test_secrets_inside_payloads_are_found() -> None:
    """A configuration record in the metadata log, and structs in structs; nothing is said of what is not there."""
    record = registry.data("ConfigRecord").at(0)
    assert holds_secrets(record, {"name": "ssl.key.password", "value": "x"})
    assert not holds_secrets(record, {"name": "retention.ms", "value": "x"})
    assert not holds_secrets(record, {"name": "ssl.key.password", "value": None})
    tokens = registry.grammar(41, 3, "response")
    assert holds_secrets(tokens, {"tokens": [{"hmac": b"x"}]})
    assert not holds_secrets(tokens, {"tokens": []})
