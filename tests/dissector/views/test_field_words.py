"""What single fields say on a line."""

from dissector.views import field_words


def test_a_session_of_a_fetch_is_told_with_its_epoch() -> None:
    told = [field_words.session(*each) for each in ((0, 0), (0, -1), (7, 3), (7, -1), (7, None))]
    assert told == ["session=new", "", "session=7/3", "session=7 close", "session=7"]


def test_an_address_stands_behind_the_node_that_has_it() -> None:
    assert field_words.endpoint({"host": "b", "port": 9092}) == "b:9092"
    assert field_words.endpoint({"host": "b", "port": 9092, "node_id": 2}) == "2@b:9092"
    assert field_words.endpoint({"host": "b", "port": 9092, "key": "group\n"}) == "group\\n at b:9092"
    assert field_words.endpoint({"host": "", "port": -1}) == ""
