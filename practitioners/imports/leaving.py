"""How does a facility's report of those who stopped practising end their registrations?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.codelists.models import Holiday
from portal.intake.comparing import Staged
from portal.intake.copying import Pipe
from portal.intake.handler import Consequences, Handler, Known, Row, Subject, Values
from portal.intake.models import StagedRow
from portal.intake.noting import keep_before, note_all, take_repetitions_once
from portal.intake.problems import WARNING, Problem
from portal.intake.progress import Teller
from portal.names import name_norm
from portal.workdays import Calendar, Term, TermUnit
from practitioners.approved import license_key
from practitioners.imports import returning
from practitioners.imports.profiles import name_of_license
from practitioners.models import PracticeLicense, ProfileSource, Registration
from practitioners.rules import Rule, rules_on
from practitioners.services import end_registration

NOT_HERE = Problem(
    "not_registered_here",
    _("%(name)s with licence %(number)s is not registered at %(place)s."),
    _("Compare name and number with the list of registered practitioners."),
    column="MACCHN",
)


LEFT_ALREADY = Problem(
    "leaves_later_than_recorded",
    _("The last day of %(name)s here is recorded as %(recorded)s; %(value)s is later."),
    _("Correct the day, or send a profile of whoever practises on."),
    column="DEN_NGAY",
)
SEVERAL_POSTS = Problem(
    "leaves_several_posts",
    _("%(name)s has %(count)s posts here on that day; the file does not say which one ends."),
    _("End them on the page “Who practises when”, all at once."),
    column="MACCHN",
)


class LeavingHandler(Handler):
    """A row says that a person practised here for the last time on a day (Decree 96/2023, article 29)."""

    @override
    def check_row(self, row: Row) -> Iterator[Problem]:
        said = row.values.get("DEN_NGAY")
        if said and said > self.on.isoformat():
            yield Problem(
                "leaves_later",
                _("The last day %(value)s is still to come."),
                _("Report it when it is past, or correct the day."),
                {"value": said},
                WARNING,
                "DEN_NGAY",
                value=said,
            )
        row.values["@"] = {"license": name_of_license(str(row.values.get("MACCHN") or ""))}

    @override
    def check_all(self) -> None:
        take_repetitions_once(self.batch, ("MACCHN",))
        rows = list(StagedRow.objects.filter(batch=self.batch, decision=StagedRow.Decision.NEW))
        held = self._registrations(row.values["@"]["license"] for row in rows)
        found: list[tuple[StagedRow, Problem]] = []
        for row in rows:
            posts = [one for one in held.get(row.values["@"]["license"], ()) if _is_named(one, row)]
            if not posts:
                found.append((row, self._not_here(row)))
                continue
            named = (_standing(posts, row) or posts)[-1]
            row.target_id, row.subject_id = named.pk, named.practitioner_id
            found += [(row, problem) for problem in self._doubts(row, posts)]
        StagedRow.objects.bulk_update(rows, ["target_id", "subject_id"], batch_size=1000)
        note_all(self.batch, found)

    def _registrations(self, licenses: Any) -> dict[str, list[Registration]]:
        """Return all posts at the sender by the licence's name, the last begun last; two queries."""
        keys = {key for name in licenses if (key := license_key(name)) is not None}
        rows = PracticeLicense.objects.filter(serial__in={key[0] for key in keys})
        people = {row.practitioner_id: name_of_license(row.number_raw) for row in rows}
        here = Registration.objects.filter(
            facility=self.batch.organisation_id, practitioner__in=people
        )
        held: dict[str, list[Registration]] = {}
        for row in here.select_related("practitioner").order_by("valid_from", "id"):
            held.setdefault(people[row.practitioner_id], []).append(row)
        return held

    def _not_here(self, row: StagedRow) -> Problem:
        name, number = row.values.get("HO_TEN"), row.values.get("MACCHN")
        params = {"name": name, "number": number, "place": self.batch.organisation.name}
        return Problem(
            NOT_HERE.code, NOT_HERE.message, NOT_HERE.remedy, params, NOT_HERE.severity, "MACCHN",
            value=str(number or ""),
        )  # fmt: skip

    def _doubts(self, row: StagedRow, posts: Sequence[Registration]) -> Iterator[Problem]:
        held, last = posts[-1], date.fromisoformat(row.values["DEN_NGAY"])
        standing = _standing(posts, row)
        said = {"name": held.practitioner.name, "value": f"{last:%d/%m/%Y}"}
        if last < held.valid_from:
            yield Problem(
                "leaves_before_it_began",
                _("The last day %(day)s comes before the first, %(first)s."),
                _("Correct the day."),
                {"day": f"{last:%d/%m/%Y}", "first": f"{held.valid_from:%d/%m/%Y}"},
                column="DEN_NGAY",
                value=row.values["DEN_NGAY"],
            )
        elif not standing:
            ended = max(one.valid_until for one in posts if one.valid_until is not None)
            said["recorded"] = f"{ended:%d/%m/%Y}"
            yield replace(LEFT_ALREADY, params=said, value=row.values["DEN_NGAY"])
        elif len(standing) > 1:
            said["count"] = str(len(standing))
            yield replace(SEVERAL_POSTS, params=said, value=str(row.values.get("MACCHN") or ""))
        elif self.rule is not None and last <= self.on:
            due = Term(self.rule.number, TermUnit(self.rule.unit)).due(last, self.calendar)
            if due < self.on:
                yield Problem(
                    "report_late",
                    _("Stopped on %(day)s; the report was due by %(due)s (%(article)s)."),
                    _("Report within the term when somebody stops; the department sees the day."),
                    {
                        "day": f"{last:%d/%m/%Y}",
                        "due": f"{due:%d/%m/%Y}",
                        "article": self.rule.article,
                    },
                    WARNING,
                    "DEN_NGAY",
                    value=row.values["DEN_NGAY"],
                )

    @cached_property
    def rule(self) -> Rule | None:
        return rules_on(self.on).get("leave_report")

    @cached_property
    def calendar(self) -> Calendar:
        """Return the days off of all years a report may speak of; one query."""
        rows = Holiday.objects.filter(Q(day__lte=self.on)).values_list("day", "kind")
        return Calendar(
            holidays=frozenset(day for day, kind in rows if kind == Holiday.Kind.OFF),
            working_saturdays=frozenset(day for day, kind in rows if kind == Holiday.Kind.WORKING),
        )

    @override
    def known(self, keys: Sequence[str]) -> Mapping[str, Known]:
        rows = StagedRow.objects.filter(batch=self.batch, key__in=keys).exclude(target_id=None)
        held = Registration.objects.in_bulk([row.target_id for row in rows])
        return {
            row.key: Known(
                row.target_id,
                {
                    "DEN_NGAY": _iso(held[row.target_id].valid_until),
                    "LY_DO": held[row.target_id].ended_because,
                },
                row.subject_id,
            )
            for row in rows
            if row.target_id is not None and row.target_id in held
        }

    @override
    def shape(self, row: Row) -> Values:
        return {
            "DEN_NGAY": row.values.get("DEN_NGAY") or "",
            "LY_DO": row.values.get("LY_DO") or "",
        }

    @override
    def write(self, rows: Sequence[Staged], pipe: Pipe) -> Mapping[UUID, UUID]:
        held = Registration.objects.in_bulk([row.target_id for row in rows if row.target_id])
        before = returning.KEEPER.look(list(held))
        written: dict[UUID, UUID] = {}
        for row in rows:
            registration = held.get(row.target_id) if row.target_id else None
            if registration is None:
                continue
            end_registration(
                actor=self.batch.confirmed_by or self.batch.sent_by,
                registration=registration,
                last_day=date.fromisoformat(row.values["DEN_NGAY"]),
                because=str(row.values.get("LY_DO") or "")[:300],
                announced_on=self.on,
                at=self.batch.confirmed_at or timezone.now(),
                source=ProfileSource.Source.FILE,
            )
            written[row.pk] = registration.pk
        after = returning.KEEPER.look(list(held))
        change = returning.KEEPER.change
        keep_before({row: change(before[key], after[key]) for row, key in written.items()})
        return written

    @override
    def consequences(self) -> Consequences:
        return returning.consequences(self.batch)

    @override
    def undo(self, at: datetime, teller: Teller) -> None:
        returning.undo(self.batch)

    @override
    def summary(self, row: Row) -> Subject:
        return Subject(
            title=str(row.values.get("HO_TEN") or ""), about=str(row.values.get("MACCHN") or "")
        )


def _is_named(registration: Registration, row: StagedRow) -> bool:
    said = name_norm(str(row.values.get("HO_TEN") or ""))
    return bool(registration.practitioner.name_norm == said)


def _standing(posts: Sequence[Registration], row: StagedRow) -> list[Registration]:
    """Return the posts that have not ended before the last day a row says."""
    last = date.fromisoformat(row.values["DEN_NGAY"])
    return [one for one in posts if one.valid_until is None or one.valid_until >= last]


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
