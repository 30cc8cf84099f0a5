"""Which protected class does what stands in a record betray? “Lấy thuốc ARV” needs no code.

A code is judged by the rules of the day a visit ended. Words betray by what the lists of the day say
on which somebody writes them: the words of the rules, the names of protected examinations (an order of
the test tells of it too, “xét nghiệm HIV” in prenatal care), and the substances that treat a protected
illness alone as the list of allergens has them, in any spelling and under the makers' names that the
list of medicines knows. A code betrays where people write it into words: “Tái khám B20”. A substance that is given for another
illness, too, has the class which that list gives it. A place betrays by its name, whatever was done
there: “Phòng khám ngoại trú HIV tỉnh”. Law 71/2020/QH14, article 30.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from django.utils import timezone

from healthrecords.documents import fields_of
from healthrecords.models import Diagnosis, Visit
from healthrecords.services.entries import VisitEntry
from healthrecords.services.judging import known_tests
from healthrecords.services.substances import (
    ALLERGENS,
    MEDICINES,
    Makers,
    made_of,
    makers_on,
    spelt,
)
from healthrecords.services.wording import looked_for, said
from portal.codelists.lookup import codes_on, lists_held, version_on
from portal.codelists.sensitivity import STRICTEST_FIRST, Rule, class_of, rules_on, strictest

# What the row of a visit says in words, beside the place where it was held.
TEXTS = ("reason", "symptoms", "advice", "admission_reason", "treatment")
OF_MEDICINE = ("note", "instruction", "route")
# A code in the middle of words, as people copy it onto papers: “B20 Bệnh HIV”. In small letters it is
# as often a vitamin (“b12”) or a gate; “b20” to “b24” alone are what people call HIV.
CODE = re.compile(r"(?<![\w.])(?:[A-Z]\d\d|b2[0-4])(?:\.\d{1,2})?(?!\w)")
# The short fields of a paper that say something of the illness; the others name people, places and numbers,
# and “Khoa A15” is no code.
SHORT_TEXTS = frozenset({"note", "pregnancy_ended_why", "child_state"})
REMEMBERED = 20_000
LONGEST = 120  # no two notes are alike, and they are nobody's to keep in memory


@dataclass(frozen=True, slots=True)
class Words:
    """What betrays a protected illness on a day; remembers what it was asked."""

    rules: tuple[Rule, ...]
    classes: tuple[tuple[str, re.Pattern[str]], ...]
    harmless: re.Pattern[str]
    makers: Makers
    _found: dict[Hashable, str] = field(default_factory=dict, compare=False)

    def class_of(self, *texts: Any) -> str:
        """Return the strictest class that texts betray, "" for none; a word counts as a whole."""
        return strictest({self._of_text(text) for text in texts if text})

    def _of_text(self, text: str) -> str:
        found = self._found.get(text)
        if found is None:
            found = self._keep(text, self._of_said(said(text)))
        return found

    def _of_said(self, words: str) -> str:
        found = self._strictest_in(words)
        return self._strictest_in(self.harmless.sub(" |", words)) if found else ""

    def _strictest_in(self, words: str) -> str:
        return next((kind for kind, pattern in self.classes if pattern.search(words)), "")

    def of_text(self, *texts: Any) -> str:
        """Return the strictest class that texts betray by their words and the ICD codes in them."""
        return strictest({self.class_of(*texts), self.of_codes_in(*texts)})

    def _keep(self, key: Hashable, found: str) -> str:
        if isinstance(key, str) and len(key) > LONGEST:
            return found
        if len(self._found) >= REMEMBERED:
            self._found.clear()
        self._found[key] = found
        return found

    def of_codes(self, *codes: str) -> str:
        """Return the class of ICD codes by the rules of this day."""
        return class_of([code for code in codes if code], (), self.rules)

    def of_codes_in(self, *texts: str) -> str:
        """Return the class of the ICD codes that stand in texts."""
        return self.of_codes(*(code for text in texts if text for code in CODE.findall(text)))

    def openly(self, text: str) -> str:
        """Return a text as it may be told to everybody, "" where it betrays anything."""
        return "" if self.of_text(text) else text

    def of_medicine(self, name: str, ingredients: Iterable[str] = (), *others: str) -> str:
        """Return the class of a medicine: of its name, of what it is made of, of what is written to it."""
        told = (name, *ingredients)
        found = self._found.get(told)
        if found is None:
            made = made_of(f" {' | '.join(map(spelt, told))} ", self.makers)
            words = "|".join(map(said, [*told, name.replace("-", ""), *made]))
            found = self._keep(told, self._of_said(words))
        return strictest({found, self.of_text(*others)})

    def of_entry(self, entry: VisitEntry) -> str:
        """Return the class of what somebody types of a visit, its codes aside."""
        medicines = (
            self.of_medicine(one.name, one.ingredients, one.note, one.reason)
            for one in entry.medicines
        )
        traditional = (text for one in entry.traditional for text in (one.code, one.title))
        return strictest({*medicines, self.class_of(*traditional), self.of_row(entry)})

    def of_way(self, visit: Visit) -> str:
        """Return the class of what was noted on the way through the station: a room, a few words."""
        if visit._state.adding:
            return ""
        steps = visit.queuestep_rows.values_list("room", "note")
        return strictest({self.of_step(room, note) for room, note in steps})

    def of_step(self, room: str, words: str) -> str:
        """Return the class of a step on that way; a room “A15” is no code."""
        return strictest({self.class_of(room), self.of_text(words)})

    def of_place(self, name: str) -> str:
        """Return the class that the name of a facility gives to all that is done there.

        A hospital of many departments is meant by its own name alone: in which of them a visit was held
        stands in the visit, and says something of that visit only. A number in a name is no code.
        """
        return self.class_of(name)

    def of_row(self, visit: Visit | VisitEntry) -> str:
        """Return the class of the words in the row of a visit, stored or as somebody types it."""
        return strictest(
            {self.class_of(visit.held_at), self.of_text(*(getattr(visit, name) for name in TEXTS))}
        )

    def of_prescribed(self, medicine: Any) -> str:
        """Return the class of a stored medicine of a visit."""
        given = (medicine.warnings or {}).get("reason", "")
        others = (*(getattr(medicine, name) for name in OF_MEDICINE), given)
        return self.of_medicine(medicine.name, medicine.ingredients or (), *others)

    def of_diagnosis(self, row: Any) -> str:
        """Return the class of a stored diagnosis; the words of a traditional one are no code's."""
        if row.rank == Diagnosis.Rank.TRADITIONAL:
            return self.class_of(row.code, row.title)
        return self.of_codes(row.code)

    def of_note(self, note: Any) -> str:
        """Return the class of a note, stored or as a file says it."""
        return self.of_text(note.text, note.stage)

    def of_paper(self, paper: Any) -> str:
        """Return the class of what stands on a paper, stored or as a file says it."""
        return self.of_content(paper.kind, paper.content)

    def of_content(self, kind: str, content: Any) -> str:
        """Return the class of the fields of a paper; a box that is ticked says its label."""
        fields = fields_of(kind)
        said = [value for value in content.values() if isinstance(value, str)]
        ticked = (f.label for f in fields if content.get(f.name) is True)
        told = (f.name for f in fields if f.type == "long" or f.name in SHORT_TEXTS)
        written = (str(content.get(name) or "") for name in told)
        return strictest({self.class_of(*said, *ticked), self.of_codes_in(*written)})

    def of_report(self, report: Any, values: Iterable[Any]) -> str:
        """Return the class of a report with its values, stored, typed or as a file says it."""
        named = [text for value in values for text in (value.name, value.value)]
        return self.of_text(report.title, report.description, report.conclusion, *named)

    def of_procedure(self, done: Any) -> str:
        """Return the class of what was done, stored, typed or as a file says it."""
        told = self.of_text(done.title, getattr(done, "outcome", ""))
        return strictest({told, self.of_codes(done.reason)})


@lists_held()
def words_on(on: date) -> Words:
    """Return what betrays on a day; the lists are asked in one query, and read once."""
    rules = rules_on(on)
    named = [(word, rule.sensitivity) for rule in rules for word in rule.words]
    named += known_tests(on).words.items()
    named += _substances(on)
    medicines = version_on(MEDICINES, on)
    key = (medicines.pk, medicines.digest) if medicines else None
    return _words(rules, tuple(named), _Held(makers_on(on), (key, on)))


@dataclass(frozen=True, slots=True)
class _Held:
    """The makers' names, told apart by the version of their list."""

    makers: Makers = field(compare=False)
    key: Hashable


@lru_cache(maxsize=32)
def _words(rules: tuple[Rule, ...], named: tuple[tuple[str, str], ...], held: _Held) -> Words:
    classes = tuple(
        (str(kind), looked_for(word for word, its in named if its == kind))
        for kind in STRICTEST_FIRST
    )
    harmless = looked_for(phrase for rule in rules for phrase in rule.harmless)
    return Words(rules, classes, harmless, held.makers)


def _substances(on: date) -> list[tuple[str, str]]:
    """Return the substances of groups that have a class, with it."""
    return [
        (word, str(row.attributes["sensitivity"]))
        for row in codes_on(ALLERGENS, on)
        if row.attributes.get("sensitivity")
        for name in ("synonyms", "ingredients")
        for word in str(row.attributes.get(name, "") or "").split(";")
    ]


def told_openly(text: str, *, sees_sensitive: bool) -> str:
    """Return a text as it is told to a reader: without the right "" where it betrays anything today."""
    return text if sees_sensitive or not text else words_on(timezone.localdate()).openly(text)


def class_of_substance(text: str, code: str, on: date) -> str:
    """Return the class of a medicine by its name, or by the code of its group."""
    groups = codes_on(ALLERGENS, on) if code else []
    coded = (str(row.attributes.get("sensitivity", "")) for row in groups if row.code == code)
    return strictest({*coded, words_on(on).of_medicine(text)})


def class_of_visit(visit: Visit, words: Words, *, codes: str = "") -> str:
    """Return the class of a visit as it stands; ``codes`` is that of its codes on the day it ended."""
    parts: Sequence[Any] = (
        *map(words.of_diagnosis, visit.diagnosis_rows.all()),
        *map(words.of_prescribed, visit.medication_rows.all()),
    )
    place = words.of_place(visit.facility.name)
    return strictest({codes, place, words.of_row(visit), words.of_way(visit), *parts})
