"""What is due of a practitioner: renewal, training, what is missing in the profile?

One place says it, for the practitioner's own page and for the facility's list alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from portal.site.home import Chip
from practitioners.continuity import Continuity, Practice
from practitioners.states import State
from practitioners.training import plain

if TYPE_CHECKING:
    from practitioners.models import PracticeLicense, Practitioner
    from practitioners.rules import Rules
    from practitioners.states import Standing
    from practitioners.stopped import Ban
    from practitioners.training import Balance

# From so many days before the last day to file a renewal is a matter of today's list.
SOON = timedelta(days=180)
# Numbers that stay a person's own.
LASTING = ("personal", "passport")
# What stops a person whatever licence they hold.
STOPPED = {
    "barred": Chip("bad", "lock", _lazy("Barred from practising")),
    "died": Chip("", "none", _lazy("Has died")),
}
STATES = {
    State.NOT_YET: ("", "clock"),
    State.EXPIRED: ("bad", "bad"),
    State.SUSPENDED: ("bad", "bad"),
    State.REVOKED: ("bad", "bad"),
    State.SUPERSEDED: ("", "swap"),
    State.ACTIVE: ("ok", "ok"),
    State.RENEWING: ("ok", "clock"),
}


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that is due or missing: how grave, what, until when, and which item mends it."""

    code: str
    kind: str
    text: str
    until: date | None = None
    item: str = ""

    @property
    def icon(self) -> str:
        return {"bad": "bad", "warn": "clock"}.get(self.kind, "none")

    @property
    def order(self) -> tuple[int, bool, date]:
        """Put the gravest first, and what stands in the way of practising before all else."""
        stops = self.code in STOPPED or self.code.startswith("license")
        return (("bad", "warn", "").index(self.kind), not stops, self.until or date.max)


def state_chip(standing: Standing) -> Chip:
    """Return the state of a licence as a chip."""
    return Chip(*STATES[standing.state], standing.state.label)


def chip_of(standing: Standing | None, dues: Iterable[Due]) -> Chip | None:
    """Return the state in which somebody practises: what stops the person, else the licence's own."""
    stops = next((STOPPED[one.code] for one in dues if one.code in STOPPED), None)
    return stops or (state_chip(standing) if standing else None)


def of_person(person: Practitioner, bans: Iterable[Ban], on: date) -> Iterator[Due]:
    """Say that somebody died, or is barred by which decision until when; ``bans`` hold on the day."""
    if person.died_on is not None and person.died_on < on:
        text = _("the register says this person died on %(date)s")
        yield Due("died", "bad", text % {"date": _day(person.died_on)})
        return
    for ban in bans:
        said = {"first": _day(ban.first), "number": ban.number}
        text = _("barred from practising since %(first)s by decision %(number)s, no last day named")
        if ban.last is not None:
            text = _("barred from practising from %(first)s to %(last)s by decision %(number)s")
            said["last"] = _day(ban.last)
        yield Due("barred", "bad", text % said)


def of_license(
    license: PracticeLicense | None, standing: Standing | None, rules: Rules, on: date
) -> Iterator[Due]:
    """Say what the licence asks for."""
    if license is None or standing is None:
        yield Due("license_none", "bad", _("no licence in the register"), item="license")
        return
    if not standing.is_usable:
        yield Due("license_unusable", "bad", str(standing.state.label), item="license")
    elif standing.renewal is not None:
        yield Due("renewal_waits", "", _("renewal filed, waiting for the department"))
    elif standing.expires_on is not None:
        yield from _renewal(standing.expires_on, rules, on)


def _renewal(expires_on: date, rules: Rules, on: date) -> Iterator[Due]:
    last = rules.last_day_to_file(expires_on) or expires_on
    if on > last:
        text = _("the last day to file for renewal is over; the licence ends on %(day)s")
        yield Due("renewal_late", "bad", text % {"day": _day(expires_on)}, expires_on)
    elif on > last - SOON:
        text = _("file for renewal by %(last)s; the licence ends on %(day)s")
        yield Due("renewal_due", "warn", text % {"last": _day(last), "day": _day(expires_on)}, last)


def of_practice(clock: Continuity) -> Iterator[Due]:
    """Say when somebody has not practised for long (Law 15/2023/QH15, article 35(1))."""
    if clock.last is None or clock.ground_on is None:
        return
    said = {"last": _day(clock.last), "day": _day(clock.ground_on)}
    if clock.state == Practice.GROUND:
        text = _("not practised since %(last)s: since %(day)s a ground for revoking the licence")
        if not clock.is_certain:
            text = _(
                "no practice is known since the licence of %(last)s:"
                " since %(day)s a ground for revoking it"
            )
        yield Due("practice_ground", "bad", text % said, clock.ground_on, "registration")
    elif clock.state == Practice.WARNED:
        text = _("not practised since %(last)s: from %(day)s a ground for revoking the licence")
        if not clock.is_certain:
            text = _(
                "no practice is known since the licence of %(last)s:"
                " from %(day)s a ground for revoking it"
            )
        yield Due("practice_warned", "warn", text % said, clock.ground_on, "registration")


def of_training(balance: Balance | None) -> Iterator[Due]:
    """Say where the credit hours stand."""
    if balance is None or balance.is_enough:
        return
    missing = {"hours": plain(balance.missing), "required": balance.required}
    if balance.period.is_certain and balance.on > balance.file_by:
        text = _("%(hours)s of %(required)s credit hours are missing")
        yield Due("training_late", "bad", text % missing, balance.period.last, "training")
    elif balance.is_behind and balance.period.is_certain:
        text = _("training is behind: %(hours)s of %(required)s credit hours are missing")
        yield Due("training_behind", "warn", text % missing, balance.file_by, "training")


@dataclass(frozen=True, slots=True)
class Papers:
    """Whether the register has a lasting number and a diploma of a person."""

    has_number: bool
    has_diploma: bool

    @classmethod
    def of(cls, person: Practitioner) -> Papers:
        """Read it off identifiers and diplomas, as they were prefetched."""
        numbers = [row for row in person.identifiers.all() if row.valid_until is None]
        return cls(any(row.kind in LASTING for row in numbers), bool(person.qualifications.all()))


def of_profile(
    person: Practitioner, license: PracticeLicense | None, papers: Papers | None = None
) -> Iterator[Due]:
    """Say what a profile lacks; whoever asks of many brings what ``papers`` they have."""
    papers = papers or Papers.of(person)
    if person.verified_at is None:
        yield Due("unverified", "warn", _("the department has not verified the profile"))
    if not papers.has_number:
        yield Due(
            "identifier_none", "warn", _("no identity number of 12 digits"), item="identifier"
        )
    if person.birth_precision != "day":
        yield Due("birth_partial", "", _("date of birth not whole"), item="person")
    if not papers.has_diploma:
        yield Due("qualification_none", "warn", _("no diploma"), item="qualification")
    if license is not None and not license.scope.strip():
        yield Due("scope_none", "warn", _("no scope of practice"), item="scope")


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
