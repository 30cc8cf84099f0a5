"""Which people of a scope may have been meant by a name, a page at a time?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from django.db.models import Q

from healthrecords.finding import names
from healthrecords.finding.formerly import bore
from healthrecords.finding.names import Meant, Named, Readings
from healthrecords.finding.reach import Reach, behind, chunks
from healthrecords.finding.words import Vocabulary
from healthrecords.models import Citizen
from portal.dates import PartialDate
from portal.identifiers import NameQuery
from portal.name_words import words_of
from portal.names import name_norm
from portal.scope import Scope

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGE = 20
# With fewer than this, names are guessed too; of each guessed name so many people are shown.
FEW, OF_A_GUESS = 5, 5
# The nearest few names most often have a page of people.
CHUNKS = (25, 100, 400, 1600, 6400)
Why = Literal["", "guess", "other_birth", "former_name"]


@dataclass(slots=True)
class Found:
    """A person who may have been meant: by the name as typed, by a guess, or born on another day.

    ``number`` says which number of a facility or an office was typed, where it was one.
    """

    citizen: Citizen
    why: Why = ""
    number: StrOrPromise = ""


@dataclass(slots=True)
class Page:
    """The likeliest people first; ``spelt`` is the name as it was read, where keys were left in it."""

    people: list[Found] = field(default_factory=list)
    has_more: bool = False
    spelt: str = ""


def find_by_name(query: NameQuery, scope: Scope, *, after: UUID | None = None) -> Page:
    """Return people by words of the name in any order, the last may be begun; then near names.

    ``after`` is the last person of the page before.
    """
    folded = name_norm(query.name)
    if not words_of(folded) or not scope:
        return Page()
    search = Search(folded, Reach(query.birth, scope))
    page = search.page(after)
    if after is None and not any(one.why == "" for one in page.people):
        before = bore(search.folded, search.vocabulary.as_typed(), search.reach, PAGE)
        known = {citizen.pk for citizen in before}
        guesses = [one for one in page.people if one.citizen.pk not in known]
        page.people = [*(Found(citizen, "former_name") for citizen in before), *guesses][:PAGE]
    if not page.people and query.birth is not None and after is None:
        page = _otherwise(folded, query.birth, scope)
    return page


def _otherwise(folded: str, birth: PartialDate, scope: Scope) -> Page:
    """Return whom a full date leaves: a near name known by month or year, or another day of birth."""
    if birth.is_full:
        roughly = Search(folded, Reach(birth, scope, roughly=True)).guesses()
        if roughly:
            return Page([Found(citizen, "guess") for citizen in roughly[:PAGE]])
    page = Search(folded, Reach(None, scope)).page(None, guesses=False)
    page.people = [Found(one.citizen, _other_birth(one.citizen, birth)) for one in page.people]
    page.has_more = False
    return page


def _other_birth(citizen: Citizen, birth: PartialDate) -> Why:
    return "" if birth.may_be(citizen.birth) else "other_birth"


class Search:
    """One search by name within a scope."""

    def __init__(self, folded: str, reach: Reach) -> None:
        self.reach = reach
        self.vocabulary = Vocabulary(words_of(folded))
        as_read = " ".join(self.vocabulary.words)
        self.folded = folded if self.vocabulary.is_as_typed else as_read

    def page(self, after: UUID | None, *, guesses: bool = True) -> Page:
        """Return who bears the name as it was typed, then whose name has the words, then guesses."""
        last = self.reach.people().filter(pk=after).first() if after else None
        found = self._spelt_so(last) if self._walks(last) else []
        if len(found) <= PAGE:
            found += self._with_words(last, PAGE + 1 - len(found))
        people = [Found(citizen) for citizen in found]
        enough = 1 if self.reach.birth is not None else FEW
        if len(people) < enough and after is None and guesses:
            known = {one.citizen.pk for one in people}
            people += [Found(c, "guess") for c in self.guesses() if c.pk not in known]
        page = Page(people[:PAGE], has_more=len(found) > PAGE)
        page.spelt = "" if self.vocabulary.is_as_typed else self.folded
        return page

    def _walks(self, last: Citizen | None) -> bool:
        """Whether the names that begin as typed are still to come; of one birthday all names are read."""
        return not self.reach.is_birthday and (last is None or self._begins(last.name_norm))

    def _begins(self, name: str) -> bool:
        """Whether the walk along the index finds the name."""
        return not self.reach.is_birthday and name.startswith(self.folded)

    def _spelt_so(self, last: Citizen | None) -> list[Citizen]:
        """The name begins as typed: one walk along an index, at any size."""
        begun = Q(name_norm__startswith=self.folded)
        return self.reach.first(begun & behind(last) if last else begun, PAGE + 1)

    def _with_words(self, last: Citizen | None, wanted: int) -> list[Citizen]:
        typed = self.vocabulary.as_typed()
        if self.reach.is_birthday:
            roughly = names.with_words(typed, self.reach.roughly_borne)
            found = names.nearest([*(self._few_names or ()), *roughly], [typed])
        else:
            found = self._nearest([typed], lambda: names.with_words(typed))
        found = [meant for meant in found if not self._begins(meant.name)]
        if last is not None and not self._begins(last.name_norm):
            places = [n for n, meant in enumerate(found) if meant.name == last.name_norm]
            found = found[places[0] :] if places else []
        return self._bearers(found, wanted, last=last)

    def guesses(self) -> list[Citizen]:
        """Return people whose name is one slip away, or else lacks one of the typed words."""
        readings = self.vocabulary.with_slips(self._counted)
        found = self._nearest(readings, lambda: names.with_slips(readings))
        people = self._bearers(found, PAGE, of_each=OF_A_GUESS)
        if people or len(self.vocabulary.words) < 2:
            return people
        typed = readings[0]
        found = self._nearest([typed], lambda: names.with_most_words(typed), absent=1)
        return self._bearers(found, PAGE, of_each=OF_A_GUESS)

    def _nearest(
        self, readings: Readings, dictionary: Callable[[], Sequence[Named]], *, absent: int = 0
    ) -> list[Meant]:
        """Rank the names of the few people to go through, or of the dictionary."""
        few = self._few_names
        return names.nearest(dictionary() if few is None else few, readings, absent=absent)

    @cached_property
    def _few_names(self) -> list[Named] | None:
        return None if self.reach.few is None else names.borne(self.reach.names())

    @cached_property
    def _counted(self) -> Counter[str] | None:
        """How many of the few have each word in their name."""
        few = self._few_names
        return None if few is None else Counter(word for _name, words, _n in few for word in words)

    def _bearers(
        self, found: Sequence[Meant], wanted: int, *, last: Citizen | None = None, of_each: int = 0
    ) -> list[Citizen]:
        """Return people called so, in the order of the names; few of each where many are guessed."""
        after = Q()
        if last is not None:
            after = ~Q(name_norm=last.name_norm) | behind(last)
        people: list[Citizen] = []
        for chunk in chunks([meant.name for meant in found], CHUNKS):
            bearers = self.reach.bearers(chunk, after, of_each or wanted)
            people += [citizen for name in chunk for citizen in bearers.get(name, ())]
            if len(people) >= wanted:
                break
        return people[:wanted]
