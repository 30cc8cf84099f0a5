"""What a signature covers is written in a stream just as a tree in memory would be written."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from healthrecords.imports.envelope_canonical import (
    Document,
    Form,
    NotCanonicalError,
    part_of,
)

SPACES = ("", "urn:a", "urn:b")
LETTERS = st.text("aấ &<>\"'\t\n\r]é", max_size=6)
NAMES = ("A", "p:A", "q:B", "B")


def _escaped(text: str, *, quote: bool = False) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;") if quote else text


@st.composite
def elements(draw: st.DrawFn, depth: int = 3) -> str:
    name = draw(st.sampled_from(NAMES))
    declared = {"xmlns": draw(st.sampled_from(SPACES))} if draw(st.booleans()) else {}
    if depth == 3:
        declared |= {"xmlns:p": "urn:p", "xmlns:q": "urn:q", "xmlns:unused": "urn:u"}
    elif draw(st.booleans()):
        declared["xmlns:p"] = draw(st.sampled_from(SPACES[1:]))
    names = draw(st.lists(st.sampled_from(("z", "a", "p:k", "q:k", "xml:lang")), unique=True))
    said = {**declared, **{key: draw(LETTERS) for key in names}}
    head = "".join(f' {key}="{_escaped(value, quote=True)}"' for key, value in said.items())
    parts = [_escaped(draw(LETTERS))]
    if depth:
        for child in draw(st.lists(elements(depth=depth - 1), max_size=3)):
            parts += [
                child,
                draw(st.sampled_from(("", "<!-- x -->", "<?do it?>", "<![CDATA[<&]]>"))),
            ]
    return f"<{name}{head}>{''.join(parts)}</{name}>"


def streamed(content: bytes, form: Form) -> str:
    written: list[str] = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.xml"
        path.write_bytes(content)
        Document(path, written.append, form).run()
    return "".join(written)


@given(
    elements(),
    st.booleans(),
    st.booleans(),
    st.sampled_from(("", "<!-- before --><?one two?>\n")),
    st.sampled_from(("", "\n<?after?><!-- it -->")),
)
def test_a_stream_writes_what_a_tree_writes(
    body: str, exclusive: bool, comments: bool, before: str, after: str
) -> None:
    content = f'<?xml version="1.0" encoding="UTF-8"?>\n{before}{body}{after}'.encode()
    tree = etree.ElementTree(etree.fromstring(content))
    wanted = etree.tostring(tree, method="c14n", exclusive=exclusive, with_comments=comments)
    assert streamed(content, Form(exclusive, comments)) == wanted.decode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252"])
def test_the_letters_are_those_of_the_file(encoding: str) -> None:
    content = f'<?xml version="1.0" encoding="{encoding}"?><A b="é"/>'.encode(encoding)
    assert streamed(content, Form()) == '<A b="é"></A>'


def test_prefixes_that_are_to_be_kept_are_kept() -> None:
    content = b'<A xmlns:x="urn:x" xmlns:y="urn:y"><B/></A>'
    form = Form(is_exclusive=True, prefixes=frozenset({"x"}))
    assert streamed(content, form) == '<A xmlns:x="urn:x"><B></B></A>'


@pytest.mark.parametrize(
    "content", [b"<A>", b"", b"<!DOCTYPE A [<!ENTITY x 'y'>]><A>&x;</A>", b"<A>\xff</A>"]
)
def test_what_is_no_plain_document_is_refused(content: bytes) -> None:
    with pytest.raises(NotCanonicalError):
        streamed(content, Form())


@pytest.mark.parametrize("exclusive", [False, True])
def test_a_part_is_written_with_the_namespaces_that_hold_for_it(exclusive: bool) -> None:
    content = b'<A xmlns="urn:a" xmlns:p="urn:p"><B z="1" a="2"><p:C/></B><B/></A>'
    part = part_of(content, Form(exclusive), lambda name, _said: name == "B")
    also = b"" if exclusive else b' xmlns:p="urn:p"'
    own = b' xmlns:p="urn:p"' if exclusive else b""
    assert part == b'<B xmlns="urn:a"' + also + b' a="2" z="1"><p:C' + own + b"></p:C></B>"
