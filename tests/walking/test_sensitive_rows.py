"""(e) A row of a protected class does not exist for those without the right, in any answer.

Law 71/2020/QH14, article 30; Law 91/2025/QH15. A visit of such a class is planted with a word of its
own in every text. No address says the word, and no page says anything else than it said before: what
is left out is left out of counts, filters, figures and exports as well.
"""

import difflib
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.utils import timezone

from healthrecords.models import (
    CareAccess,
    Citizen,
    Diagnosis,
    Document,
    Medication,
    Visit,
    VisitNote,
    VitalSigns,
)
from portal.accounts.roles import CAPABILITIES_OF, Role
from portal.database.uuid7 import uuid7
from tests.walking.rows.healthrecords import AT
from tests.walking.test_planted_name import autocompletes, body_for
from tests.walking.world import Address, World, addresses, fillings

SECRET = "Zqxvkin"
CODE = "B20.9"
WITHOUT = [str(role) for role in Role if "see_sensitive" not in CAPABILITIES_OF[role]]
SKIPPED = {"admin:logout", "admin:password_change", "admin:language", "admin:theme"}
# What changes from one request to the next by itself.
BY_ITSELF = re.compile(
    r'csrfmiddlewaretoken" value="[^"]+"|client_key" value="[^"]+"|name="version" value="[^"]+"'
    r"|\b\d\d:\d\d(?::\d\d)?\b|/(?:Creation|Mod)Date ?\([^)]*\)|/ID ?\[.*|[0-9a-f]{32,}"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|<xmp:(?:Create|Modify)Date>[^<]*<|<xmpMM:\w+>[^<]*<"
)


def plant(world: World) -> Visit:
    """Make a visit for HIV of the station's citizen, with the word everywhere."""
    citizen = Citizen.objects.filter(home_station=world.station).order_by("pk").first()
    assert citizen is not None
    visit = Visit.objects.create(
        citizen=citizen,
        facility=world.station,
        status="in_progress",
        started_at=AT,
        reason=f"Lĩnh thuốc {SECRET}",
        symptoms=SECRET,
        advice=SECRET,
        sensitivity="hiv",
        entered_by=world.users[Role.STATION_CLINICIAN],
    )
    parts = {"visit": visit, "sensitivity": "hiv"}
    Diagnosis.objects.create(**parts, rank="main", code=CODE, title=f"Bệnh {SECRET}")
    Medication.objects.create(**parts, name=f"Thuốc {SECRET}", days=90)
    VitalSigns.objects.create(**parts, systolic=151, diastolic=97, weight=41)
    note = {"kind": "progress", "written_at": visit.started_at, "text": f"Ghi {SECRET}"}
    VisitNote.objects.create(**parts, **note)
    Document.objects.create(
        **parts,
        origin="file",
        batch_id=uuid7(),
        kind="discharge",
        sent_number=SECRET,
        year=2026,
        issued_at=visit.started_at,
        content={"diagnosis": SECRET, "MA_BS": SECRET},
    )
    return visit


def open_records(world: World, who: str) -> None:
    """Let the person open the station's records, so that pages are compared and not refusals."""
    user = world.users[who]
    if user.place_of_work is None or "view_records" not in CAPABILITIES_OF[Role(who)]:
        return
    for citizen in Citizen.objects.filter(home_station=world.station):
        CareAccess.objects.create(
            user=user,
            citizen=citizen,
            organisation=user.place_of_work,
            ground="visit",
            opened_at=timezone.now() - timedelta(hours=1),
            until=timezone.now() + timedelta(hours=9),
        )


Question = tuple[str, dict[str, Any]]


def ask_all(person: Any, world: World) -> Iterator[tuple[Question, str]]:
    """Yield every address with every search, filter and export that could tell of the row.

    Whoever is refused a page is refused it with a search as well: it is asked once.
    """
    for address in addresses():
        if address.name in SKIPPED:
            continue
        path = address.at(**fillings(address, world, out_of_sight=False)[0])
        answer = person.ask("GET", path)
        yield (path, {}), said(answer)
        if answer.status_code not in {302, 403, 404, 405}:
            for query in queries(address):
                yield (path, query), said(person.ask("GET", path, data=query))
    for path in autocompletes():
        question = (path.replace("term=Zzyz", f"term={SECRET}"), {})
        yield question, said(person.ask("GET", question[0]))


def queries(address: Address) -> Iterator[dict[str, Any]]:
    """Yield searches by the secret and by its code, exports of what is found, every filter."""
    yield {"q": SECRET, "term": SECRET}
    yield {"q": CODE}
    if address.name.endswith("_export"):
        yield {"tep": "csv"}
    if address.name == "admin:healthrecords_citizen_change":
        yield {"year": str(AT.year), "origin": "typed"}
        yield {"kind": "visit"}


def said(answer: Any) -> str:
    """Return what an answer says: a workbook by its parts, without the moment it was made."""
    body = answer.raw
    if zipfile.is_zipfile(BytesIO(body)):
        with zipfile.ZipFile(BytesIO(body)) as parts:
            names = sorted(set(parts.namelist()) - {"docProps/core.xml"})
            body = b"\n".join(name.encode() + parts.read(name) for name in names)
    return BY_ITSELF.sub("", body.decode(errors="replace"))


def difference(was: str, now: str) -> str:
    """Return the first lines in which two answers differ."""
    lines = difflib.unified_diff(was.splitlines(), now.splitlines(), lineterm="", n=0)
    return " | ".join(line.strip()[:300] for line in list(lines)[2:9])


@pytest.fixture(autouse=True)
def _a_clock_that_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let papers that say when they were printed say the same twice."""
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)


@pytest.mark.by_turns
@pytest.mark.parametrize("who", WITHOUT)
def test_a_protected_visit_changes_no_answer_for_those_without_the_right(
    who: str, world: World, walker: Any
) -> None:
    open_records(world, who)
    person = walker(who)
    before = list(ask_all(person, world))
    visit = plant(world)
    told, changed = [], []
    for (path, query), was in before:
        answer = person.ask("GET", path, data=query)
        found = said(answer)
        words = answer.body.replace(str(query.get("q", "\0")), "").replace(f"term={SECRET}", "")
        if SECRET in words or str(visit.pk) in answer.body or "151/97" in answer.body:
            told.append(f"{path} {query}")
        elif found != was:
            changed.append(f"{path} {query}: {difference(was, found)}")
    assert told == []
    assert changed == []


@pytest.mark.parametrize("who", WITHOUT)
def test_its_own_addresses_do_not_exist_for_them(who: str, world: World, walker: Any) -> None:
    open_records(world, who)
    visit = plant(world)
    person = walker(who)
    for address in addresses():
        for name in address.parameters:
            if address.label_of(name) != "healthrecords.visit":
                continue
            values = {**fillings(address, world, out_of_sight=False)[0], name: visit.pk}
            for method in ("GET", "POST"):
                answer = person.ask(method, address.at(**values), data=body_for(address, world))
                if answer.headers.get("Location") == address.at(**values) + "change/":
                    continue  # the admin's old address of a row, whether there is one or not
                assert answer.status_code in {403, 404, 405}, (address.name, method)
                assert SECRET not in answer.body, (address.name, method)


def test_those_with_the_right_do_see_it(world: World, walker: Any) -> None:
    """The walk would find nothing if nothing were planted."""
    visit = plant(world)
    path = f"/healthrecords/citizen/{visit.citizen_id}/change/"
    open_records(world, Role.STATION_CLINICIAN)
    body = walker(str(Role.STATION_CLINICIAN)).ask("GET", path).body
    assert SECRET in body
    assert "151/97" in body
