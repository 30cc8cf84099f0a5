"""Which number comes next in a series of an authority, and how is it written?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from portal.dossiers.definitions import number_form_on
from portal.dossiers.models import Authority, Dossier, Number
from portal.places.models import Organisation

RECEIPT, DECISION = "receipt", "decision"


def wait_for_turn(key: str) -> None:
    """Let one transaction after another go on from here with the same key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def next_serial(authority: Organisation, series: str, year: int, *, floor: int = 0) -> int:
    """Return the next serial of a series; nobody else gets it until this transaction ends.

    ``floor`` is the highest serial already given elsewhere, as on papers from before.
    """
    wait_for_turn(f"numbers {authority.pk} {series} {year}")
    given = Number.objects.filter(authority=authority, series=series, year=year)
    last: int = given.aggregate(last=Max("serial"))["last"] or 0
    return max(last, floor) + 1


def written(authority: Organisation, series: str, serial: int, *, on: date) -> str:
    """Write a number the way the day's rules do, with the authority's letters."""
    known = number_form_on(series, on)
    if known is None:
        raise ValidationError(
            _("No rule says how numbers of the series %(series)s are written; load the list."),
            code="number_rule_missing",
            params={"series": series},
        )
    return known.form.format(serial=serial, year=on.year, letters=letters_of(authority, on))


def letters_of(authority: Organisation, on: date) -> str:
    """Return the letters of an authority on a day."""
    row = Authority.objects.holding(on).filter(organisation=authority).first()
    if row is None:
        raise ValidationError(
            _("%(name)s is no licensing authority on %(day)s; enter it among the authorities."),
            code="authority_unknown",
            params={"name": authority.name, "day": f"{on:%d/%m/%Y}"},
        )
    return row.letters


def is_yearly(series: str, on: date) -> bool:
    """Say whether a series begins anew each year: its number bears the year, or its rule says so."""
    known = number_form_on(series, on)
    return known is not None and known.is_yearly


def take_number(
    dossier: Dossier,
    series: str,
    *,
    on: date,
    at: datetime,
    floor: Callable[[], int] | None = None,
) -> str:
    """Return the dossier's number of a series; it is taken once, and kept for it."""
    year = on.year if is_yearly(series, on) else 0
    taken: Number | None = dossier.numbers.filter(series=series, year=year).first()
    if taken is not None:
        return taken.text
    authority = dossier.authority
    serial = next_serial(authority, series, year, floor=floor() if floor else 0)
    text = written(authority, series, serial, on=on)
    Number.objects.create(
        authority=authority,
        series=series,
        year=year,
        serial=serial,
        text=text,
        dossier=dossier,
        taken_at=at,
    )
    return text
