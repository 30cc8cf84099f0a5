"""What came before the demo's last month: the same visits some weeks and a year earlier, a little fewer.

A picture over time needs a past. It is laid out by shifting what the generator wrote by whole weeks,
never before a person was born; then everything home pages add up is counted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from config.demo.people import DAYS
from healthrecords.models import Diagnosis, Visit
from reporting.days import count_anew
from reporting.diseases import categories
from reporting.standings import keep_standings

# Days back, and of how many in a hundred the past knows.
SHIFTS = ((28, 88), (56, 93), (364, 78), (392, 84), (420, 71))
MOVED = {"started_at", "ended_at", "admitted_at", "entered_at", "next_visit_on"}
NEW = {"id": "shifted.new_id", "client_key": "NULL"}


def settle_past(*, at: datetime) -> None:
    """Give the demo its past; a second time nothing is changed."""
    on = timezone.localdate(at)
    if Visit.objects.filter(started_at__lt=at - timedelta(days=2 * DAYS)).exists():
        return
    for days, share in SHIFTS:
        _shift(on - timedelta(days=DAYS), days, share)


def settle_standings(*, at: datetime) -> None:
    """Count what home pages tell: the arrivals of every day, and what every place has due."""
    on = timezone.localdate(at)
    count_anew(on - timedelta(days=max(days for days, _share in SHIFTS) + DAYS), on)
    keep_standings(at=at)


@contextmanager
def unmeasured_tables() -> Iterator[None]:
    """Let statements over whole tables join by hashing: what this very transaction wrote, no planner knows."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop = on")


def _shift(since: Any, days: int, share: int) -> None:
    visit, found = _columns(Visit), _columns(Diagnosis)
    held = {"id": "public.mach_uuid7()", "visit_id": "shifted.new_id"}
    sql = f"""
    WITH shifted AS MATERIALIZED (
      SELECT visit.id, public.mach_uuid7() AS new_id
      FROM healthrecords_visit visit JOIN healthrecords_citizen person ON person.id = visit.citizen_id
      WHERE visit.status = 'finished' AND visit.started_at >= %(since)s
        AND visit.started_at < %(since)s::timestamptz + interval '{DAYS - 1} days'
        AND NOT EXISTS (SELECT FROM healthrecords_diagnosis told
          WHERE told.visit_id = visit.id AND left(told.code, 3) = ANY(%(notifiable)s))
        AND person.birth_date < visit.started_at - interval '{days + 1} days'
        AND abs(hashtext(visit.id::text || '{days}')) %% 100 < {share}
    ), visits AS (
      INSERT INTO healthrecords_visit ({", ".join(visit)})
      SELECT {", ".join(_value(name, NEW, days) for name in visit)}
      FROM healthrecords_visit source JOIN shifted USING (id)
    )
    INSERT INTO healthrecords_diagnosis ({", ".join(found)})
    SELECT {", ".join(_value(name, held, days) for name in found)}
    FROM healthrecords_diagnosis source JOIN shifted ON shifted.id = source.visit_id
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, {"since": since, "notifiable": sorted(categories())})


def _columns(model: Any) -> list[str]:
    """Return the columns of a table that are written and not worked out by the database."""
    return [field.column for field in model._meta.concrete_fields if not field.generated]


def _value(name: str, new: dict[str, str], days: int) -> str:
    if name in new:
        return new[name]
    return f"source.{name} - interval '{days} days'" if name in MOVED else f"source.{name}"
