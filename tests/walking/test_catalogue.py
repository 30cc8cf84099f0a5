"""(e) Every sentence of the code stands in the catalogue, translated, with the same placeholders."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.utils.translation.template import templatize

pytestmark = pytest.mark.every_time
ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = sorted(ROOT.glob("locale/**/vi/LC_MESSAGES/*.po"))
OURS = ROOT / "locale" / "vi" / "LC_MESSAGES" / "django.po"
APPS = ("config", "reporting", "healthrecords", "practitioners", "facilities", "portal")
CALLS = {
    "_": (0,),
    "gettext": (0,),
    "gettext_lazy": (0,),
    "ngettext": (0, 1),
    "ngettext_lazy": (0, 1),
    "pgettext": (1,),
    "pgettext_lazy": (1,),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
STRING = r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
TEMPLATE_CALL = re.compile(
    rf"\b(?P<name>_|gettext|ngettext|pgettext)\(\s*u?(?P<first>{STRING})(?:\s*,\s*u?(?P<second>{STRING}))?"
)

each_catalogue = pytest.mark.parametrize(
    "path", CATALOGUES, ids=lambda path: str(path.relative_to(ROOT))
)


def test_there_are_catalogues() -> None:
    assert OURS in CATALOGUES
    assert any("libraries" in path.parts for path in CATALOGUES)


@each_catalogue
def test_everything_is_translated_and_nothing_is_guessed(path: Path) -> None:
    catalogue = polib.pofile(str(path))
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []
    assert len({(entry.msgctxt, entry.msgid) for entry in catalogue}) == len(catalogue)


@each_catalogue
def test_placeholders_are_the_same_in_both_languages(path: Path) -> None:
    wrong = []
    for entry in polib.pofile(str(path)):
        sources = [entry.msgid, entry.msgid_plural] if entry.msgid_plural else [entry.msgid]
        wanted = set(PLACEHOLDER.findall(" ".join(sources)))
        wrong += [
            (entry.msgid, text)
            for text in [entry.msgstr, *entry.msgstr_plural.values()]
            if text and set(PLACEHOLDER.findall(text)) != wanted
        ]
    assert wrong == []


def test_no_sentence_of_the_code_is_missing_from_the_catalogues() -> None:
    entries = [entry for path in CATALOGUES for entry in polib.pofile(str(path))]
    known = {text for entry in entries for text in (entry.msgid, entry.msgid_plural) if text}
    missing = {text: place for text, place in (*_of_code(), *_of_templates()) if text not in known}
    assert missing == {}, "\n".join(f"{place}: {text!r}" for text, place in missing.items())


def test_only_named_placeholders_and_no_f_strings_are_translated() -> None:
    wrong = []
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and _name(node) in CALLS and node.args):
                continue
            text = node.args[0]
            if isinstance(text, ast.JoinedStr):
                wrong.append(f"{path}:{node.lineno}: f-string")
            elif isinstance(text, ast.Constant) and re.search(r"%[sd]", str(text.value)):
                wrong.append(f"{path}:{node.lineno}: {text.value!r}")
    assert wrong == []


def _sources() -> Iterator[Path]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def _name(call: ast.Call) -> str:
    function = call.func
    return getattr(function, "id", "") or getattr(function, "attr", "")


def _of_code() -> Iterator[tuple[str, str]]:
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                for position in CALLS.get(_name(node), ()):
                    said = node.args[position] if len(node.args) > position else None
                    if isinstance(said, ast.Constant) and isinstance(said.value, str):
                        yield said.value, f"{path.relative_to(ROOT)}:{node.lineno}"


def _of_templates() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix not in {".html", ".txt"}:
            continue
        source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        for found in TEMPLATE_CALL.finditer(source):
            texts = [found["first"], found["second"]]
            wanted = {"pgettext": texts[1:], "ngettext": texts}.get(found["name"], texts[:1])
            for text in wanted:
                if text is not None:
                    yield ast.literal_eval(text), str(path.relative_to(ROOT))
