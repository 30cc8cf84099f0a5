"""Dossiers of administrative procedures: of the near department, and of one out of sight."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db.models import Model

from portal.attachments.models import StoredFile
from portal.database.keys import uuid7
from portal.dossiers.models import Authority, Dossier, DossierDocument, DossierFile
from portal.places.models import Organisation
from tests.conftest import SINCE
from tests.walking.world import MARK, World, literal, names, planted, rows

AT = datetime(2026, 11, 5, 3, tzinfo=UTC)


def _dossier(authority: Organisation, name: str) -> Dossier:
    number = Dossier.objects.count() + 1
    return Dossier.objects.create(
        procedure="practice_license.new",
        case="first",
        opened_by="applicant",
        authority=authority,
        receipt_number=f"{number:05}/2026/TN-ĐB",
        tracking_code=f"H{number:011}",
        subject_kind="practitioner",
        applicant_name=name,
        phone="0912345678",
        filed_at=AT,
        filed_on=AT.date(),
    )


def _file(dossier: Dossier) -> DossierFile:
    number = StoredFile.objects.count()
    stored = StoredFile.objects.create(sha256=f"{number:064x}", kind="pdf", size=9, kept_at=AT)
    document = DossierDocument.objects.create(
        dossier=dossier, code="cv", title=dossier.applicant_name, state="provided", position=0
    )
    return DossierFile.objects.create(
        dossier=dossier,
        document=document,
        client_key=uuid7(),
        document_code="cv",
        stored=stored,
        title=dossier.applicant_name,
        kept_at=AT,
    )


def _authority(place: Organisation, letters: str) -> Authority:
    return Authority.objects.create(
        organisation=place,
        kind="provincial_department",
        letters=letters,
        signer_title="Giám đốc Sở Y tế",
        valid_from=SINCE,
        legal_basis="Luật 15/2023/QH15, Điều 28",
    )


@rows("dossiers.authority")
def authorities(world: World, n: int) -> Iterable[Model]:
    places = [world.department, world.hospital, world.station, world.ministry]
    return [
        Authority.objects.filter(organisation=place).first() or _authority(place, "ĐB")
        for place in places[:n]
    ]


@rows("dossiers.dossier")
def dossiers(world: World, n: int) -> Iterable[Model]:
    return [_dossier(world.department, "Lò Văn Thoan") for _number in range(n)]


@rows("dossiers.dossierfile")
def files(world: World, n: int) -> Iterable[Model]:
    return [_file(row) for row in dossiers(world, n)]  # type: ignore[arg-type]


@planted("dossiers.dossier")
def far_dossiers(world: World) -> Iterable[Model]:
    yield _dossier(world.far_department, f"Lò {MARK}")


@planted("dossiers.dossierfile")
def far_files(world: World) -> Iterable[Model]:
    yield _file(_dossier(world.far_department, f"Lò {MARK}"))


names("dossier_id", "dossiers.dossier")
names("file_id", "dossiers.dossierfile")
literal("procedure", "practice_license.new")
literal("sheet", "bien-nhan")
literal("work", "ghi-chu")
