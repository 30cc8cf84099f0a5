"""Of a part that is read past the XML parser, the parser would say the same; what it refuses is not read."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from healthrecords.imports.envelope_plain import plain
from healthrecords.imports.envelope_reader import WANTED, _items, _leaves, _parsed
from tests.intake.envelopes import inner, whole

TABLE = "XML2"
ITEM = WANTED[TABLE]
PIECES = [
    *(f"<{end}{name}{more}>" for end in ("", "/") for name in ("A", "B_1", "Cd", ITEM) for more in ("", " ", "/")),
    "<W>", "</W>", "<ITEM x='1'>", "<!-- a -->", "<![CDATA[<A>]]>", "]]>", "<?p?>", "&amp;", "&lt;", "&#65;", "&",
    " ", "\n", "\r\n", "\t", "\u00a0", "\u2028", "\x00", "\x1f", "\x85", "\ufffe", "\ufffd", "x", "Lò", "5>4",
]  # fmt: skip
GOOD = st.sampled_from(
    [f"<A>{value}</A>" for value in ("1", "", "x y", " x", "x\n", "&lt;5&gt;", "&#32;", "a&b", "]]>")]
    + ["<B_1/>", "<B_1></B_1>", "<A><C>1</C></A>", " ", "\n  ", "y", "<A>1</B_1>", "<n:A>1</n:A>"]
)  # fmt: skip


def lines(fields: list[str], around: tuple[str, str]) -> str:
    return around[0] + "".join(f"<{ITEM}>{one}</{ITEM}>" for one in fields) + around[1]


WRAPPED = st.builds(
    lines,
    st.lists(st.lists(GOOD, max_size=4).map("".join), max_size=3),
    st.sampled_from(
        [("<W>", "</W>"), ("", ""), ("<W> <V>", "</V>\n</W>"), ("<W><V>", "</W></V>"), ("<W>", "")]
    ),
)


@given(text=WRAPPED | st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@example(text=f"<{ITEM}><{ITEM}><A>1</A></{ITEM}></{ITEM}>")
@example(text=f"<W><{ITEM}><A>1</A><A>2</A></{ITEM}></W>")
@example(text=f"<W><{ITEM}><A>1</A></{ITEM}></W>\u2003")
@example(text=f"<W><{ITEM}><A>1</A></{ITEM}></ W>")
@example(text=f"<W><W><{ITEM}></{ITEM}></W></W>")
def test_what_is_read_plainly_the_parser_reads_so_too(text: str) -> None:
    found = plain(text, ITEM)
    if found is not None:
        table, items = _items(_parsed(text), TABLE)
        assert table == TABLE
        assert [list(one.items()) for one in found.items] == [
            list(_leaves(item).items()) for item in items
        ]


@pytest.mark.parametrize("table", ["XML1", "XML2", "XML3", "XML4", "XML5"])
def test_parts_as_programs_write_them_are_read_plainly(table: str) -> None:
    text = inner(table, whole()[table])
    found = plain(text, WANTED[table])
    assert found is not None
    assert found.items == [_leaves(item) for item in _items(_parsed(text), table)[1]]
    spaced = re.sub("(</[A-Z0-9_]+>)", "\\1\n  ", text)
    assert plain(spaced, WANTED[table]) is not None
