"""What is known of a struct's fields holds for every value of theirs."""

from __future__ import annotations

import pytest

from dissector.views import style
from dissector.views.tree_members import fields_of, plan
from structs import registry


@pytest.mark.parametrize("side", ["request", "response"])
def test_plain_fields_take_at_least_the_columns_that_were_foreseen(side: str) -> None:
    for api in registry.apis():
        grammar = registry.grammar(api.key, api.versions.lowest, side)
        known = plan(grammar)
        values = {member.name: member.absent() for member in grammar.each_member()}
        said = [
            field.inline + style.plain(field.say(values[field.name], {}))
            for field in known.fields
            if field.say is not None
        ]
        assert sum(map(len, said)) >= sum(len(field.inline) + 1 for field in known.fields if field.say is not None)
        assert known.least >= sum(len(field.inline) + 1 for field in known.fields)


def test_the_name_of_a_type_stands_beside_its_number_only_where_both_are_there() -> None:
    grammar = registry.data("ConsumerProtocolSubscription").at(0)
    assert [field.name for field in fields_of(grammar, {})] == ["topics", "user_data"]
    assert fields_of(grammar, {"type": 1, "type_name": "x"}) == list(plan(grammar).fields)
