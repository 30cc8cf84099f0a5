"""A list of a hundred rows is read, compared, written and undone in as many queries as one of ten."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from facilities.models import Facility
from portal.accounts.models import User
from portal.intake import services
from portal.intake.models import Batch, StagedRow
from portal.places.models import Organisation
from practitioners.models import PracticeLicense, Practitioner, ProfileSubmission, Registration
from tests.intake.sending import NOW, confirm, counts, send, workbook
from tests.intake.test_staff_lists_become_profiles import staff

pytestmark = pytest.mark.usefixtures("lists")
BY_THE_CLOCK = 2  # a list that is read once in a while, progress that is told


@contextmanager
def counted(told: list[int]) -> Iterator[None]:
    with CaptureQueriesContext(connection) as queries:
        yield
    told.append(len(queries))


def numbered(at: int) -> str:
    return f"{at:06}/ĐB-GPHN"


def person(at: int, first: int) -> dict[str, Any]:
    """Every third one is registered elsewhere, every fifth has a licence of somebody else."""
    letter = "ABCDEGHIKLMNOPQRSTUVXY"
    return staff(
        STT=str(at),
        HO_TEN=f"Lò Văn {letter[at % 22]}{letter[at // 22 % 22].lower()}n",
        MACCHN=numbered(first + at),
        SO_DINH_DANH=f"0110780{first + at:05}",
        VI_TRI="2",
        TRINH_DO="Đại học",
    )


def known(rows: list[dict[str, Any]], elsewhere: Organisation) -> None:
    for at, row in enumerate(rows):
        if at % 3 and at % 5:
            continue
        one = Practitioner.objects.create(
            name=row["HO_TEN"] if at % 3 == 0 else "Người Khác",
            name_sort=row["HO_TEN"],
            birth_date="1978-01-01",
            birth_precision="year",
            sex="male",
        )
        serial = int(row["MACCHN"][:6])
        PracticeLicense.objects.create(
            practitioner=one, number_raw=row["MACCHN"], serial=serial, issuer_code="ĐB",
            kind="gphn", title="doctor", scope="Nội khoa", issued_on="2024-03-10",
        )  # fmt: skip
        Registration.objects.create(
            practitioner=one, facility=elsewhere, position="2", valid_from="2024-04-01"
        )


def test_a_staff_list(
    data_officer: User, hospital: Organisation, other_station: Organisation
) -> None:
    told: dict[str, list[int]] = {"read": [], "write": [], "undo": []}
    for first, size in ((1_000, 15), (5_000, 90)):
        rows = [person(at, first) for at in range(size)]
        known(rows, other_station)
        content = workbook(rows, headings=list(rows[0]), sheet="NV")
        batch = send(
            content, by=data_officer, organisation=hospital, kind="practitioners", read=False
        )
        with counted(told["read"]):
            batch = services.read_batch(batch.pk, at=NOW)
        assert counts(batch) == {"new": size - size // 3, "changed": size // 3}
        services.confirm_batch(actor=data_officer, batch=batch, at=NOW)
        with counted(told["write"]):
            services.write_batch(batch.pk, at=NOW)
        sent = ProfileSubmission.objects.filter(
            client_key__in=StagedRow.objects.filter(batch=batch).values("pk")
        )
        assert sent.count() == size
        assert sent.exclude(practitioner=None).count() == size // 3
        assert set(sent.values_list("worst", flat=True)) >= {"ask", "fail"}
        services.ask_to_undo(actor=data_officer, batch=Batch.objects.get(pk=batch.pk), reason="thử")
        with counted(told["undo"]):
            services.undo_batch(batch.pk, at=NOW)
        assert not sent.exists()
    assert all(many <= few + BY_THE_CLOCK for few, many in told.values()), told


def test_a_list_of_facilities(licensing_officer: User, department: Organisation) -> None:
    def listed(size: int, first: int, address: str) -> bytes:
        rows = [
            {
                "MA_CSKCB": f"11{first + at:03}",
                "TEN_CSKCB": f"Phòng khám số {first + at}",
                "DIA_CHI": address,
                "QUAN_HUYEN_CU": "Huyện Mường Chà",
            }
            for at in range(size)
        ]
        rows += [{**row, "TEN_CSKCB": f"{row['TEN_CSKCB']} cơ sở 2"} for row in rows[:5]]
        return workbook(rows, headings=list(rows[0]), sheet="CSKCB")

    told: dict[str, list[int]] = {}
    for first, size in ((100, 10), (500, 100)):
        for deed, address in (("new", "Bản Hồi"), ("changed", "Bản Xôm")):
            batch = send(
                listed(size, first, address),
                by=licensing_officer,
                organisation=department,
                kind="facilities",
                read=False,
            )
            with counted(told.setdefault(f"read {deed}", [])):
                batch = services.read_batch(batch.pk, at=NOW)
            assert counts(batch) == {deed: size + 5}, deed
            with counted(told.setdefault(f"write {deed}", [])):
                confirm(batch, licensing_officer)
        services.ask_to_undo(
            actor=licensing_officer, batch=Batch.objects.get(pk=batch.pk), reason="thử"
        )
        with counted(told.setdefault("undo", [])):
            services.undo_batch(batch.pk, at=NOW)
        assert set(
            Facility.objects.filter(organisation__identifiers__value__startswith=f"11{first // 100}")
            .values_list("address", flat=True)
        ) == {"Bản Hồi"}  # fmt: skip
    assert all(many <= few + BY_THE_CLOCK for few, many in told.values()), told
