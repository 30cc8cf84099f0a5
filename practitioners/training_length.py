"""How long is a practical training, and what lacks of what the list asks for the professional title?

The months stand in the list of titles (Decree 96/2023/NĐ-CP, articles 3 to 7); the law of 2009, which
who began before 2024 may choose, asked for others, and no list has them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.utils.translation import gettext as _

from portal.codelists.lookup import code_on
from portal.dates import months_later
from practitioners.models import PracticalTraining, TrainingRotation

TITLES = "professional_titles"
ONE_DAY = timedelta(days=1)
DAYS_OF_A_MONTH = 30
Kind = TrainingRotation.Kind


def lacks_of(training: PracticalTraining, on: date) -> list[str]:
    """Say what a training would lack if it were completed on a day; nothing where no list says.

    What the person completed elsewhere for the same title counts.
    """
    entry = code_on(TITLES, training.title, on)
    if entry is None or training.regime != PracticalTraining.Regime.LAW_2023:
        return []
    whole = [(training.valid_from, on)]
    done = PracticalTraining.objects.filter(
        practitioner=training.practitioner_id, title=training.title, completed_on__isnull=False
    ).exclude(pk=training.pk)
    whole += [(row.valid_from, row.completed_on) for row in done if row.completed_on]
    rotations = TrainingRotation.objects.filter(
        training__in=[training, *done], valid_from__lte=on
    ).only("kind", "valid_from", "valid_until")
    of_kind: dict[str, list[tuple[date, date]]] = {Kind.CLINICAL: [], Kind.INTENSIVE_CARE: []}
    for row in rotations:
        of_kind[row.kind].append((row.valid_from, min(row.valid_until or on, on)))
    asked = (
        ("training_months", _("practical training"), whole),
        ("training_clinical_months", Kind.CLINICAL.label, of_kind[Kind.CLINICAL]),
        (
            "training_intensive_care_months",
            Kind.INTENSIVE_CARE.label,
            of_kind[Kind.INTENSIVE_CARE],
        ),
    )
    said = []
    for name, part, periods in asked:
        least, months = int(entry.attributes.get(name) or 0), _months(periods)
        if months < least:
            said.append(
                _("%(part)s: %(months)d of %(least)d months")
                % {"part": part, "months": months, "least": least}
            )
    return said


def _months(periods: Iterable[tuple[date, date]]) -> int:
    """Add up periods by the calendar; days beside whole months make a month by thirty."""
    months = days = 0
    for first, last in periods:
        end, own = last + ONE_DAY, 0
        while months_later(first, own + 1) <= end:
            own += 1
        months += own
        days += (end - months_later(first, own)).days
    return months + days // DAYS_OF_A_MONTH
