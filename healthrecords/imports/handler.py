"""How are the visits of a file checked, matched, compared and written?"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.imports import (
    around,
    arriving,
    checks,
    filed,
    known_people,
    matching,
    results,
    signed,
    spoken,
    standing,
    undoing,
    waiting,
)
from healthrecords.imports.diagnoses import Diagnoses, parted
from healthrecords.imports.money import check_money
from healthrecords.imports.places import Places
from healthrecords.imports.plausible import check_results
from healthrecords.imports.record import (
    VISIT_FIELDS,
    is_whole,
    medicine_text,
    moment,
    said_of,
    shape_of,
    text_of,
    told_class,
    vital_text,
)
from healthrecords.imports.writing import Writer
from healthrecords.models import Citizen, Diagnosis, Medication, Visit, VitalSigns
from healthrecords.services import following
from healthrecords.services.betraying import Words, words_on
from healthrecords.services.judging import Tests, known_tests
from portal.codelists.icd import icd_structure
from portal.codelists.limits import RULES as LIMITS
from portal.codelists.sensitivity import RULES, Rule, class_of, rules_on, strictest
from portal.dates import PartialDate
from portal.intake import own_marks
from portal.intake.codebook import ICD, Span
from portal.intake.comparing import Staged
from portal.intake.copying import Pipe
from portal.intake.handler import Consequences, Handler, Known, Row, Subject, Values
from portal.intake.own_marks import marked
from portal.intake.problems import WARNING, Problem
from portal.intake.progress import Teller
from portal.names import display_name, name_norm
from portal.places.gazetteer import TWO_LEVELS_SINCE

CLASSES_AT_MOST = 20_000
CODES = 20_000  # of communes and facilities that one file may name


class VisitHandler(Handler):
    """Visits keyed by facility and MA_LK; people found by number, card or a person's decision."""

    is_set_based = True
    has_linked = False  # people known before have what the rows say of them

    @cached_property
    def places(self) -> Places:
        return Places(self.batch.organisation, self.on)

    @cached_property
    def rules(self) -> dict[Span, tuple[Rule, ...]]:
        """The rules of protection by the days within which they stay the same."""
        return {}

    @cached_property
    def diagnoses(self) -> Diagnoses:
        return Diagnoses(self.book, self.on)

    @cached_property
    def writer(self) -> Writer:
        return Writer(self.batch, self.book, self.places)

    @override
    def prepare(self) -> None:
        for key in (ICD, LIMITS, RULES, checks.VITALS):
            self.book.page(key, self.on)
        icd_structure("A00")
        # Each is read on first asking and kept.
        _asked = self.places, self.tests, self.words, self._tests_on(self.on)

    @override
    def cells(self, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        return parted(raw)

    @override
    def check_row(self, row: Row) -> Iterator[Problem]:
        values = row.values
        yield from checks.check_times(values, self.on)
        yield from checks.check_person(values)
        yield from self.diagnoses.check(values)
        yield from checks.check_vitals(row, self.book, self.on)
        yield from check_money(row)
        day = checks.first_day(values, self.on)
        yield from check_results(row, self._tests_on(day), self.words.class_of)
        area, problems = self._area(values)
        yield from problems
        facility = self._facility(str(values.get("MA_CSKCB") or ""))
        if not facility:
            yield self._not_yours(str(values["MA_CSKCB"]))
        values["@"] = {
            **said_of(values),
            "area": area or None,
            "facility": facility or None,
            "whole": self.batch.kind == "envelope",
        }

    @cached_property
    def _facility(self) -> Callable[[str], str]:
        return lru_cache(CODES)(lambda code: str(self.places.facility(code) or ""))

    def _area(self, values: Mapping[str, Any]) -> tuple[str, Sequence[Problem]]:
        code = str(values.get("MAXA_CU_TRU") or "")
        if not code:
            return "", ()
        arrived = str(values.get("NGAY_VAO") or "")[:10] or self.on.isoformat()
        return self._commune(code, arrived >= TWO_LEVELS_SINCE.isoformat())

    @cached_property
    def _commune(self) -> Callable[[str, bool], tuple[str, Sequence[Problem]]]:
        """Read the code of a commune by the list that held when the patient came."""
        return lru_cache(CODES)(self._read_commune)

    def _read_commune(self, code: str, is_new: bool) -> tuple[str, Sequence[Problem]]:  # noqa: FBT001  (a key of the cache)
        areas = self.places.areas_of(code, is_new=is_new)
        if len(areas) == 1:
            return str(areas[0]), ()
        problem = (
            Problem(
                "commune_split",
                _("The old commune %(value)s was divided among several of today's."),
                _("Write the code of today's commune; the address text is kept meanwhile."),
                {"value": code},
            )
            if areas
            else Problem(
                "commune_unknown",
                _("%(value)s is not the code of a commune."),
                _("Write the five digits of the commune; the address text is kept meanwhile."),
                {"value": code},
            )
        )
        found = replace(problem, severity=WARNING, column="MAXA_CU_TRU", value=code, by_value=True)
        return "", (found,)

    def _not_yours(self, code: str) -> Problem:
        own = ", ".join(self.places.own_codes)
        return Problem(
            "facility_not_yours",
            _(
                "The facility code %(value)s is not of %(sender)s (%(own)s) nor of a place below it."
            ),
            _("Send only your own visits; a wrong code is corrected in the hospital software."),
            {"value": code, "sender": self.batch.organisation.name, "own": own or "–"},
            column="MA_CSKCB",
            value=code,
            by_value=True,
        )

    @override
    def sensitivity_of(self, row: Row) -> str:
        codes = (row.values.get("MA_BENH_CHINH"), *(row.values.get("MA_BENH_KT") or ()))
        said = frozenset(code for code in codes if code)
        told = told_class(row, self.words, self.places.name_of(row.values))
        if not row.tables:
            # Codes meet one by one: a month's file has few of them, in many combinations.
            of_codes = (self.class_of(frozenset([code]), frozenset(), row) for code in said)
            return strictest({told, *of_codes})
        return strictest({told, self.class_of(said, frozenset(row.tables), row)})

    def class_of(self, codes: frozenset[str], tables: frozenset[str], row: Row) -> str:
        """Return the class that codes and tables have by the rules of the day the visit ended."""
        on = checks.last_day(row.values, self.on)
        span = self.book.span(RULES, on)
        key = (span, codes, tables)
        found = self.classes.get(key)
        if found is None:
            if len(self.classes) >= CLASSES_AT_MOST:
                self.classes.clear()
            if span not in self.rules:
                self.rules[span] = rules_on(on)
            found = self.classes[key] = class_of(codes, tables, self.rules[span])
        return found

    @cached_property
    def classes(self) -> dict[Hashable, str]:
        return {}

    @override
    def subject_key(self, row: Row) -> str:
        """Rows of one file speak of one person when number, card or patient number say so."""
        at = row.values["@"]
        who = f"{at['name_norm']}:{at['birth']}"
        if at["number_kind"]:
            return f"p:{at['number']}:{who}"
        if at["tail"]:
            return f"i:{at['tail']}:{who}"
        if patient := row.values.get("MA_BN"):
            return f"b:{patient}:{who}:{at['sex']}"  # twins come under their mother's
        address = name_norm(str(row.values.get("DIA_CHI") or ""))
        if at["precision"] == "day" and address:
            return f"n:{who}:{at['sex']}:{address}"
        return f"r:{row.place}:{who}"  # too little is said: a person of its own

    @override
    def match(self) -> None:
        matching.match(self.batch)
        own_marks.hold_unknown(self.batch, "MA_LK", "target_id IS NULL")

    @override
    def look_at_changes(self) -> None:
        signed.tell(self.batch)

    @override
    def shape(self, row: Row) -> Values:
        shape = shape_of(row)
        if is_whole(row):
            began = moment(row.values["NGAY_VAO"])
            ended = moment(row.values["NGAY_RA"]) if row.values.get("NGAY_RA") else None
            shape |= results.shape(row.tables, began, self.words)
            shape |= filed.shape(row, began, ended, self.words)
        return shape

    @cached_property
    def tests(self) -> Tests:
        """The tests of the day the file came: what betrays a protected illness is known by today's."""
        return known_tests(self.on)

    @cached_property
    def words(self) -> Words:
        """The words of that day, by which a visit, and each note and paper beside it, is protected."""
        return words_on(self.on)

    @cached_property
    def _tests_on(self) -> Callable[[date], Tests]:
        """Return the tests whose limits judge what was measured on a day; today's where none held."""
        return lru_cache(CODES)(
            lambda day: held if (held := known_tests(day)).by_code else self.tests
        )

    @override
    def known(self, keys: Sequence[str]) -> Mapping[str, Known]:
        wanted: dict[tuple[UUID, str], list[str]] = {}
        for key in keys:
            code, _bar, episode = key.partition("|")
            place = self.places.facility(code)
            if place is not None and episode:
                wanted.setdefault((place, episode), []).append(key)
        marked_ = {said: mark for _f, said in wanted if (mark := marked(said)) is not None}
        by_key = Q(
            facility__in={facility for facility, _episode in wanted},
            episode_key__in={episode for _facility, episode in wanted} - marked_.keys(),
        )
        visits = list(Visit.objects.filter(by_key | self._marked(marked_.values())))
        by_id = {visit.pk: visit for visit in visits}
        found = {(visit.facility_id, visit.episode_key): visit for visit in visits}
        found |= {
            place: by_id[marked_[place[1]]]
            for place in wanted
            if place[1] in marked_ and marked_[place[1]] in by_id
        }
        shapes = shapes_of(list(by_id.values()))
        lasting: Mapping[UUID, Mapping[str, frozenset[str]]] = {}
        if self.batch.kind == "envelope":
            lasting = filed.lasting(shapes, self.words)
            for pk, told in results.shapes(list(shapes), self.words).items():
                shapes[pk] |= told
            for pk, told in filed.shapes(shapes, self.words).items():
                shapes[pk] |= told
        # A visit withdrawn with its file says nothing any more: the file brings all of it back.
        gone = {visit.pk for visit in visits if visit.status == Visit.Status.WITHDRAWN}
        return {
            key: Known(
                visit.pk,
                {} if visit.pk in gone else shapes[visit.pk],
                visit.citizen_id,
                lasting.get(visit.pk, {}),
            )
            for place, visit in found.items()
            for key in wanted.get(place, ())
        }

    def _marked(self, keys: Iterable[UUID]) -> Q:
        """Return the condition of visits that rows of an own export name, of the sender's alone."""
        return Q(pk__in=list(keys), facility__path__startswith=self.batch.organisation.path)

    @override
    def begin_writing(self) -> None:
        standing.redirect(self.batch)

    @override
    def write(self, rows: Sequence[Staged], pipe: Pipe) -> None:
        if not self.has_linked:
            known_people.link(self.batch, pipe)
            self.has_linked = True
        self.writer.write(rows, pipe)

    @override
    def end_writing(self, at: datetime) -> None:
        around.fill(self.batch, at)
        waiting.note(self.batch, at)
        arriving.note(self.batch, at)
        spoken.keep_words(self.batch, at)
        following.tell(self.writer.followed)

    @override
    def consequences(self) -> Consequences:
        return undoing.consequences(self.batch)

    @override
    def undo(self, at: datetime, teller: Teller) -> None:
        undoing.undo(self.batch, at)
        arriving.take_back(self.batch, at)
        waiting.take_back(self.batch, at)
        arriving.look_again(self.batch, at)
        around.take_back(self.batch, at)
        spoken.take_back(self.batch, at)
        following.tell(undoing.visits_of(self.batch))

    @override
    def describe(self, ids: Iterable[UUID]) -> Mapping[UUID, Subject]:
        people = Citizen.objects.filter(pk__in=list(ids)).select_related("area")
        return {person.pk: _described(person) for person in people}

    @override
    def summary(self, row: Row) -> Subject:
        values = row.values
        born = values.get("NGAY_SINH")
        about = [
            str(PartialDate.parse(born)) if born else "",
            str(values.get("SO_CCCD") or gettext("no personal number")),
            str(values.get("DIA_CHI") or ""),
        ]
        return Subject(
            title=display_name(str(values.get("HO_TEN") or "")),
            about=", ".join(part for part in about if part),
        )


def _described(person: Citizen) -> Subject:
    lengths = {"day": 10, "month": 7, "year": 4}
    born = PartialDate.parse(person.birth_date.isoformat()[: lengths[person.birth_precision]])
    place = person.area.name if person.area else person.address
    try:
        url = reverse("admin:healthrecords_citizen_change", args=[person.pk])
    except NoReverseMatch:
        url = ""
    return Subject(
        title=person.name, about=", ".join(part for part in (str(born), place) if part), url=url
    )


def shapes_of(visits: Sequence[Visit]) -> dict[UUID, dict[str, Any]]:
    """Return the visits as a file would say them, in four queries."""
    ids = [visit.pk for visit in visits]
    diagnoses: dict[UUID, dict[str, list[str]]] = {}
    rows = Diagnosis.objects.filter(visit__in=ids).order_by("rank", "position")
    for visit, rank, code in rows.values_list("visit_id", "rank", "code"):
        diagnoses.setdefault(visit, {}).setdefault(rank, []).append(code)
    vitals = {row["visit_id"]: row for row in VitalSigns.objects.filter(visit__in=ids).values()}
    medicines: dict[UUID, list[str]] = {}
    for line in Medication.objects.filter(visit__in=ids).order_by("position").values():
        medicines.setdefault(line["visit_id"], []).append(medicine_text(line))
    return {
        visit.pk: {
            **{column: getattr(visit, name) for name, column in VISIT_FIELDS.items()},
            "NGAY_VAO": text_of(visit.started_at),
            "NGAY_RA": text_of(visit.ended_at),
            "NGAY_TAI_KHAM": visit.next_visit_on.isoformat() if visit.next_visit_on else None,
            "MA_BENH_CHINH": "".join(diagnoses.get(visit.pk, {}).get("main", [])),
            "MA_BENH_KT": "; ".join(diagnoses.get(visit.pk, {}).get("other", [])),
            "MA_BENH_YHCT": "; ".join(diagnoses.get(visit.pk, {}).get("traditional", [])),
            **vital_text(vitals.get(visit.pk, {})),
            "XML2": "\n".join(medicines.get(visit.pk, [])),
        }
        for visit in visits
    }
