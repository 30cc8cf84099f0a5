"""What can the checks of a kind say? Read from the checks themselves, so that no page can disagree."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType

from django.utils.translation import gettext as _

from portal.intake.declaration import Kind
from portal.intake.presenting import SENTENCE
from portal.intake.problems import msgid

# The checks every kind has, whatever its app adds.
GENERAL = tuple(f"portal.intake.{name}" for name in ("values", "spoilt", "moments", "codebook"))
# Beside the app's own modules: where the sentences about numbers and dates stand.
SENTENCES = ("portal.identifiers.", "portal.dates")
MAKERS = {"Problem", "Doubt", "refusal", "_refuse"}  # called with a code, then its sentence
PARAMETER = re.compile(r"%\((\w+)\)[sd]")


@dataclass(frozen=True, slots=True)
class Saying:
    """One thing a check can say: its code, its sentence, what mends it, and the column it is about."""

    code: str
    message: str
    remedy: str = ""
    column: str = ""

    @property
    def words(self) -> tuple[str, str]:
        """Return what is wrong and what mends it; a message that says both is parted."""
        message = PARAMETER.sub("…", _(self.message))
        if self.remedy:
            return message, PARAMETER.sub("…", _(self.remedy))
        first, *rest = SENTENCE.split(message, maxsplit=1)
        return first, rest[0] if rest else ""


def sayings_of(kind: Kind) -> list[Saying]:
    """Return what the checks of a kind can say, by code."""
    columns = {column.name for table in kind.tables for column in table.columns}
    found = {
        saying
        for module in _modules_of(kind)
        for saying in _sayings_in(module)
        if not saying.column or saying.column in columns
    }
    found |= {
        Saying(code, msgid(message), msgid(remedy))
        for code, (message, remedy) in kind.faults.items()
    }
    return sorted(found, key=lambda saying: (saying.code, saying.message))


def _modules_of(kind: Kind) -> list[str]:
    """Return the modules that check this kind: the general ones, the app's, those its rules ask."""
    rules = [c.rule for table in kind.tables for c in table.columns if c.rule is not None]
    waiting = [*GENERAL, kind.handler.__module__, *(rule.__module__ for rule in rules)]
    package = kind.handler.__module__.rpartition(".")[0]
    met: dict[str, None] = {}
    while waiting:
        name = waiting.pop()
        if name in met or name not in sys.modules:
            continue
        met[name] = None
        waiting += [
            other
            for other in _imported(sys.modules[name])
            if other.startswith((f"{package}.", *SENTENCES)) and name not in SENTENCES
        ]
    return list(met)


def _imported(module: ModuleType) -> Iterator[str]:
    """Yield the modules whose names a module uses, by where each name was really defined."""
    for value in vars(module).values():
        if isinstance(value, ModuleType):
            yield value.__name__
        else:
            yield str(getattr(value, "__module__", "") or "")


@lru_cache(maxsize=64)
def _sayings_in(module: str) -> frozenset[Saying]:
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (OSError, TypeError):
        return frozenset()
    parts = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    functions = [
        node for part in parts for node in ast.walk(part) if isinstance(node, ast.FunctionDef)
    ]
    shared = _assigned(tree.body)
    found = set(_sayings_under([n for n in tree.body if n not in parts], shared))
    for function in functions:
        found |= set(_sayings_under([function], shared + _assigned(ast.walk(function))))
    return frozenset(found)


# What a name stood for, and from which line on.
Texts = list[tuple[str, int, list[str]]]


def _assigned(nodes: Iterable[ast.AST]) -> Texts:
    """Return the sentences that are kept under a name before they are used."""
    return [
        (target.id, node.lineno, _sentences(node.value, [], node.lineno))
        for node in nodes
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]


def _sayings_under(nodes: Iterable[ast.AST], texts: Texts) -> Iterator[Saying]:
    for top in nodes:
        for node in ast.walk(top):
            if isinstance(node, ast.Call):
                yield from _sayings_of_call(node, texts)


def _sayings_of_call(call: ast.Call, texts: Texts) -> Iterator[Saying]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name in MAKERS:
        placed = dict(zip(("code", "message", "remedy"), call.args, strict=False))
    elif name == "ValidationError":
        placed = dict(zip(("message",), call.args, strict=False))
    else:
        return
    parts = {**placed, **{word.arg: word.value for word in call.keywords if word.arg}}
    code, column = _constant(parts.get("code")), _constant(parts.get("column"))
    messages = _sentences(parts.get("message"), texts, call.lineno) if code else []
    remedies = _sentences(parts.get("remedy"), texts, call.lineno)
    for at, message in enumerate(messages):
        # Two messages with two remedies were chosen by the same question.
        fitting = remedies[at : at + 1] if len(remedies) == len(messages) else remedies[:1]
        yield Saying(code, message, "".join(fitting), column)


def _constant(node: ast.expr | None) -> str:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return str(node.value) if is_text and isinstance(node, ast.Constant) else ""


def _sentences(node: ast.expr | None, texts: Texts, line: int) -> list[str]:
    """Return the texts an expression may be: _("…"), one of two, or a name given before."""
    if isinstance(node, ast.IfExp):
        return [*_sentences(node.body, texts, line), *_sentences(node.orelse, texts, line)]
    if isinstance(node, ast.Name):
        given = [said for name, _line, said in texts if name == node.id]
        before = [said for name, at, said in texts if name == node.id and at < line]
        return (before or given or [[]])[-1]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
        return [text for text in map(_constant, node.args) if text]
    return []
