"""A department that decides on licences, an act that only counts what it did, and filings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.codelists.holidays import load_holidays
from portal.codelists.loader import shipped_versions
from portal.database.keys import uuid7
from portal.dossiers import acts, definitions, services
from portal.dossiers.acts import Act, Filing, Granting, Plan
from portal.dossiers.models import Authority, Dossier
from portal.places.models import Organisation
from tests.conftest import SINCE, make_user
from tests.shipped import publish

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = datetime(2026, 11, 5, 12, tzinfo=HANOI)
PDF = b"%PDF-1.4 gia"
KNOWN = uuid5(UUID(int=0), "somebody in the register")
NEW_PAPERS = ("application", "diploma", "health", "practice", "cv", "photo")
ADJUST_PAPERS = ("application", "diploma")


def at(day: date, hour: int = 9) -> datetime:
    """Return a moment of a day in the province."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=HANOI)


@dataclass
class Register:
    """What the counting act was told, and what it is to answer."""

    done: list[str] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)
    refuses: bool = False
    last_day: date | None = None


class CountingAct(Act):
    """Stands in for an app above: notes what the engine asks of it."""

    def __init__(self, code: str, register: Register) -> None:
        self.code = code  # type: ignore[misc]
        self.register = register

    def subject(self, filing: Filing) -> UUID | None:
        return KNOWN if filing.identifier else None

    def knows(self, filing: Filing, subject: UUID | None, fact: str) -> str:
        return self.register.known.get(fact, "") if subject else ""

    def last_day(self, filing: Filing, subject: UUID | None) -> date | None:
        return self.register.last_day

    def filed(self, dossier: Dossier, *, at: datetime) -> None:
        self.register.done.append(f"filed {dossier.receipt_number}")

    def closed(self, dossier: Dossier, *, actor: Any, at: datetime) -> None:
        self.register.done.append(f"closed {dossier.state}")

    def plan(self, granting: Granting) -> Plan:
        number = granting.number_of("practice_license")
        return Plan([("Số giấy phép", number)], [f"Cấp giấy phép số {number}."])

    def carry_out(self, granting: Granting) -> None:
        if self.register.refuses:
            raise ValidationError("The register refuses.", code="register_refuses")
        self.register.done.append(f"granted {granting.number}")


@pytest.fixture(autouse=True)
def _files_of_their_own(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


LISTS = ("procedures", "procedure_", "number_formats", "practice_rules", "professional_titles")


@pytest.fixture
def law(db: None) -> None:
    """The shipped lists that dossiers read and no others, and the holidays: the law of the tests' days."""
    publish({shipped.key for shipped in shipped_versions() if shipped.key.startswith(LISTS)})
    load_holidays()


@pytest.fixture
def authority(law: None, department: Organisation) -> Organisation:
    """The department of Điện Biên, competent since the reform."""
    Authority.objects.create(
        organisation=department,
        kind="provincial_department",
        letters="ĐB",
        signer_title="Giám đốc Sở Y tế",
        valid_from=SINCE,
        legal_basis="Nghị định 148/2025/NĐ-CP, Điều 7",
    )
    return department


@pytest.fixture
def register() -> Iterator[Register]:
    """Let the counting act stand for every procedure of practice, and put back what was there."""
    kept = dict(acts._acts)
    told = Register()
    for name in ("new", "reissue", "renew", "adjust", "suspend", "lift", "revoke", "recognise"):
        acts.register(CountingAct(f"practice_license.{name}", told))
    yield told
    acts._acts.clear()
    acts._acts.update(kept)


@pytest.fixture
def officer(department: Organisation) -> User:
    return make_user("minh", "Nguyễn Văn Minh", Role.LICENSING_OFFICER, department)


@pytest.fixture
def director(department: Organisation) -> User:
    return make_user("lan", "Trần Thị Lan", Role.LICENSING_OFFICER, department)


Make = Callable[..., Filing]


@pytest.fixture
def filing(authority: Organisation) -> Make:
    """Return what an applicant says, with a change here and there."""

    def make(**changes: Any) -> Filing:
        said = {
            "procedure": "practice_license.new",
            "case": "first",
            "authority": authority,
            "on": NOON.date(),
            "applicant_name": "Lò Văn Thoan",
            "birth_date": date(1996, 4, 22),
            "phone": "0912345678",
            "values": {"title": "nurse"},
            **changes,
        }
        return Filing(**said)

    return make


@pytest.fixture
def file(filing: Make, register: Register) -> Callable[..., Dossier]:
    """File a dossier with these papers and return it."""

    def do(*, papers: Any = None, on: date | None = None, **changes: Any) -> Dossier:
        said = filing(**changes, **({"on": on} if on else {}))
        key = uuid7()
        given = {"practice_license.adjust": ADJUST_PAPERS}.get(said.procedure, NEW_PAPERS)
        for code in given if papers is None else papers:
            services.keep_file(
                client_key=key,
                document_code=code,
                content=PDF + code.encode(),
                name=f"{code}.pdf",
                at=at(said.on),
            )
        return services.file_dossier(filing=said, client_key=key, at=at(said.on)).dossier

    return do


def opened(officer: User, said: Filing, *, has_paper: bool = True) -> Dossier:
    """Open a procedure of the authority, with the first paper of its ground as the page takes it."""
    key = uuid7()
    rules = definitions.documents_on(said.procedure, said.case, said.on)
    for rule in rules[:1] if has_paper else ():
        services.keep_file(
            client_key=key, document_code=rule.code, content=PDF, name="bb.pdf", at=at(said.on)
        )
    saved = services.open_by_authority(actor=officer, filing=said, client_key=key, at=at(said.on))
    return saved.dossier


def course(dossier: Dossier) -> list[str]:
    """Return the deeds of a dossier in their order."""
    return list(dossier.steps.order_by("at", "id").values_list("deed", flat=True))
