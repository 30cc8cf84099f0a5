"""Which bytes does a signature over a whole document cover? Canonical XML in a stream. No Django.

Follows Canonical XML 1.0 and its exclusive form for the whole document without its signature, which
is put aside: a file of any size passes through a few kilobytes. Attributes by default need a document
type, and a file with one is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from healthrecords.imports.envelope_scan import Source

XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
XML = "http://www.w3.org/XML/1998/namespace"
CHUNK = 1024 * 1024
END = True  # of what expat is given
TEXT_AT_ONCE = 64 * 1024
SIGNATURE_AT_MOST = 4 * 1024 * 1024  # bytes of the signature itself
IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
IN_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)
IN_COMMENT = str.maketrans({"\r": "&#xD;"})
Scope = Mapping[str, str]  # prefix to namespace, as it holds inside an element
Write = Callable[[str], object]


class NotCanonicalError(ValueError):
    """The file is no XML that a signature could cover."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form of canonical XML; ``prefixes`` are those an exclusive form keeps like the other one."""

    is_exclusive: bool = False
    has_comments: bool = False
    prefixes: frozenset[str] = frozenset()


class Writer:
    """Writes elements canonically; whoever calls says what is in scope."""

    def __init__(self, write: Write, form: Form) -> None:
        self.write, self.form = write, form
        self.said: list[Scope] = [{}]  # the namespaces that the ancestors have written

    def start(self, name: str, attributes: Sequence[tuple[str, str]], scope: Scope) -> None:
        said = self.said[-1]
        wanted = self._wanted(name, attributes, scope)
        new = {prefix: uri for prefix, uri in wanted.items() if said.get(prefix, "") != uri}
        self.said.append({**said, **new} if new else said)
        parts = [
            f' xmlns{":" if prefix else ""}{prefix}="{uri.translate(IN_ATTRIBUTE)}"'
            for prefix, uri in sorted(new.items())
        ]
        parts += [
            f' {attribute}="{value.translate(IN_ATTRIBUTE)}"'
            for attribute, value in sorted(attributes, key=lambda one: _order(one[0], scope))
        ]
        self.write(f"<{name}{''.join(parts)}>")

    def _wanted(
        self, name: str, attributes: Sequence[tuple[str, str]], scope: Scope
    ) -> Mapping[str, str]:
        """Return the namespaces an element must name: all in scope, or those it makes use of."""
        if not self.form.is_exclusive:
            return {prefix: uri for prefix, uri in scope.items() if prefix != "xml"}
        used = {name.rpartition(":")[0]} | {
            prefix for attribute, _value in attributes if (prefix := attribute.rpartition(":")[0])
        }
        used |= self.form.prefixes & scope.keys()
        return {prefix: scope.get(prefix, "") for prefix in used - {"xml"}}

    def text(self, text: str) -> None:
        self.write(text.translate(IN_TEXT))

    def end(self, name: str) -> None:
        self.said.pop()
        self.write(f"</{name}>")


def _order(name: str, scope: Scope) -> tuple[str, str]:
    prefix, _colon, local = name.rpartition(":")
    return (XML if prefix == "xml" else scope.get(prefix, "")) if prefix else "", local


@dataclass
class Document:
    """A file on its way through; what is not its signature is written, if anybody listens.

    Without ``has_surroundings`` the first element alone is, not what stands around it.
    """

    path: Source
    write: Write | None = None
    form: Form = field(default_factory=Form)
    has_surroundings: bool = True
    signatures: int = 0
    records: int = 0
    root: Mapping[str, str] = field(default_factory=dict)  # the attributes of the first element
    _held: list[str] = field(default_factory=list)
    _size: int = 0
    _inside: int = 0  # elements deep in a signature
    _is_over: bool = False  # the first element has ended
    _scopes: list[Scope] = field(default_factory=lambda: [{}])
    _out: Writer | None = None
    _aside: Writer | None = None

    @property
    def signature(self) -> bytes:
        """Return the one signature as a document of its own, with the namespaces that held for it."""
        return "".join(self._held).encode()

    def run(self) -> None:
        """Let the file pass; raises NotCanonicalError."""
        self._out = Writer(self.write, self.form) if self.write else None
        parser = expat.ParserCreate()
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.buffer_size = TEXT_AT_ONCE
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.ProcessingInstructionHandler = self._instruction
        if self.form.has_comments:
            parser.CommentHandler = self._comment
        try:
            with self.path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    parser.Parse(chunk)
                parser.Parse(b"", END)
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise NotCanonicalError(str(error)) from error

    def _start(self, name: str, pairs: list[str]) -> None:
        scope, attributes = self._scopes[-1], list(zip(pairs[::2], pairs[1::2], strict=True))
        if any(attribute.startswith("xmlns") for attribute in pairs[::2]):
            scope, attributes = _declared(scope, attributes)
        prefix, _colon, local = name.rpartition(":")
        if len(self._scopes) == 1:
            self.root = dict(attributes)
        self._scopes.append(scope)
        if self._inside or (local == "Signature" and scope.get(prefix) == XMLDSIG):
            self._begin_aside(name, attributes, scope)
            return
        self.records += local.upper() == "HOSO"
        if self._out is not None:
            self._out.start(name, attributes, scope)

    def _begin_aside(self, name: str, attributes: list[tuple[str, str]], scope: Scope) -> None:
        if not self._inside:
            self.signatures += 1
            self._aside = Writer(self._hold if self.signatures == 1 else _nothing, Form())
        self._inside += 1
        if self._aside is not None:
            self._aside.start(name, attributes, scope)

    def _hold(self, text: str) -> None:
        self._size += len(text)
        if self._size > SIGNATURE_AT_MOST:
            raise NotCanonicalError("Signature")
        self._held.append(text)

    def _end(self, name: str) -> None:
        self._scopes.pop()
        writer = self._aside if self._inside else self._out
        self._inside -= bool(self._inside)
        if writer is not None:
            writer.end(name)
        self._is_over = len(self._scopes) == 1

    def _text(self, text: str) -> None:
        writer = self._aside if self._inside else self._out
        if writer is not None:
            writer.text(text)

    def _instruction(self, target: str, data: str) -> None:
        self._beside(f"<?{target}{' ' if data else ''}{data.translate(IN_COMMENT)}?>")

    def _comment(self, text: str) -> None:
        self._beside(f"<!--{text.translate(IN_COMMENT)}-->")

    def _beside(self, text: str) -> None:
        """Write what is no element: on lines of its own outside the first element."""
        if self._inside or self.write is None:
            return
        if len(self._scopes) == 1:
            if not self.has_surroundings:
                return
            text = f"\n{text}" if self._is_over else f"{text}\n"
        self.write(text)


def part_of(content: bytes, form: Form, is_wanted: Callable[[str, Scope], bool]) -> bytes:
    """Return the first wanted element of a small document, canonically, with all it contains.

    ``is_wanted`` is asked with the local name and the attributes of each element.
    """
    written: list[str] = []
    scopes: list[Scope] = [{}]
    writer = Writer(written.append, form)
    inside = 0

    def start(name: str, pairs: list[str]) -> None:
        nonlocal inside
        pairs_ = list(zip(pairs[::2], pairs[1::2], strict=True))
        scope, attributes = _declared(scopes[-1], pairs_)
        scopes.append(scope)
        is_first = not inside and not written
        if inside or (is_first and is_wanted(name.rpartition(":")[2], dict(attributes))):
            inside += 1
            writer.start(name, attributes, scope)

    def end(name: str) -> None:
        nonlocal inside
        scopes.pop()
        if inside:
            inside -= 1
            writer.end(name)

    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = lambda text: writer.text(text) if inside else None
    parser.Parse(content, END)
    return "".join(written).encode()


def _declared(
    scope: Scope, attributes: list[tuple[str, str]]
) -> tuple[Scope, list[tuple[str, str]]]:
    """Part the declarations of namespaces from the attributes."""
    held, left = dict(scope), []
    for name, value in attributes:
        if name == "xmlns":
            held[""] = value
        elif name.startswith("xmlns:"):
            held[name[6:]] = value
        else:
            left.append((name, value))
    return held, left


def _nothing(_text: str) -> None:
    return None


def _refuse(*_declared: Any) -> None:
    raise NotCanonicalError("DOCTYPE")
