"""What is known of the demo's people beyond their names, and whom the simulator of the population database knows?"""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from config.demo.places import Places
from config.state import write_private
from healthrecords.models import (
    Citizen,
    CitizenIdentifier,
    Coverage,
    HouseholdMember,
    IdentityCheck,
)
from healthrecords.services import households
from healthrecords.services.coverage import keep_coverage
from healthrecords.services.entries import CoverageEntry, RelativeEntry
from healthrecords.services.identity import PURPOSE
from healthrecords.services.sources import Source, Spoken
from portal.accounts.models import User
from portal.verification.services import inquire

PEOPLE_FILE = "population.jsonl"
# Of the station's people every so many are held otherwise by the register.
OTHER_YEAR, OTHER_NAME, LEFT_OUT, REISSUED = 5, 7, 11, 13
ASKED = 6


def settle_identity(places: Places, clerk: User, state: Path, *, at: datetime) -> None:
    """Write whom the simulator knows; give the station's people insurance, a family, questions asked."""
    people = list(
        Citizen.objects.filter(home_station=places.station, identifiers__kind="personal")
        .prefetch_related("identifiers")
        .distinct()
        .order_by("id")
    )
    lines = [json.dumps(row, ensure_ascii=False) for row in known_to_register(people)]
    write_private(state / PEOPLE_FILE, "\n".join(lines))
    if Coverage.objects.exists() or IdentityCheck.objects.exists():
        return
    _insure(people[:60], places, clerk, at)
    _live_together(people, clerk, at)
    for citizen in people[:ASKED]:
        _ask(citizen, clerk, at)


def known_to_register(people: list[Citizen]) -> Iterator[dict[str, Any]]:
    """Yield the station's people as the simulator holds them: most alike, a few otherwise."""
    for place, citizen in enumerate(people, start=1):
        if place % LEFT_OUT == 0:
            continue
        number = next(n.value for n in citizen.identifiers.all() if n.kind == "personal")
        born, name = citizen.birth.iso(), citizen.name
        if place % OTHER_YEAR == 0:
            born = f"{int(born[:4]) + 1}{born[4:]}" if born[5:] != "02-29" else born
        elif place % OTHER_NAME == 0:
            name = name.rsplit(" ", 1)[0] + " Hoa"
        yield {
            "personal_number": number,
            "name": name.upper(),
            "birth": born,
            "sex": citizen.sex,
            "successor": number[:-3] + "999" if place % REISSUED == 0 else "",
            "faults": ["503"] if place == 2 else [],
        }


def _insure(people: list[Citizen], places: Places, clerk: User, at: datetime) -> None:
    on, spoken = timezone.localdate(at), Spoken(Source.TYPED, at, clerk, places.station)
    for citizen in people:
        card = next((n.value for n in citizen.identifiers.all() if n.kind == "insurance_card"), "")
        if card:
            entry = CoverageEntry(
                number=card,
                registered_at=places.station,
                valid_from=date(on.year, 1, 1),
                valid_until=date(on.year, 12, 31),
                five_years_on=date(on.year - 3, 1, 1),
            )
            keep_coverage(citizen, entry, spoken=spoken)


def _live_together(people: list[Citizen], clerk: User, at: datetime) -> None:
    """Let a grown-up, a spouse and a child be one household, the child spoken for."""
    on = timezone.localdate(at)
    grown_up = [c for c in people if on - c.birth_date > timedelta(days=30 * 365)]
    children = [c for c in people if on - c.birth_date < timedelta(days=10 * 365)]
    if len(grown_up) < 2 or not children or HouseholdMember.objects.exists():
        return
    head, spouse, child = grown_up[0], grown_up[1], children[0]
    households.begin_household(actor=clerk, head=head, number="HGD-001", at=at)
    for citizen, relation in ((spouse, "spouse"), (child, "child")):
        households.join_household(
            actor=clerk, citizen=citizen, member=head, relation=relation, at=at
        )
    number = CitizenIdentifier.objects.filter(citizen=head, kind="personal").first()
    entry = RelativeEntry(
        "father" if head.sex == "male" else "mother",
        head.name,
        number=number.value if number else "",
        phone=head.phone,
        represents=True,
    )
    households.add_relative(actor=clerk, citizen=child, entry=entry, at=at)


def _ask(citizen: Citizen, clerk: User, at: datetime) -> None:
    """Leave a question for the worker; the simulator answers it once the house is open."""
    number = next(n.value for n in citizen.identifiers.all() if n.kind == "personal")
    inquiry = inquire(
        actor=clerk,
        purpose=PURPOSE,
        subject_id=citizen.pk,
        question={
            "personal_number": number,
            "name": citizen.name,
            "birth": citizen.birth.iso(),
            "sex": citizen.sex,
        },
        organisation=clerk.place_of_work,
        at=at,
    )
    IdentityCheck.objects.create(citizen=citizen, inquiry=inquiry)
