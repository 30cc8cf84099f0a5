"""Signing a visit asks about each of its techniques; each answer stays with the signature."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from healthrecords.models import Citizen, Procedure, Visit, VisitVersion
from healthrecords.services import open_access
from healthrecords.services.procedures import ProcedureEntry, record_procedure
from healthrecords.services.signing import sign_by_emergency, sign_visit, techniques_of
from portal.accounts.models import User
from portal.database.uuid7 import uuid7
from practitioners import services
from practitioners.models import EmergencyOverride, Practitioner, Registration
from tests.conftest import SINCE
from tests.healthrecords.conftest import AT
from tests.healthrecords.pages import logged_in, text_of
from tests.practitioners.law import load_law

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=3)


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture(autouse=True)
def _papers_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def visit(record: Callable[..., Visit], citizen: Citizen) -> Visit:
    return record(citizen)


def done(visit: Visit, actor: User, code: str, **said: Any) -> None:
    """Record a technique of the visit, by its code."""
    open_access(user=actor, citizen=visit.citizen, at=AT)
    record_procedure(
        actor=actor,
        citizen=visit.citizen,
        facility=visit.facility,
        entry=ProcedureEntry(f"Kỹ thuật {code}", said.pop("performed_at", AT), code=code, **said),
        client_key=uuid7(),
        at=AT,
        visit=visit,
    )


def scoped(doctor: Practitioner, codes: list[str]) -> None:
    services.amend_license(
        actor=None,
        license=doctor.licenses.get(),
        paper=services.Paper(
            number="001287/ĐB-GPHN",
            title="doctor",
            issued_on=SINCE,
            scope="Nội khoa",
            scope_codes=codes,
        ),
        decision=services.Decision(SINCE),
        at=AT,
        act="adjusted",
    )


def test_signing_asks_about_each_technique_and_keeps_each_answer(
    visit: Visit, clinician: User, doctor: Practitioner
) -> None:
    """One lies in the scope, one was assigned in writing; both answers stand with the signature."""
    load_law()
    scoped(doctor, ["102"])
    done(visit, clinician, "02.0085.1778")
    done(visit, clinician, "08.0001")
    with pytest.raises(ValidationError) as refused:
        sign_visit(actor=clinician, visit=visit, at=AT)
    assert refused.value.code == "may_not_practise"
    assert "08.0001: Kỹ thuật nằm ngoài phạm vi" in refused.value.messages[0]
    assert "02.0085" not in refused.value.messages[0]
    assert not VisitVersion.objects.exists()
    services.assign_technique(
        actor=None,
        registration=Registration.objects.get(),
        assignment=services.Assignment("08.0001", "07/QĐ-TYT", AT.date(), valid_until=AT.date()),
        at=AT,
    )
    version = sign_visit(actor=clinician, visit=visit, at=LATER)
    assert (version.right, version.right_reasons) == ("yes", [])
    kept = [(row["code"], row["right"], row["assigned_by"]) for row in version.right_techniques]
    assert kept == [("02.0085.1778", "yes", ""), ("08.0001", "yes", "07/QĐ-TYT")]
    assert version.right_lines({"02.0085.1778", "08.0001"}) == [
        "02.0085.1778: được hành nghề",
        "08.0001: được hành nghề (07/QĐ-TYT)",
    ]
    signer = json.loads(version.content)["version"]["signer"]
    assert signer["right_techniques"] == version.right_techniques


def test_the_code_of_a_protected_technique_is_told_to_those_alone_who_may_see_it(
    visit: Visit, clinician: User, clerk: User
) -> None:
    done(visit, clinician, "02.0085")
    done(visit, clinician, "13.0238")
    Procedure.objects.filter(code="13.0238").update(sensitivity="reproductive")
    sign_visit(actor=clinician, visit=visit, at=AT)
    for name, more in (("versions", []), ("version", [1])):
        address = reverse(f"admin:healthrecords_visit_{name}", args=[visit.pk, *more])
        for reader, sees in ((clerk, False), (clinician, True)):
            text = text_of(logged_in(reader).get(address))
            assert "02.0085" in text
            assert ("13.0238" in text) is sees, name


def test_what_a_colleague_did_is_not_asked_of_the_signer(
    visit: Visit, clinician: User, doctor: Practitioner
) -> None:
    load_law()
    scoped(doctor, ["102"])
    done(visit, clinician, "08.0001", performer="Lường Thị Hồng")
    version = sign_visit(actor=clinician, visit=visit, at=AT)
    assert (version.right, version.right_techniques) == ("yes", [])


def test_a_technique_outside_the_scope_is_signed_by_emergency_and_named(
    visit: Visit, clinician: User, doctor: Practitioner
) -> None:
    load_law()
    scoped(doctor, ["102"])
    done(visit, clinician, "08.0001", performer=clinician.full_name)
    sign_by_emergency(actor=clinician, visit=visit, because="Ngừng tuần hoàn", at=AT)
    version = sign_visit(actor=clinician, visit=visit, at=AT)
    assert version.right == "emergency"
    assert [(row["code"], row["right"]) for row in version.right_techniques] == [("08.0001", "no")]
    assert EmergencyOverride.objects.get().technique == "08.0001"


def test_of_who_is_in_no_register_no_technique_is_proven(visit: Visit, clinician: User) -> None:
    done(visit, clinician, "02.0085")
    version = sign_visit(actor=clinician, visit=visit, at=AT)
    (row,) = version.right_techniques
    assert (row["right"], row["reason"]) == ("not_proven", "account_unknown")


def test_a_longer_name_that_begins_like_the_signers_is_another_performer(
    visit: Visit, clinician: User
) -> None:
    done(visit, clinician, "K1", performer=f"{clinician.full_name}h")
    done(visit, clinician, "K2", performer=f"BS. {clinician.full_name.upper()}")
    asked = techniques_of(visit, clinician, sees_sensitive=True)
    assert [one.code for one in asked] == ["K2"]
