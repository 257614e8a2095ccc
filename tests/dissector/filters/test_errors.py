"""What is wrong with a filter is shown below the place where it is."""

from dissector.filters.errors import FilterError


def test_a_caret_stands_below_the_column() -> None:
    error = FilterError("unknown field b", 10, "a == 1\nandb")
    assert str(error) == "unknown field b\n  a == 1 andb\n           ^"
    assert (error.message, error.column, error.text) == ("unknown field b", 10, "a == 1\nandb")


def test_without_the_text_the_column_is_said() -> None:
    assert str(FilterError("unknown field", 3)) == "unknown field (column 3)"


def test_notebooks_show_no_more_than_what_is_wrong() -> None:
    error = FilterError("unknown field b", 1, "b == 1")
    assert error._render_traceback_() == [f"FilterError: {error}"]
