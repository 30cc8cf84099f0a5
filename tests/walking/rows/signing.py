"""Certificates and signings of one's own: seen by nobody else."""

from collections.abc import Iterable

from django.db.models import Model

from portal.accounts.roles import Role
from portal.signing.models import SigningCertificate, SigningTask
from tests.walking.rows.healthrecords import AT
from tests.walking.world import MARK, World, literal, names, planted, rows


def _certificate(user: object, name: str) -> SigningCertificate:
    return SigningCertificate.objects.create(
        user=user,
        kind="remote",
        subject=name,
        issuer="CA",
        serial_number="1",
        fingerprint=f"{SigningCertificate.objects.count():064}",
        not_before=AT,
        not_after=AT,
        certificate=b"x",
        credential="1",
        added_at=AT,
    )


@rows("signing.signingcertificate")
def certificates(world: World, n: int) -> Iterable[Model]:
    return [_certificate(world.users[Role.STATION_CLINICIAN], "Người Ký") for _number in range(n)]


@rows("signing.signingtask")
def tasks(world: World, n: int) -> Iterable[Model]:
    return [_task(row) for row in certificates(world, n)]  # type: ignore[arg-type]


def _task(certificate: SigningCertificate) -> SigningTask:
    return SigningTask.objects.create(
        user=certificate.user, certificate=certificate, purpose="visit", total=0, asked_at=AT
    )


@planted("signing.signingcertificate")
def far_certificates(world: World) -> Iterable[Model]:
    yield _certificate(world.users["stranger"], f"Lò {MARK}")


@planted("signing.signingtask")
def far_tasks(world: World) -> Iterable[Model]:
    yield _task(_certificate(world.users["stranger"], f"Lò {MARK}"))


names("certificate_id", "signing.signingcertificate")
names("task_id", "signing.signingtask")
literal("number", "1")
literal("kind", "visit")
literal("token", "p0-0-0")
