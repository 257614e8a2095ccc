"""Colours and line breaks do not change what is said."""

from hypothesis import given
from hypothesis import strategies as st

from dissector.views import style
from dissector.views.style import Piece

PIECES = st.lists(
    st.builds(Piece, st.text(st.sampled_from("ab 日\u0301"), max_size=12), st.sampled_from(["", "error", "dim"]))
)


def test_tones_are_escape_sequences_only_where_colour_is_wanted() -> None:
    pieces = [Piece("a "), Piece("NOT_COORDINATOR", "error")]
    assert style.paint(pieces, color=False) == "a NOT_COORDINATOR"
    assert style.paint(pieces, color=True) == "a \x1b[1;31mNOT_COORDINATOR\x1b[0m"


def test_wide_and_combining_characters_take_their_columns() -> None:
    assert style.columns("日本") == 4
    assert style.columns("e\u0301") == 1


@given(PIECES, st.integers(4, 20), st.integers(0, 3))
def test_breaking_lines_changes_spaces_only(pieces: list[Piece], limit: int, indent: int) -> None:
    wrapped = style.paint(style.wrap(pieces, limit, indent), color=False)
    assert wrapped.split() == style.paint(pieces, color=False).split()
    for number, line in enumerate(wrapped.split("\n")):
        assert style.columns(line) <= limit or len(line.split()) == 1
        assert number == 0 or line.startswith(" " * indent)


def test_a_word_made_of_several_pieces_stays_whole() -> None:
    pieces = [Piece("to "), Piece("orders[0]"), Piece("@17", "dim")]
    assert style.paint(style.wrap(pieces, 12, 2), color=False) == "to\n  orders[0]@17"


def test_an_arrow_goes_with_the_word_behind_it() -> None:
    """The response begins on the line where its arrow stands."""
    pieces = [style.Piece("aaaa bbbb"), style.Piece("  => ", "dim"), style.Piece("cc"), style.Piece("dd ee")]
    assert style.paint(style.wrap(pieces, 14, 2), color=False) == "aaaa bbbb\n  => ccdd ee"
