"""One practitioner's profile as it stood on a day: where, what, since when, from which source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.audit.reads import note
from portal.codelists.countries import COUNTRIES
from portal.codelists.lookup import lists_on
from portal.provenance import Provenance
from portal.scope import scope_of
from portal.site.pages import page
from practitioners.clashes import journeys_of
from practitioners.continuity import Continuity, Practice, begun_anew, continuity_on
from practitioners.models import (
    BanProposal,
    ExaminationResult,
    ExtraTechnique,
    LicenseEvent,
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
    TrainingActivity,
    TrainingRotation,
    WorkingSlot,
)
from practitioners.pages.asked import day_asked
from practitioners.pages.values import Papers, values_of
from practitioners.practising import practitioner_of
from practitioners.provenances import LIST as FRESHNESS
from practitioners.provenances import Sources, names_of
from practitioners.public.addresses import speaks_for
from practitioners.rules import LIST as RULES
from practitioners.rules import Rules, rules_of
from practitioners.states import Standing, State
from practitioners.timeline import years_of
from practitioners.training import (
    TERMS,
    TITLES,
    Balance,
    Terms,
    add_up,
    excused_of,
    period_of,
)
from practitioners.week import in_words, week_of
from practitioners.whole import Whole, whole_of

VIEW, REVIEW = "view_practitioners", "review_practitioners"
TITLED = ("professional_titles", "staff_positions", "practice_scopes", COUNTRIES)
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
    techniques: list[tuple[ExtraTechnique, Provenance | None]]
    source: Provenance | None
    position: str
    waits: bool


@dataclass(frozen=True, slots=True)
class BanLine:
    """A ban that held on the day: its last day as decided by then, and the decision on its end."""

    ban: PracticeBan
    until: date | None
    ending: BanProposal | None


@require_safe
def person(request: HttpRequest, practitioner_id: UUID) -> HttpResponse:
    """Show a profile as of a day (``?ngay=``), today where none is said; fit for printing.

    Who it is about reads it too: every value the register has of them, and where it comes from.
    """
    today = timezone.localdate()
    rows = Practitioner.objects.select_related("keeper", "area")
    who = rows.within(scope_of(request.user, VIEW)).filter(pk=practitioner_id).first()
    is_own = who is None
    if who is None:
        own = practitioner_of(request.user, today)
        who = rows.filter(pk=own.pk).first() if own and own.pk == practitioner_id else None
    if who is None:
        return _led_on(request, practitioner_id)
    note(request, [who.pk], action="opened", ground="own" if is_own else "profile")
    on = day_asked(request, today)
    whole = whole_of(who)
    may_enter = who.keeper_id in scope_of(request.user, REVIEW)
    context = {
        "title": who.name,
        "who": who,
        "on": on,
        "today": today,
        "back": reverse(
            "practitioners:my-profile" if is_own else "admin:practitioners_practitioner_changelist"
        ),
        "may_enter": may_enter,
        "is_own": is_own,
        **_shown(whole, on, Papers(whole, may_see=may_enter)),
    }
    return page(request, "practitioners/person.html", context)


def _led_on(request: HttpRequest, practitioner_id: UUID) -> HttpResponse:
    """Lead from a row that another one replaced to that one, which says itself who sees it."""
    stays = speaks_for(practitioner_id)
    if stays is None:
        raise Http404(_("There is no such record."))
    query = request.GET.urlencode()
    return redirect(reverse("practitioners:person", args=[stays]) + (f"?{query}" if query else ""))


def _shown(whole: Whole, on: date, papers: Papers) -> dict[str, Any]:
    lists = lists_on((*TITLED, RULES, FRESHNESS, TERMS), on)
    rules = rules_of(lists[RULES], on)
    titles = {(key, entry.code): entry.title for key in TITLED for entry in lists[key]}
    sources = Sources(whole.of(ProfileSource), on, names_of(_signed(whole)), lists[FRESHNESS])
    slots = whole.held_on(WorkingSlot, on)

    def sourced(rows: Iterable[Any]) -> list[tuple[Any, Provenance | None]]:
        return [(row, sources.of_row(row)) for row in rows]

    clock = continuity_of(whole, on, rules)
    licenses = [
        line
        for license in whole.licenses
        if (line := _license(license, on, rules, titles, sources)) is not None
    ]
    return {
        "licenses": licenses,
        "balance": _balance(whole, licenses, on, Terms.of(lists[TERMS]), excused_of(lists[TITLES])),
        "places": [_place(row, on, titles, sources) for row in whole.held_on(Registration, on)],
        "week": week_of(slots) if slots else None,
        "journeys": journeys_of(slots, rules),
        "clock": clock,
        "clock_chip": CLOCKS.get(clock.state),
        "bans": [
            (BanLine(row, row.last_day_on(on), row.ending_on(on)), source)
            for row, source in sourced(whole.held_on(PracticeBan, on))
        ],
        "sanctions": sourced(whole.held_on(Sanction, on)),
        "numbers": sourced(
            row for row in whole.of(PractitionerIdentifier) if _known(row.valid_from, on)
        ),
        "diplomas": sourced(row for row in whole.of(Qualification) if _known(row.issued_on, on)),
        "specialities": sourced(whole.held_on(Speciality, on)),
        "examinations": [
            (row, source, titles.get(("professional_titles", row.title), row.title))
            for row, source in sourced(whole.of(ExaminationResult))
            if row.sat_on <= on
        ],
        "languages": sourced(whole.held_on(PracticeLanguage, on)),
        "trainings": sourced(whole.held_on(TrainingRotation, on)),
        "periods": sourced(row for row in whole.of(PracticePeriod) if row.valid_from <= on),
        "values": values_of(whole, on, sources, titles, papers),
        "years": years_of(whole, on),
        **_named(whole, on, sources),
    }


def _named(whole: Whole, on: date, sources: Sources) -> dict[str, Any]:
    """Return name, birthday, telephone and verification as of the day, as far as they are known.

    What nobody said by that day is shown as it is today, and the page says so.
    """
    person, is_past = whole.practitioner, on < timezone.localdate()
    then = sources.person_on_the_day(person) if is_past else person
    name, phone = sources.then("name"), sources.then("phone")
    verified = [row.verified_at for row in whole.of(ProfileSource) if row.verified_at is not None]
    days = sorted(timezone.localdate(at) for at in (*verified, person.verified_at) if at)
    return {
        "name_then": name if is_past and name and name != person.name else "",
        "name_source": sources.of("name", person.name),
        "born": then.birth,
        "sex": then.get_sex_display(),
        "born_is_today_s": is_past and sources.then("birth_date") is None,
        "phone": phone if is_past and phone is not None else person.phone,
        "phone_is_today_s": is_past and phone is None,
        "phone_source": sources.of("phone", person.phone) if phone == person.phone else None,
        "verified_on": max((day for day in days if day <= on), default=None),
        "verified_later": min(days, default=None),
    }


def _signed(whole: Whole) -> list[Any]:
    """Return the rows that name who verified, recorded or decided them."""
    models = (
        ProfileSource, PracticeBan, BanProposal, Sanction, TrainingActivity, LicenseVersion, LicenseEvent,
    )  # fmt: skip
    return [row for model in models for row in whole.of(model)]


def _known(day: date | None, on: date) -> bool:
    return day is None or day <= on


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
        papers=sorted(
            (row for row in license.versions.all() if row.valid_from <= on),
            key=lambda row: row.number,
            reverse=True,
        ),
        title=titles.get(("professional_titles", code), code),
        scopes=[titles.get(("practice_scopes", c), c) for c in paper.scope_codes] if paper else [],
        chip=(kind, icon, str(standing.state.label)),
        source=sources.of_row(license),
    )


def _balance(
    whole: Whole,
    lines: Iterable[LicenseLine],
    on: date,
    terms: Terms | None,
    excused: frozenset[str],
) -> Balance | None:
    """Add up the credit hours of the day, in the period of the licence's paper of that day."""
    held = next((line for line in lines if line.standing.state != State.SUPERSEDED), None)
    if held is None or terms is None:
        return None
    if (held.paper.title if held.paper else held.license.title) in excused:
        return None
    period = period_of(held.license, terms, on, held.paper)
    learnt = [row for row in whole.of(TrainingActivity) if row.state != "refused"]
    return add_up(terms, period, learnt, on)


def _place(row: Registration, on: date, titles: Any, sources: Sources) -> PlaceLine:
    slots = [slot for slot in row.slots.all() if slot.valid_from <= on]
    slots = [slot for slot in slots if slot.valid_until is None or slot.valid_until >= on]
    return PlaceLine(
        registration=row,
        hours=in_words(slots),
        techniques=[(t, sources.of_row(t)) for t in row.techniques.all() if t.valid_from <= on],
        source=sources.of_row(row),
        position=titles.get(("staff_positions", row.position), ""),
        waits=row.waits_on(on),
    )


def continuity_of(whole: Whole, on: date, rules: Rules) -> Continuity:
    """Return the clock of practice of a person on a day."""
    periods = whole.of(PracticePeriod)
    practised = [
        (row.valid_from, row.valid_until) for row in whole.registrations if not row.waits_on(on)
    ]
    practised += [(p.valid_from, p.valid_until) for p in periods if p.kind == "practice"]
    learnt = [(p.valid_from, p.valid_until) for p in periods if p.kind == "specialist"]
    licensed = min((row.issued_on for row in whole.licenses), default=None)
    return continuity_on(
        on,
        practised,
        learnt,
        licensed_on=licensed,
        rules=rules,
        anew_on=begun_anew(whole.licenses, on),
    )
