"""Uploaded batches with one doubtful row each."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db.models import Model

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.intake.models import Batch, ColumnMapping, StagedRow
from portal.intake.services import Sent, receive_file
from portal.places.models import Organisation
from tests.conftest import make_user
from tests.walking.world import MARK, World, literal, names, planted, rows

AT = datetime(2026, 11, 5, 2, tzinfo=UTC)


def _batch(actor: User, place: Organisation, name: str) -> Batch:
    batch = receive_file(
        actor=actor,
        sent=Sent(f"{name}.xlsx", [f"{name} {Batch.objects.count()}".encode()]),
        kind="visits",
        organisation=place,
        at=AT,
    )
    Batch.objects.filter(pk=batch.pk).update(
        state="checked", checked_at=AT, rows_read=1, wrong_count=1
    )
    batch.refresh_from_db()
    values = {"name": name}
    StagedRow.objects.create(batch=batch, sheet=name, number=2, values=values, decision="wrong")
    return batch


@rows("intake.batch")
def batches(world: World, n: int) -> Iterable[Model]:
    return [
        _batch(world.users[Role.HOSPITAL_DATA_OFFICER], world.hospital, f"kham-benh-{number}")
        for number in range(n)
    ]


@planted("intake.batch")
def far_batches(world: World) -> Iterable[Model]:
    sender = make_user(f"{MARK.lower()}.2", f"{MARK} A Xa", Role.STATION_HEAD, world.far_station)
    yield _batch(sender, world.far_station, MARK)


@rows("intake.columnmapping")
def remembered(world: World, n: int) -> Iterable[Model]:
    return [
        ColumnMapping.objects.create(
            organisation=world.hospital,
            kind="visits",
            signature=f"{ColumnMapping.objects.count():064d}",
            headings=["Patient"],
            choices={"patient": "HO_TEN"},
            said_by=world.users[Role.HOSPITAL_DATA_OFFICER],
            said_at=AT,
        )
        for _number in range(n)
    ]


@planted("intake.columnmapping")
def far_remembered(world: World) -> Iterable[Model]:
    yield ColumnMapping.objects.create(
        organisation=world.far_station,
        kind="visits",
        signature="f" * 64,
        headings=[MARK],
        choices={"patient": "HO_TEN"},
        said_at=AT,
    )


names("batch_id", "intake.batch")
names("mapping_id", "intake.columnmapping")
literal("kind_id", "visits")
literal("decision", "wrong")
literal("form", "csv")
