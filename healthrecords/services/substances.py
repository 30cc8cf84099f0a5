"""Which substances does a medicine hold, told by a list or by its name alone?

People write “Amoxicilin 500mg”, “Amoxicillin 500” and “Augmentin 625mg”; makers write ``codeine``,
the national formulary ``codein``. What makers call a medicine is known as far as the list of medicines
says it (its columns ``brands`` and ``synonyms``), which a department loads with the list. Names are compared word by word, without marks, figures apart from
their units, and in one spelling.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from portal.codelists.lookup import Entry, codes_on, lists_held, version_on
from portal.names import name_norm

RULES, LIMITS, ALLERGENS = "medicine_rules", "prescription_limits", "allergens"
MEDICINES = "station_medicines"
NAMING = (RULES, LIMITS, ALLERGENS, MEDICINES)
WORD = re.compile(r"[^\W\d_]+|\d+")
DOUBLED = re.compile(r"([a-z])\1")
GROUP = "nhom "
# A maker's name of fewer signs is taken for a unit or a form.
SHORTEST_NAME = 3
Named = TypeVar("Named", bound=Any)
Makers = Mapping[str, Sequence[tuple[str, tuple[str, ...]]]]


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """Return a name as it is compared: “Codeine-30mg” is ``codein 30 mg``."""
    return spelt(name)


def spelt(text: str) -> str:
    """Return any text so, a note of many lines too: it is not remembered, its words are."""
    return " ".join(map(one_spelling, WORD.findall(name_norm(text))))


@lru_cache(maxsize=16_384)
def one_spelling(word: str) -> str:
    """Write a word as the formulary does: codein, clorpheniramin, cefalexin, amoxicilin."""
    if len(word) <= 4:
        return word
    word = DOUBLED.sub(r"\1", word.replace("ph", "f").replace("chl", "cl"))
    return word[:-1] if len(word) > 5 and word.endswith("e") else word


def text_of(name: str, ingredients: Iterable[str] = (), *, on: date) -> str:
    """Return what is searched for substances: the name, closed up at hyphens too, and ingredients.

    The ingredients are those that are told, and those of what the list knows by a maker's name.
    """
    told = [name, *([name.replace("-", "")] if "-" in name else []), *ingredients]
    text = _joined(map(plain, told))
    return _joined([*map(plain, told), *made_of(text, makers_on(on))])


def _joined(names: Iterable[str]) -> str:
    return " | ".join(["", *names, ""])


def made_of(text: str, makers: Makers) -> list[str]:
    """Return the ingredients of the medicines whose makers' names stand in a text."""
    found = (
        ingredients
        for word in dict.fromkeys(text.split())
        for name, ingredients in makers.get(word, ())
        if is_in(name, text)
    )
    return list(dict.fromkeys(one for ingredients in found for one in ingredients))


def makers_on(on: date) -> Makers:
    """Return the makers' names that the list of medicines knows on a day."""
    version = version_on(MEDICINES, on)
    return {} if version is None else _makers(version.pk, version.digest, on)


@lru_cache(maxsize=16)
def _makers(version: UUID, digest: str, on: date) -> Makers:
    """Return the makers' names of a list of medicines by their first words, with the ingredients."""
    found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for row in codes_on(MEDICINES, on):
        ingredients = tuple(substances_of(row.attributes, "ingredients"))
        for name in substances_of(row.attributes, "brands", "synonyms"):
            if ingredients and len(name) >= SHORTEST_NAME:
                found.setdefault(name.split()[0], []).append((name, ingredients))
    return found


def is_in(substance: str, text: str) -> bool:
    """Say whether a substance stands in the text of a medicine, as whole words."""
    return bool(substance) and f" {substance} " in text


@lru_cache(maxsize=1024)
def cell(names: str) -> tuple[str, ...]:
    """Return the substances of one cell of a list; every medicine is held against every rule."""
    return tuple(dict.fromkeys(filter(None, map(plain, names.split(";")))))


def substances_of(said: Mapping[str, Any], *columns: str) -> list[str]:
    """Return the substances that a code of a list names in these columns."""
    return [one for column in columns for one in cell(str(said.get(column, "") or ""))]


def holds_any(text: str, said: Mapping[str, Any], *columns: str) -> bool:
    """Say whether the text of a medicine holds one of the substances of a code."""
    return any(is_in(one, text) for one in substances_of(said, *columns or ("ingredients",)))


def allergen_of(code: str, substance: str, on: date) -> Entry | None:
    """Return the allergen of the list that was coded, or that free words name as a whole.

    One member of a group names that member alone: who reacts to isoniazid may take rifampicin.
    """
    wanted = plain(substance)
    for row in codes_on(ALLERGENS, on):
        if code:
            if row.code == code:
                return row
            continue
        members = set(substances_of(row.attributes, "ingredients"))
        words = {one for one in substances_of(row.attributes, "synonyms") if one not in members}
        title = plain(row.title)
        if wanted in {title, title.removeprefix(GROUP), *words}:
            return row
    return None


def is_known(text: str, on: date) -> bool:
    """Say whether a list tells of anything in the text of a medicine; if not, nothing is checked."""
    listed = (row.attributes for key in NAMING for row in codes_on(key, on))
    return any(holds_any(text, said, *naming_columns(said)) for said in listed)


def naming_columns(said: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the columns that name substances: search words of medicines, never of foods.

    Those are words of every day: “kem” means a cosmetic there, and a form of medicine in “kem bôi”.
    """
    is_medicine = said.get("category") == "medicine"
    return ("ingredients", "synonyms") if is_medicine else ("ingredients",)


@lists_held()
def unchecked(medicines: Sequence[Named], on: date) -> list[Named]:
    """Return the medicines whose names no list knows: neither allergy nor age speaks against them."""
    return [
        one
        for one in medicines
        if not one.ingredients and not is_known(text_of(one.name, on=on), on)
    ]
