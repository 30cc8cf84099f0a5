"""What a list exports in the columns of its own file comes back without a change."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from facilities.models import Facility
from healthrecords.models import Citizen, CitizenIdentifier, Diagnosis, Visit, VitalSigns
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.codelists.models import CodeList, CodeListVersion
from portal.intake.models import Batch, Finding, StagedRow
from portal.intake.own_marks import mark_of
from portal.names import sort_key
from portal.places import services as places
from portal.places.models import Area, Organisation
from practitioners.models import Practitioner
from tests.conftest import SINCE, make_user
from tests.intake.sending import confirm as confirm_
from tests.intake.sending import counts, send, visit, workbook
from tests.intake.test_staff_lists_become_profiles import verified  # noqa: F401

pytestmark = pytest.mark.usefixtures("lists")
Back = Callable[..., Batch]
TEXTS = st.text("aạ ớBđ\t\r\n;:=+-@'\"#,.|<>&1/", max_size=25)
DAYS = st.dates(date(1930, 1, 1), date(2026, 10, 1))
# The measures of visits are a grown person's.
GROWN = st.dates(date(1930, 1, 1), date(2006, 10, 1))


def exported(user: User, model: str, kind: str, form: str, **query: Any) -> bytes:
    client = Client()
    client.force_login(user)
    answer = client.get(reverse(f"admin:{model}_export"), {"tep": form, "mau": kind, **query})
    assert answer.status_code == 200
    assert answer.streaming, answer.content.decode()[-2_000:]
    return b"".join(answer.streaming_content)


def back(content: bytes, form: str, kind: str, by: User, organisation: Organisation) -> Batch:
    return send(content, by=by, organisation=organisation, kind=kind, name=f"ra.{form}")


def wrong(batch: Batch) -> list[tuple[str, str, str]]:
    rows = Finding.objects.filter(batch=batch, severity="error")
    return list(rows.values_list("cell", "code", "value"))


def other_than_unchanged(batch: Batch) -> list[tuple[Any, ...]]:
    rows = StagedRow.objects.filter(batch=batch).exclude(decision="unchanged")
    return list(rows.values_list("decision", "changes", "candidates", "values"))


@pytest.fixture
def head(hospital: Organisation) -> User:
    """Heads the hospital: sends, exports, and sees what is protected."""
    return make_user("truong", "Lò Thị Trưởng", Role.STATION_HEAD, hospital)


@st.composite
def people(draw: st.DrawFn, days: st.SearchStrategy[date] = DAYS) -> dict[str, Any]:
    born = draw(days)
    return {
        "name": draw(st.sampled_from(["Lò Văn Ún", "Cứ A Tính", "=Mùa 'A' Chống", "Đèo Thị Ðào"])),
        "birth_date": born,
        "birth_precision": draw(st.sampled_from(["day", "month", "year"])),
        "sex": draw(st.sampled_from(["male", "female", "unknown"])),
        "phone": draw(st.sampled_from(["", "0912345678"])),
        "address": draw(TEXTS),
        "ethnic_group": draw(st.sampled_from(["", "01", "03", "55"])),
        "nationality": draw(st.sampled_from(["VN", "LA", "XX", ""])),
        "occupation": draw(st.sampled_from(["", "61"])),
        "with_area": draw(st.booleans()),
        "card": draw(st.sampled_from(["", "HT2111234567890", "1234567890"])),
        "ends": draw(st.none() | st.just(date(2026, 12, 31))),
    }


@st.composite
def typed(draw: st.DrawFn) -> dict[str, Any]:
    began = datetime(2026, 10, 1, draw(st.integers(0, 23)), 5, 31, tzinfo=UTC)
    return {
        "started_at": began,
        "ended_at": draw(st.none() | st.just(began.replace(second=59))),
        "reason": draw(TEXTS),
        "advice": draw(TEXTS),
        "kind": draw(st.sampled_from(["01", "05"])),
        "outcome": draw(st.sampled_from(["", "1", "2"])),
        "next_visit_on": draw(st.none() | st.just(date(2026, 11, 30))),
        "episode_key": draw(st.sampled_from(["", "A/1", "'0012", "=1+1"])),
        "codes": draw(st.lists(st.sampled_from(["J18.9", "I10", "E11.9", "B20"]), min_size=1,
            max_size=3, unique=True)),
        "vitals": draw(st.sampled_from([{}, {"pulse": 78, "weight": "52.50"},
            {"systolic": 120, "diastolic": 80, "temperature": "36.8"}])),
    }  # fmt: skip


def made(said: dict[str, Any], hospital: Organisation, area: Area) -> Citizen:
    plain = {k: v for k, v in said.items() if k not in {"with_area", "card", "ends"}}
    first = {"day": plain["birth_date"], "month": plain["birth_date"].replace(day=1)}
    plain["birth_date"] = first.get(
        plain["birth_precision"], plain["birth_date"].replace(month=1, day=1)
    )
    person = Citizen.objects.create(
        **plain,
        name_sort=sort_key(plain["name"]),
        area=area if said["with_area"] else None,
        home_station=hospital,
    )
    if said["card"]:
        kind = "insurance_card" if len(said["card"]) == 15 else "insurance_number"
        CitizenIdentifier.objects.create(
            citizen=person, kind=kind, value=said["card"], valid_until=said["ends"]
        )
    return person


def seen(said: dict[str, Any], person: Citizen, hospital: Organisation) -> Visit:
    plain = {k: v for k, v in said.items() if k not in {"codes", "vitals"}}
    status = "finished" if said["ended_at"] else "in_progress"
    protected = "hiv" if "B20" in said["codes"] else ""
    row = Visit.objects.create(
        **plain, citizen=person, facility=hospital, status=status, sensitivity=protected
    )
    whole = {"visit": row, "citizen": person, "facility": hospital, "sensitivity": protected}
    for place, code in enumerate(said["codes"]):
        rank = "other" if place else "main"
        Diagnosis.objects.create(**whole, rank=rank, position=max(place, 1), code=code, title=code)
    if said["vitals"]:
        VitalSigns.objects.create(**whole, measured_at=said["started_at"], **said["vitals"])
    return row


@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # rows of earlier examples stay: nothing to shrink
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(people(), min_size=1, max_size=4), st.sampled_from(["xlsx", "csv"]))
def test_people(
    head: User, hospital: Organisation, communes: list[Area], told: list[dict[str, Any]], form: str
) -> None:
    Batch.objects.all()
    kept = {made(said, hospital, communes[0]).pk for said in told}
    count = Citizen.objects.filter(home_station=hospital).count()
    content = exported(head, "healthrecords_citizen", "citizens", form)
    batch = back(content, form, "citizens", head, hospital)
    assert wrong(batch) == []
    assert other_than_unchanged(batch) == []
    assert counts(batch) == {"unchanged": count}
    assert len(kept) == len(told)


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # rows of earlier examples stay: nothing to shrink
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(people(GROWN), st.lists(typed(), min_size=1, max_size=3, unique_by=lambda v: v["episode_key"] or id(v)),
    st.sampled_from(["xlsx", "csv"]))  # fmt: skip
def test_visits_typed_and_sent(
    head: User,
    hospital: Organisation,
    communes: list[Area],
    who: dict[str, Any],
    told: list[dict[str, Any]],
    form: str,
) -> None:
    person = made(who, hospital, communes[0])
    for at, said in enumerate(told):
        key = f"{said['episode_key']}-{person.pk.hex[-6:]}-{at}" if said["episode_key"] else ""
        seen({**said, "episode_key": key}, person, hospital)
    count = Visit.objects.filter(facility=hospital).count()
    content = exported(head, "healthrecords_visit", "visits", form)
    batch = back(content, form, "visits", head, hospital)
    assert wrong(batch) == []
    assert other_than_unchanged(batch) == []
    assert counts(batch) == {"unchanged": count}


def test_a_changed_cell_of_an_own_export_is_the_one_change(
    head: User, hospital: Organisation, communes: list[Area]
) -> None:
    person = made(
        {"name": "Lò Văn Ún", "birth_date": date(1971, 8, 15), "birth_precision": "day",
         "sex": "male", "address": "Bản Hồi", "with_area": False, "card": "", "ends": None},
        hospital, communes[0],
    )  # fmt: skip
    row = seen(
        {"started_at": datetime(2026, 10, 1, 2, 5, tzinfo=UTC), "ended_at": None, "reason": "Ho",
         "codes": ["J18.9"], "vitals": {}},
        person, hospital,
    )  # fmt: skip
    content = exported(head, "healthrecords_visit", "visits", "csv").replace(b"Ho,", b"Ho khan,")
    batch = back(content, "csv", "visits", head, hospital)
    assert counts(batch) == {"changed": 1}
    confirm_(batch, head)
    row.refresh_from_db()
    assert row.reason == "Ho khan"
    assert Visit.objects.count() == 1
    content = exported(head, "healthrecords_citizen", "citizens", "csv")
    batch = back(
        content.replace("Bản Hồi".encode(), "Bản Xôm".encode()), "csv", "citizens", head, hospital
    )
    assert counts(batch) == {"changed": 1}
    confirm_(batch, head)
    person.refresh_from_db()
    assert (person.address, Citizen.objects.count()) == ("Bản Xôm", 1)


@pytest.mark.parametrize("kind", ["visits", "citizens"])
def test_a_mark_of_nobody_and_of_another_house_keeps_its_row_out(
    head: User, hospital: Organisation, other_station: Organisation, communes: list[Area], kind: str
) -> None:
    person = made(
        {"name": "Lò Văn Ún", "birth_date": date(1971, 8, 15), "birth_precision": "day",
         "sex": "male", "with_area": False, "card": "", "ends": None},
        other_station, communes[0],
    )  # fmt: skip
    far = seen(
        {"started_at": datetime(2026, 10, 1, 2, 5, tzinfo=UTC), "ended_at": None,
         "codes": ["J18.9"], "vitals": {}},
        person, other_station,
    )  # fmt: skip
    column = "MA_LK" if kind == "visits" else "MA_BN"
    marks = [far.pk, hospital.pk] if kind == "visits" else [hospital.pk]
    rows = [visit(**{column: mark_of(key)}, SO_CCCD="", MA_THE_BHYT="") for key in marks]
    rows[0]["HO_TEN"] = "Lò Văn Ún" if kind == "visits" else "Người Khác"
    batch = back(workbook(rows, headings=list(rows[0])), "xlsx", kind, head, hospital)
    assert counts(batch) == {"wrong": len(marks)}
    assert {code for _cell, code, _value in wrong(batch)} == {"own_mark_unknown"}


@pytest.mark.parametrize("kind", ["practitioners", "form01"])
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_practitioners(
    request: pytest.FixtureRequest, data_officer: User, hospital: Organisation, kind: str, form: str
) -> None:
    person: Practitioner = request.getfixturevalue("verified")
    content = exported(data_officer, "practitioners_registration", kind, form)
    assert person.name in (content.decode() if form == "csv" else person.name)
    batch = back(content, form, kind, data_officer, hospital)
    assert wrong(batch) == []
    assert counts(batch) == {"unchanged": 1}


def test_form_01_is_of_one_facility(
    request: pytest.FixtureRequest, licensing_officer: User, other_station: Organisation
) -> None:
    from practitioners.models import Registration

    person: Practitioner = request.getfixturevalue("verified")
    Registration.objects.create(practitioner=person, facility=other_station, valid_from=SINCE)
    client = Client()
    client.force_login(licensing_officer)
    address = reverse("admin:practitioners_registration_export")
    answer = client.get(address, {"tep": "csv", "mau": "form01"})
    assert not answer.streaming
    assert "Mẫu 01" in answer.content.decode()


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_facilities(licensing_officer: User, department: Organisation, form: str) -> None:
    rows = [
        {"MA_CSKCB": "11047", "TEN_CSKCB": "Trạm Y tế xã Mường Pồn", "DIA_CHI": "Bản Lĩnh; =1",
         "QUAN_HUYEN_CU": "Huyện Điện Biên"},
        {"MA_CSKCB": "11047", "TEN_CSKCB": "TYT Mường Pồn", "DIA_CHI": "", "QUAN_HUYEN_CU": ""},
        {"MA_CSKCB": "11A48", "TEN_CSKCB": "-Phòng khám “Tâm Đức”", "DIA_CHI": "@2", "QUAN_HUYEN_CU": ""},
    ]  # fmt: skip
    sent = send(workbook(rows, headings=list(rows[0]), sheet="CSKCB"), by=licensing_officer,
        organisation=department, kind="facilities")  # fmt: skip
    confirm_(sent, licensing_officer)
    bare = places.create_organisation(
        name="Trạm chưa có mã", kind="station", parent=department, valid_from=SINCE
    )
    Facility.objects.create(organisation=bare)
    content = exported(licensing_officer, "facilities_facility", "facilities", form)
    batch = back(content, form, "facilities", licensing_officer, department)
    assert wrong(batch) == []
    assert counts(batch) == {"unchanged": 3}


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_every_code_list_that_is_loaded(
    administrator: User, ministry: Organisation, form: str
) -> None:
    content = exported(administrator, "codelists_codelist", "codes", form)
    batch = back(content, form, "codes", administrator, ministry)
    assert wrong(batch) == []
    held = CodeListVersion.objects.holding(date(2026, 11, 5))
    wanted = sum(version.codes.count() for version in held)
    assert counts(batch) == {"unchanged": wanted}
    assert CodeList.objects.count() > 5


def test_columns_are_chosen_and_the_page_offers_the_shape(
    head: User, hospital: Organisation
) -> None:
    content = exported(head, "healthrecords_visit", "visits", "csv", cot=["HO_TEN", "MA_LK"])
    assert content.decode("utf-8-sig").splitlines()[0] == "MA_LK,HO_TEN"
    client = Client()
    client.force_login(head)
    page = client.get(reverse("admin:healthrecords_visit_export")).content.decode()
    assert '<input type="hidden" name="mau" value="visits">' in page
