"""How does a facility's list of practitioners become profiles for the department to review?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.database.periods import holds_on
from portal.intake.comparing import Staged
from portal.intake.copying import Pipe
from portal.intake.declaration import kind_of
from portal.intake.handler import Consequences, Handler, Known, Row, Subject, Values
from portal.intake.models import StagedRow
from portal.intake.noting import note_all, take_repetitions_once
from portal.intake.problems import WARNING, Problem, of_refusal
from portal.intake.progress import Teller
from portal.names import display_name
from portal.places.models import Organisation
from practitioners.hours import read_hours
from practitioners.imports import overlaps, undoing
from practitioners.imports.against_register import check_against_register
from practitioners.imports.besides import check_other_places, take_out_what_cannot_stand
from practitioners.imports.lists import check_list
from practitioners.imports.profiles import (
    LACKING,
    Register,
    in_columns,
    joined,
    known_beside,
    name_of_license,
    profile_of,
    title_of,
)
from practitioners.models import Practitioner, ProfileSubmission
from practitioners.profile import Countries, countries_on
from practitioners.services import Sending, submit_profiles

# The insurer's number of those whom this law does not license.
PHARMACIST = "8"
STAYS: Mapping[str, Problem] = {
    "no_license": Problem(
        "no_license",
        _("No licence is named, so no profile is made; the row stays with the file."),
        _("Nothing to do for staff without a licence; else write its number."),
        severity=WARNING,
        column="MACCHN",
    ),
    "other_profession": Problem(
        "other_profession",
        _("A pharmacist is not licensed under this law; the row stays with the file."),
        _("Nothing to do; check the title when the person treats patients."),
        severity=WARNING,
        column="CHUCDANH_NN",
    ),
    "practice_over": Problem(
        "practice_over",
        _("This practice is over since %(day)s; the row stays with the file."),
        _("Report the end of a practice to the department; lists begin practices only."),
        severity=WARNING,
        column="DEN_NGAY",
    ),
}


def _slots(hours: str) -> list[list[int]] | None:
    """Return a week as pieces of days, or None where it cannot be read."""
    spans = read_hours(hours)
    if spans is None:
        return None
    pieces = (piece for span in spans for piece in span.pieces)
    return [[piece.weekday, piece.starts, piece.ends] for piece in pieces]


class PractitionerHandler(Handler):
    """A row is the facility's claim: it becomes a profile that waits for review, never more."""

    @cached_property
    def facilities(self) -> dict[str, Organisation]:
        """Return the sender and the places below it by insurance code; itself without a code."""
        sender = self.batch.organisation
        held = holds_on(self.on, "identifiers__")
        rows = Organisation.objects.below(sender).filter(held, identifiers__scheme="insurance")
        coded = rows.annotate(code=overlaps.CODE).values_list("code", "pk")
        places = Organisation.objects.in_bulk([place for _code, place in coded])
        found = {str(code): places[place] for code, place in coded}
        return {**found, "": sender}

    @cached_property
    def by_id(self) -> dict[str, Organisation]:
        return {str(row.pk): row for row in self.facilities.values()}

    @cached_property
    def register(self) -> Register:
        return Register((row.pk for row in self.facilities.values()), self.on)

    @cached_property
    def countries(self) -> Countries:
        return countries_on(self.on)

    @property
    def columns(self) -> Iterable[str]:
        return kind_of(self.batch.kind).main.by_name

    @override
    def check_row(self, row: Row) -> Iterator[Problem]:
        values = row.values
        if self.batch.sent_by_id is None:
            yield Problem(
                "sender_missing",
                _("A profile needs a person who answers for it."),
                _("Send the list on the page of uploads, under your own name."),
                column="HO_TEN",
            )
        code = str(values.get("MA_CSKCB") or "")
        facility = self.facilities.get(code)
        if facility is None:
            yield Problem(
                "facility_not_yours",
                _("The facility code %(value)s is not of %(sender)s nor of a place below it."),
                _("Send only your own staff; a wrong code is corrected in the hospital software."),
                {"value": code, "sender": self.batch.organisation.name},
                column="MA_CSKCB",
                value=code,
                by_value=True,
            )
        stays = self._stays(values)
        if stays:
            yield self._staying(stays, values)
        elif (text := str(values.get("CHUCDANH_NN") or "")) and not title_of(
            text, self.book, self.on
        ):
            yield Problem(
                "title_unread",
                _("“%(value)s” is none of the professional titles the law names."),
                _("Write the number of the insurer's list, 1 to 7, or the words of the licence."),
                {"value": text},
                WARNING,
                "CHUCDANH_NN",
                value=text,
                by_value=True,
            )
        profile = profile_of(values, self.book, self.on)
        yield from take_out_what_cannot_stand(profile, self.on)
        values["@"] = {
            "facility": str(facility.pk) if facility else None,
            "profile": profile,
            "license": name_of_license(str(values.get("MACCHN") or "")),
            "stays": stays,
            "slots": _slots(profile.get("hours", "")),
        }

    def _stays(self, values: Mapping[str, Any]) -> str:
        if values.get("CHUCDANH_NN") == PHARMACIST:
            return "other_profession"
        if not values.get("MACCHN"):
            return "no_license"
        ended, began = values.get("DEN_NGAY"), values.get("TU_NGAY")
        is_over = ended and ended < self.on.isoformat() and not (began and ended < began)
        return "practice_over" if is_over else ""

    def _staying(self, stays: str, values: Mapping[str, Any]) -> Problem:
        said, ended = STAYS[stays], str(values.get("DEN_NGAY") or "")
        day = f"{ended[8:10]}/{ended[5:7]}/{ended[:4]}"
        return Problem(
            said.code, said.message, said.remedy, {"day": day}, said.severity, said.column
        )

    @override
    def check_all(self) -> None:
        take_repetitions_once(self.batch, ("MACCHN", "HO_TEN"))
        check_against_register(self)
        overlaps.find(self.batch)
        check_other_places(self)
        check_list(self)

    @override
    def known(self, keys: Sequence[str]) -> Mapping[str, Known]:
        rows = StagedRow.objects.filter(batch=self.batch, key__in=keys, written_at=None)
        staged = {row.key: row for row in rows.exclude(decision=StagedRow.Decision.WRONG)}
        people = self.register.holders(r.subject_id for r in staged.values() if r.subject_id)
        return {
            key: known
            for key, row in staged.items()
            if (known := self._known(row, people.get(row.subject_id) if row.subject_id else None))
        }

    def _known(self, row: StagedRow, person: Practitioner | None) -> Known | None:
        at = row.values["@"]
        facility = self.by_id[at["facility"]]
        if at["stays"]:
            return Known(facility.pk, in_columns(at["profile"], self.columns))
        base = self.register.base(person, facility, at["license"])
        if not base:
            return None
        last = self.register.sent(facility.pk, at["license"])
        target = person.pk if person is not None else last.pk if last is not None else facility.pk
        known = in_columns(known_beside(at["profile"], base), self.columns)
        return Known(target, known, person.pk if person is not None else None)

    @override
    def shape(self, row: Row) -> Values:
        return in_columns(row.values["@"]["profile"], self.columns)

    @override
    def write(self, rows: Sequence[Staged], pipe: Pipe) -> Mapping[UUID, UUID]:
        people = self.register.holders(r.subject_id for r in rows if r.subject_id)
        answers = submit_profiles(
            sendings=[
                self._sending(row, people.get(row.subject_id) if row.subject_id else None)
                for row in rows
            ],
            actor=self.batch.confirmed_by or self.batch.sent_by,
            at=self.batch.confirmed_at or timezone.now(),
            batch_id=self.batch.pk,
        )
        refused = {
            row.pk: answer
            for row, answer in zip(rows, answers, strict=True)
            if isinstance(answer, ValidationError)
        }
        if refused:
            self._refuse(refused)
        return {
            row.pk: answer.pk
            for row, answer in zip(rows, answers, strict=True)
            if not isinstance(answer, ValidationError)
        }

    def _sending(self, row: Staged, person: Practitioner | None) -> Sending:
        at = row.values["@"]
        facility = self.by_id[at["facility"]]
        last = self.register.sent(facility.pk, at["license"])
        is_back = last is not None and last.state == ProfileSubmission.State.RETURNED
        return Sending(
            facility=facility,
            values=joined(at["profile"], self.register.base(person, facility, at["license"])),
            client_key=row.pk,
            supersedes=last if is_back else None,
            lacking=LACKING,
        )

    def _refuse(self, refused: Mapping[UUID, ValidationError]) -> None:
        """Let rows wait that the review took no more, with the review's own words."""
        rows = StagedRow.objects.in_bulk(list(refused))
        note_all(
            self.batch,
            [
                (
                    rows[key],
                    of_refusal(_first(error)).in_column("MACCHN", rows[key].values["@"]["license"]),
                )
                for key, error in refused.items()
            ],
        )

    @override
    def consequences(self) -> Consequences:
        return undoing.consequences(self.batch)

    @override
    def undo(self, at: datetime, teller: Teller) -> None:
        undoing.undo(self.batch, at)

    @override
    def describe(self, ids: Iterable[UUID]) -> Mapping[UUID, Subject]:
        people = Practitioner.objects.filter(pk__in=list(ids)).prefetch_related("licenses")
        return {
            person.pk: Subject(
                title=person.name,
                about=", ".join(row.number_raw for row in person.licenses.all()),
                url=reverse("admin:practitioners_practitioner_change", args=[person.pk]),
            )
            for person in people
        }

    @override
    def summary(self, row: Row) -> Subject:
        parts = (row.values.get("MACCHN"), row.values.get("TEN_KHOA"))
        return Subject(
            title=display_name(str(row.values.get("HO_TEN") or "")),
            about=", ".join(str(part) for part in parts if part),
        )


def _first(refused: ValidationError) -> ValidationError:
    if hasattr(refused, "error_dict"):
        first: ValidationError = next(iter(refused.error_dict.values()))[0]
        return first
    return refused
