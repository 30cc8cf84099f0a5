"""A nurse with a licence, and how her dossiers are filed and signed."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from portal.database.keys import uuid7
from portal.dossiers import acts, services
from portal.dossiers.acts import Filing
from portal.dossiers.definitions import Need
from practitioners.models import PracticeLicense, Practitioner
from tests.dossiers.conftest import PDF, at

DAY = timedelta(days=1)

ISSUED, EXPIRES = date(2024, 3, 10), date(2029, 3, 10)

TODAY = date(2026, 11, 5)

BORN = date(1990, 4, 22)
RENEW = {"license_number": "000476/ĐB-GPHN"}


@pytest.fixture
def holder(authority):
    """Return a nurse of the register with a licence of 10/03/2024."""
    person = Practitioner.objects.create(
        name="Lò Văn Thoan", birth_date=BORN, sex="male", keeper=authority, verified_at=at(ISSUED)
    )
    return license_for(person)


def license_for(person, number="000476/ĐB-GPHN", issued=ISSUED, until=EXPIRES):
    serial, rest = number.split("/")
    letters, kind = rest.split("-")
    return PracticeLicense.objects.create(
        practitioner=person,
        number_raw=number,
        serial=int(serial),
        issuer_code=letters,
        kind=kind.lower(),
        title="nurse",
        scope="Thực hiện kỹ thuật điều dưỡng",
        issued_on=issued,
        valid_until=until,
    )


@pytest.fixture
def filing(authority):
    def make(act, case, on=TODAY, **changes):
        said = {
            "applicant_name": "Lò Văn Thoan",
            "birth_date": BORN,
            "phone": "0912345678",
            "values": {},
            **changes,
        }
        return Filing(
            procedure=f"practice_license.{act}", case=case, authority=authority, on=on, **said
        )

    return make


def file(said, papers=None):
    """File with every document that is needed and not known."""
    key = uuid7()
    subject = acts.act_of(said.procedure).subject(said)
    for one in services.needed_documents(said, subject) if papers is None else ():
        if (one.rule.need == Need.MUST and not one.is_waived) or one.rule.code == "health":
            services.keep_file(
                client_key=key,
                document_code=one.rule.code,
                content=PDF + one.rule.code.encode(),
                name="giay.pdf",
                at=at(said.on),
            )
    return services.file_dossier(filing=said, client_key=key, at=at(said.on)).dossier


@pytest.fixture
def granted(officer, director):
    """Lead a dossier to its signature."""

    def do(dossier, on=None, proposal="grant", reason=""):
        day = on or dossier.filed_on
        if dossier.state == "received":
            services.accept(actor=officer, dossier=dossier, at=at(dossier.filed_on))
            services.appraise(actor=officer, dossier=dossier, at=at(dossier.filed_on))
        dossier = services.propose(
            actor=officer, dossier=dossier, proposal=proposal, reason=reason, at=at(day)
        )
        return services.decide(actor=director, dossier=dossier, at=at(day))

    return do


def events(license):
    return list(license.events.order_by("valid_from", "id").values_list("kind", flat=True))


def state(license, day):
    return PracticeLicense.objects.with_acts().get(pk=license.pk).state_on(day)


def refused_code(said):
    with pytest.raises(ValidationError) as refused:
        file(said)
    error = refused.value
    if hasattr(error, "error_dict"):
        return next(iter(error.error_dict.values()))[0].code
    return error.code
