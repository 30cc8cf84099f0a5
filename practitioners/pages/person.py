"""One practitioner's profile as it stood on a day: where, what, since when, from which source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.audit.reads import note
from portal.codelists.lookup import lists_on
from portal.provenance import Provenance
from portal.scope import scope_of
from portal.site.pages import page
from practitioners.clashes import journeys_of
from practitioners.continuity import Continuity, Practice, continuity_on
from practitioners.models import (
    ExaminationResult,
    ExtraTechnique,
    LicenseVersion,
    PracticeBan,
    PracticeLanguage,
    PracticeLicense,
    PracticePeriod,
    Practitioner,
    PractitionerIdentifier,
    ProfileSource,
    Qualification,
    Registration,
    Sanction,
    Speciality,
    TrainingRotation,
    WorkingSlot,
)
from practitioners.pages.asked import day_asked
from practitioners.provenances import LIST as FRESHNESS
from practitioners.provenances import Sources
from practitioners.rules import LIST as RULES
from practitioners.rules import Rules, rules_of
from practitioners.states import Standing, State
from practitioners.timeline import years_of
from practitioners.week import in_words, week_of
from practitioners.whole import Whole, whole_of

VIEW = "view_practitioners"
TITLED = ("professional_titles", "staff_positions", "practice_scopes")
CHIPS = {
    State.ACTIVE: ("ok", "ok"),
    State.RENEWING: ("warn", "clock"),
    State.NOT_YET: ("", "clock"),
    State.EXPIRED: ("bad", "bad"),
    State.SUSPENDED: ("bad", "lock"),
    State.REVOKED: ("bad", "bad"),
    State.SUPERSEDED: ("", "swap"),
}
CLOCKS = {Practice.WARNED: ("warn", "clock"), Practice.GROUND: ("bad", "warn")}


@dataclass(frozen=True, slots=True)
class LicenseLine:
    """A licence as it stood on the day: its state, its paper of that day, all its papers."""

    license: PracticeLicense
    standing: Standing
    paper: LicenseVersion | None
    papers: list[LicenseVersion]
    title: str
    scopes: list[str]
    chip: tuple[str, str, str]
    source: Provenance | None


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A registration that held on the day, with its hours and assigned techniques."""

    registration: Registration
    hours: str
    techniques: list[ExtraTechnique]
    source: Provenance | None
    position: str


@require_safe
def person(request: HttpRequest, practitioner_id: UUID) -> HttpResponse:
    """Show a profile as of a day (``?ngay=``), today where none is said; fit for printing."""
    rows = Practitioner.objects.within(scope_of(request.user, VIEW)).select_related(
        "keeper", "area"
    )
    who = rows.filter(pk=practitioner_id).first()
    if who is None:
        raise Http404(_("There is no such record."))
    note(request, [who.pk], action="opened", ground="profile")
    today = timezone.localdate()
    on = day_asked(request, today)
    whole = whole_of(who)
    context = {
        "title": who.name,
        "who": who,
        "on": on,
        "today": today,
        "back": reverse("admin:practitioners_practitioner_changelist"),
        "may_enter": who.keeper_id is not None
        and request.user.has_capability("review_practitioners", who.keeper_id),
        **_shown(whole, on),
    }
    return page(request, "practitioners/person.html", context)


def _shown(whole: Whole, on: date) -> dict[str, Any]:
    lists = lists_on((*TITLED, RULES, FRESHNESS), on)
    rules = rules_of(lists[RULES], on)
    titles = {(key, entry.code): entry.title for key in TITLED for entry in lists[key]}
    sources = Sources(whole.of(ProfileSource), on, _names(whole), lists[FRESHNESS])
    slots = whole.held_on(WorkingSlot, on)
    clock = continuity_of(whole, on, rules)
    return {
        "licenses": [
            line
            for license in whole.licenses
            if (line := _license(license, on, rules, titles, sources)) is not None
        ],
        "places": [_place(row, on, titles, sources) for row in whole.held_on(Registration, on)],
        "week": week_of(slots) if slots else None,
        "journeys": journeys_of(slots, rules),
        "clock": clock,
        "clock_chip": CLOCKS.get(clock.state),
        "bans": whole.held_on(PracticeBan, on),
        "sanctions": whole.held_on(Sanction, on),
        "numbers": [row for row in whole.of(PractitionerIdentifier) if _known(row.valid_from, on)],
        "diplomas": [
            (row, sources.of("diploma_number", row.diploma_number, row.pk))
            for row in whole.of(Qualification)
            if _known(row.issued_on, on)
        ],
        "specialities": whole.held_on(Speciality, on),
        "examinations": [
            (row, titles.get(("professional_titles", row.title), row.title))
            for row in whole.of(ExaminationResult)
            if row.sat_on <= on
        ],
        "languages": whole.held_on(PracticeLanguage, on),
        "trainings": whole.held_on(TrainingRotation, on),
        "periods": [row for row in whole.of(PracticePeriod) if row.valid_from <= on],
        "years": years_of(whole, on),
        "phone_source": sources.of("phone", whole.practitioner.phone),
        "name_source": sources.of("name", whole.practitioner.name),
    }


def _known(day: date | None, on: date) -> bool:
    return day is None or day <= on


def _names(whole: Whole) -> dict[UUID, str]:
    ids = {row.verified_by_id for row in whole.of(ProfileSource) if row.verified_by_id}
    users: Any = get_user_model().objects.filter(pk__in=ids)
    return dict(users.values_list("pk", "full_name")) if ids else {}


def _license(
    license: PracticeLicense, on: date, rules: Rules, titles: Any, sources: Sources
) -> LicenseLine | None:
    if license.issued_on > on and not any(v.valid_from <= on for v in license.versions.all()):
        return None
    standing, paper = license.standing_on(on, rules), license.version_on(on)
    code = paper.title if paper else license.title
    kind, icon = CHIPS[standing.state]
    return LicenseLine(
        license=license,
        standing=standing,
        paper=paper,
        papers=sorted(license.versions.all(), key=lambda row: row.number, reverse=True),
        title=titles.get(("professional_titles", code), code),
        scopes=[titles.get(("practice_scopes", c), c) for c in paper.scope_codes] if paper else [],
        chip=(kind, icon, str(standing.state.label)),
        source=sources.of("license_number", license.number_raw, license.pk),
    )


def _place(row: Registration, on: date, titles: Any, sources: Sources) -> PlaceLine:
    slots = [slot for slot in row.slots.all() if slot.valid_from <= on]
    slots = [slot for slot in slots if slot.valid_until is None or slot.valid_until >= on]
    return PlaceLine(
        registration=row,
        hours=in_words(slots),
        techniques=[t for t in row.techniques.all() if t.valid_from <= on],
        source=sources.of("hours", row.hours, row.pk),
        position=titles.get(("staff_positions", row.position), ""),
    )


def continuity_of(whole: Whole, on: date, rules: Rules) -> Continuity:
    """Return the clock of practice of a person on a day."""
    periods = whole.of(PracticePeriod)
    practised = [
        (row.valid_from, row.valid_until) for row in whole.registrations if not row.is_pending
    ]
    practised += [(p.valid_from, p.valid_until) for p in periods if p.kind == "practice"]
    learnt = [(p.valid_from, p.valid_until) for p in periods if p.kind == "specialist"]
    licensed = min((row.issued_on for row in whole.licenses), default=None)
    return continuity_on(on, practised, learnt, licensed_on=licensed, rules=rules)
