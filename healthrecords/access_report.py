"""Who has looked at a citizen's data, from where, when, at what part, and why?

Read from the log of reads, newest first, a page at a time by key; records that were merged into this
one count as this one, and while this one was joined with another record, what was read of that one
counts too: its pages showed the rows of both. The page and the paper are themselves reads.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Q
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from healthrecords.models import CareAccess, Citizen
from healthrecords.veiling import Veil, veil_over
from portal.accounts.models import Assignment
from portal.accounts.roles import Role
from portal.audit.models import AccessLog
from portal.places.models import Organisation

PAGE = 50
ON_PAPER_AT_MOST = 10_000
Action = AccessLog.Action
# The ends of an export bear nobody; each stretch of it bears its people.
SHOWN = (
    Action.OPENED,
    Action.PRINTED,
    Action.EXPORTED,
    Action.IDENTIFIED,
    Action.LISTED,
    Action.REFUSED,
)
PARTS: dict[str, StrOrPromise] = {
    "admin:healthrecords_citizen_change": gettext_lazy("the whole record"),
    "admin:healthrecords_citizen_summary": gettext_lazy("summary of the record"),
    "admin:healthrecords_citizen_mend": gettext_lazy("administrative part"),
    "admin:healthrecords_citizen_rights": gettext_lazy("consents and requests"),
    "admin:healthrecords_citizen_looks": gettext_lazy("this report of who looked"),
    "admin:healthrecords_citizen_looks_paper": gettext_lazy("this report of who looked"),
    "admin:healthrecords_citizen_identity": gettext_lazy("addresses, family, insurance"),
    "admin:healthrecords_citizen_background": gettext_lazy("medical history"),
    "admin:healthrecords_citizen_background_write": gettext_lazy("medical history"),
    "admin:healthrecords_citizen_background_mend": gettext_lazy("medical history"),
    "admin:healthrecords_citizen_stop": gettext_lazy("the record, to stop a medicine"),
    "admin:healthrecords_citizen_report": gettext_lazy("a result"),
    "admin:healthrecords_citizen_report_new": gettext_lazy("the record, to write a result"),
    "admin:healthrecords_citizen_papers": gettext_lazy("papers of the record"),
    "admin:healthrecords_citizen_paper": gettext_lazy("a paper of the record"),
    "admin:healthrecords_citizen_twins": gettext_lazy("compared with another record"),
    "admin:healthrecords_citizen_identify": gettext_lazy("name and number only"),
    "admin:healthrecords_citizen_card": gettext_lazy("name and number, beside a scanned card"),
    "admin:healthrecords_citizen_changelist": gettext_lazy("a line in the list of people"),
    "admin:healthrecords_visit_changelist": gettext_lazy("a line in the list of visits"),
    "admin:healthrecords_visit_change": gettext_lazy("a visit"),
    "admin:healthrecords_visit_correct": gettext_lazy("a visit, to correct it"),
    "admin:healthrecords_visit_compare": gettext_lazy("two visits, to compare them"),
    "admin:healthrecords_visit_new": gettext_lazy("the record, to enter a visit"),
    "admin:healthrecords_visit_slip": gettext_lazy("slip of a visit"),
    "admin:healthrecords_visit_queue": gettext_lazy("a line in today's queue"),
    "admin:healthrecords_visit_doctor": gettext_lazy("a line in today's queue"),
    "admin:healthrecords_visit_move": gettext_lazy("a line in today's queue"),
    "admin:healthrecords_visit_arrive": gettext_lazy("the record, to register an arrival"),
    "admin:healthrecords_visit_referrals": gettext_lazy("a line in the list of referrals"),
    "admin:healthrecords_visit_referral_answer": gettext_lazy("a referral"),
    "admin:healthrecords_visit_to_sign": gettext_lazy("a line in the list of what to sign"),
    "admin:healthrecords_visit_sign": gettext_lazy("a visit, to sign it"),
    "admin:healthrecords_visit_dispense": gettext_lazy("a prescription, to give out medicines"),
    "admin:healthrecords_visit_paper": gettext_lazy("a paper of the record"),
    "admin:healthrecords_visit_version_paper": gettext_lazy("a paper of the record"),
    "admin:healthrecords_visit_document": gettext_lazy("a paper of the record"),
    "admin:healthrecords_citizen_merge": gettext_lazy("compared with another record"),
    "admin:healthrecords_citizen_candidates": gettext_lazy("compared with a new record"),
    "admin:healthrecords_citizen_procedure": gettext_lazy("an operation or intervention"),
    "admin:healthrecords_citizen_procedure_new": gettext_lazy(
        "the record, to write an operation or intervention"
    ),
    "admin:healthrecords_citizen_consent": gettext_lazy("consents and requests"),
    "admin:healthrecords_citizen_consent_paper": gettext_lazy("consents and requests"),
    "admin:healthrecords_citizen_request": gettext_lazy("consents and requests"),
    "admin:healthrecords_citizen_withdraw": gettext_lazy("consents and requests"),
    "admin:healthrecords_citizen_hold": gettext_lazy("keeping of the record"),
    "admin:healthrecords_suggest": gettext_lazy("a line in the answer to a search"),
    "admin:healthrecords_unmerge": gettext_lazy("compared with another record"),
    "admin:finder": gettext_lazy("a line in the answer to a search"),
    "admin:index": gettext_lazy("a line in today's work"),
}
PREFIXES: dict[str, StrOrPromise] = {
    "api": gettext_lazy("data for another system"),
    "admin:healthrecords_visit": gettext_lazy("a visit"),
    "admin:healthrecords_careaccess": gettext_lazy("review of an opened record"),
    "admin:healthrecords_datarequest": gettext_lazy("consents and requests"),
    "admin:healthrecords_twincase": gettext_lazy("compared with another record"),
    "admin:healthrecords_legalhold": gettext_lazy("keeping of the record"),
    "admin:healthrecords_disposallist": gettext_lazy("keeping of the record"),
    "intake": gettext_lazy("a line of an uploaded file"),
    "admin:intake": gettext_lazy("a line of an uploaded file"),
    "reporting:case": gettext_lazy("notification of a disease"),
    "reporting:outbreak": gettext_lazy("notification of a disease"),
    "reporting:quality": gettext_lazy("a line in the list of what is missing or wrong"),
    "reporting:mend": gettext_lazy("a line in the list of what is missing or wrong"),
    "reporting": gettext_lazy("a line behind a figure of a report"),
    "admin:healthrecords_citizen": gettext_lazy("the record"),
}
GROUNDS: dict[str, StrOrPromise] = {
    **dict(CareAccess.Ground.choices),
    "scope": gettext_lazy("works at a place that cares for the person"),
    "queue": gettext_lazy("today's queue"),
    "twin": gettext_lazy("compared with a new record"),
    "number": gettext_lazy("an exact number was typed"),
    "card": gettext_lazy("a card was scanned that says somebody else"),
    "search": gettext_lazy("a search"),
    "review": gettext_lazy("review of an opened record"),
    "request": gettext_lazy("asked for by the person"),
    "household": gettext_lazy("lives in the same household"),
    "identity": gettext_lazy("differs from the national population database"),
    "to_sign": gettext_lazy("a visit waits for a signature"),
    "withdrawn": gettext_lazy("a visit entered in error was offered for the right person"),
    "retention": gettext_lazy("terms of keeping records"),
    "file": gettext_lazy("stands in an uploaded file"),
    "epidemic": gettext_lazy("notification and control of diseases"),
    "report": gettext_lazy("stands behind a figure of a report"),
    "none": gettext_lazy("no ground: nothing was shown"),
}


# Under which keys the person's data was read, and when: their own and those of records that were
# joined with theirs always, those of a record theirs was joined with as long as it was, up the chain.
KEYS = """
WITH RECURSIVE shown (person, since, until) AS (
  SELECT id, '-infinity'::timestamptz, 'infinity'::timestamptz FROM healthrecords_citizen
  WHERE id = %(citizen)s OR merged_into_id = %(citizen)s
  UNION
  SELECT merge.survivor_id, greatest(shown.since, merge.merged_at),
    least(shown.until, coalesce(merge.undone_at, 'infinity'))
  FROM shown JOIN healthrecords_citizenmerge merge ON merge.merged_id = shown.person
    AND merge.merged_at < shown.until AND coalesce(merge.undone_at, 'infinity') > shown.since
)
SELECT person, nullif(since, '-infinity'), nullif(until, 'infinity') FROM shown
"""


Keys = Sequence[tuple[UUID, datetime | None, datetime | None]]


@dataclass(frozen=True, slots=True)
class Look:
    """One read, as the citizen reads it."""

    key: str
    at: datetime
    who: str
    role: StrOrPromise
    place: str
    action: StrOrPromise
    is_glass: bool
    part: StrOrPromise
    why: StrOrPromise


@dataclass(frozen=True, slots=True)
class Asked:
    """Which reads are asked for; what an address cannot mean is not asked for."""

    action: str = ""
    first: date | None = None
    last: date | None = None

    def narrow(self, rows: Any) -> Any:
        if self.action == CareAccess.Ground.GLASS:
            rows = rows.filter(ground=CareAccess.Ground.GLASS)
        elif self.action:
            rows = rows.filter(action=self.action)
        if self.first:
            rows = rows.filter(at__gte=_midnight(self.first))
        if self.last:
            rows = rows.filter(at__lt=_midnight(self.last + timedelta(days=1)))
        return rows


@dataclass(frozen=True, slots=True)
class Page:
    """Some reads, and the key of the next page where there are older ones."""

    looks: Sequence[Look]
    older: str = ""


def veil_for(access: CareAccess, *, at: datetime) -> Veil:
    """Return what of the report is not told to whoever has opened a record."""
    looks = AccessLog.objects.filter(_read_of(_keys(access.citizen)), action__in=SHOWN)
    return veil_over(access, looks, at=at)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _rows(citizen: Citizen, asked: Asked, veil: Veil) -> tuple[Any, frozenset[UUID]]:
    """Return the reads asked for, the newest first, and the keys that always were the person's."""
    keys = _keys(citizen)
    rows = AccessLog.objects.filter(_read_of(keys), action__in=SHOWN)
    return veil.narrow(asked.narrow(rows)).order_by("-at", "-id"), _own(keys)


def _keys(citizen: Citizen) -> Keys:
    with connection.cursor() as cursor:
        cursor.execute(KEYS, {"citizen": citizen.pk})
        return list(cursor.fetchall())


def _own(keys: Keys) -> frozenset[UUID]:
    return frozenset(person for person, since, _until in keys if since is None)


def _read_of(keys: Keys) -> Q:
    """Return the condition of reads of what was the person's when it was read."""
    own = _own(keys)
    read = Q(people__overlap=list(own))
    for person, since, until in keys:
        if person not in own:
            joined = Q(people__overlap=[person], at__gte=since)
            read |= joined & Q(at__lte=until) if until else joined
    return read


def read_page(citizen: Citizen, asked: Asked, *, veil: Veil, before: str = "") -> Page:
    """Return a page of reads, the newest first."""
    rows, own = _rows(citizen, asked, veil)
    if key := _read_key(before):
        moment, pk = key
        rows = rows.filter(Q(at__lt=moment) | Q(at=moment, pk__lt=pk))
    found = list(rows[: PAGE + 1])
    looks = list(_told(found[:PAGE], own, veil))
    return Page(looks, looks[-1].key if len(found) > PAGE else "")


def read_all(citizen: Citizen, asked: Asked, *, veil: Veil) -> list[Look]:
    """Return the reads for the paper, the newest first."""
    rows, own = _rows(citizen, asked, veil)
    return list(_told(list(rows[:ON_PAPER_AT_MOST]), own, veil))


def count(citizen: Citizen, asked: Asked, *, veil: Veil) -> int:
    """Return how many reads there are, to the most that a paper takes and one more."""
    rows, _always = _rows(citizen, asked, veil)
    return int(rows[: ON_PAPER_AT_MOST + 1].count())


def _told(rows: Sequence[AccessLog], own: frozenset[UUID], veil: Veil) -> Iterator[Look]:
    """Tell reads with the names and the roles of their time: three queries for a page."""
    users = get_user_model()._default_manager.in_bulk({r.user_id for r in rows if r.user_id})
    places = Organisation.objects.in_bulk({r.organisation_id for r in rows if r.organisation_id})
    roles = _roles(users)
    for row in rows:
        user: Any = users.get(row.user_id) if row.user_id else None
        place = places.get(row.organisation_id) if row.organisation_id else None
        yield Look(
            key=f"{row.at.timestamp():.6f}_{row.pk}",
            at=row.at,
            who=user.full_name if user else row.username or _("another system"),
            role=_role(roles.get(row.user_id, ()), row),
            place=place.name if place else "",
            action=Action(row.action).label,
            is_glass=row.ground == CareAccess.Ground.GLASS,
            part=part_of(row.url),
            why=_why(row, own, veil),
        )


def _roles(users: Iterable[Any]) -> Mapping[Any, Sequence[Assignment]]:
    found: dict[Any, list[Assignment]] = {}
    for row in Assignment.objects.filter(user__in=list(users)).order_by("-valid_from", "id"):
        found.setdefault(row.user_id, []).append(row)
    return found


def _role(assignments: Sequence[Assignment], row: AccessLog) -> StrOrPromise:
    """Name the roles somebody held on that day where they then worked, else anywhere."""
    on = timezone.localdate(row.at)
    held = [
        a
        for a in assignments
        if a.valid_from <= on and (a.valid_until is None or a.valid_until >= on)
    ]
    there = [a for a in held if a.organisation_id == row.organisation_id] or held
    return ", ".join(str(Role(role).label) for role in dict.fromkeys(a.role for a in there))


def part_of(url: str) -> StrOrPromise:
    """Say which part of the data a page shows; never which visit, nor what for."""
    try:
        name = resolve(url.partition("?")[0]).view_name
    except Resolver404:
        return _("another page")
    return part_named(name)


def part_named(name: str) -> StrOrPromise:
    """Say which part of the data the page of a name shows."""
    if name in PARTS:
        return PARTS[name]
    if name.endswith("_export"):
        return _("a line in an exported list")
    begun = [part for prefix, part in PREFIXES.items() if name.startswith(prefix)]
    return begun[0] if begun else _("another page")


def _why(row: AccessLog, own: frozenset[UUID], veil: Veil) -> StrOrPromise:
    ground, reason = GROUNDS.get(row.ground, row.ground), veil.reason(row.reason)
    why = f"{ground}: {reason}" if reason else ground
    if own.isdisjoint(row.people):
        return _("%(why)s; while joined with another record") % {"why": why}
    return why


def _read_key(text: str) -> tuple[datetime, UUID] | None:
    moment, _mark, pk = text.partition("_")
    try:
        return datetime.fromtimestamp(float(moment), tz=timezone.get_default_timezone()), UUID(pk)
    except (ValueError, OverflowError, OSError):
        return None
