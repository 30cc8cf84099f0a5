"""Which protected class do the words of a note or a paper betray? “Test nhanh HIV” needs no code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from healthrecords.documents import fields_of
from healthrecords.services.judging import known_tests
from portal.codelists.sensitivity import folded_words, rules_on, strictest


@dataclass(frozen=True, slots=True)
class Words:
    """Words with their classes: those of the rules of protection, and names of protected examinations."""

    classes: tuple[tuple[str, str], ...]

    def class_of(self, *texts: str) -> str:
        """Return the strictest class that texts betray, "" for none."""
        said = f" {' '.join(map(folded_words, texts))} "
        return strictest(kind for word, kind in self.classes if f" {word} " in said)

    def of_note(self, note: Any) -> str:
        """Return the class of a note, stored or as a file says it."""
        return self.class_of(note.text, note.stage)

    def of_paper(self, paper: Any) -> str:
        """Return the class of what stands on a paper, stored or as a file says it.

        A box that is ticked says its label.
        """
        said = [value for value in paper.content.values() if isinstance(value, str)]
        ticked = (f.label for f in fields_of(paper.kind) if paper.content.get(f.name) is True)
        return self.class_of(*said, *ticked)


def words_on(on: date) -> Words:
    """Return the words of a day."""
    named = [(word, rule.sensitivity) for rule in rules_on(on) for word in rule.words]
    named += known_tests(on).words.items()
    return Words(tuple((folded_words(word), kind) for word, kind in named))
