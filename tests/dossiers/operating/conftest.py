"""Filings on operating licences, the hospital's licence of 2025, and what grants a dossier."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from facilities.models import Facility
from facilities.services.licensing import Decision, Printed, issue_operating_license
from portal.database.keys import uuid7
from portal.dossiers import acts, services
from portal.dossiers.acts import Filing
from portal.dossiers.definitions import Need
from tests.dossiers.conftest import PDF, at

TODAY, DAY = date(2026, 11, 5), timedelta(days=1)
NEW = {
    "form": "PKCK",
    "place": "Số 12, phường Điện Biên Phủ",
    "responsible": "BS Trần Thị Ban Mai, 000123/ĐB-GPHN",
    "scope": "Khám bệnh, chữa bệnh nhi khoa",
    "beds": "4",
}


@pytest.fixture
def filing(authority):
    def make(act, case, on=TODAY, **changes):
        said = {
            "applicant_name": "Phòng khám Chuyên khoa Nhi Ban Mai",
            "phone": "0912345678",
            "values": {},
            **changes,
        }
        return Filing(
            procedure=f"operating_license.{act}", case=case, authority=authority, on=on, **said
        )

    return make


@pytest.fixture
def license(hospital, authority, officer):
    """Return the hospital's licence of 2025."""
    Facility.objects.create(organisation=hospital, form="BVDK")
    return issue_operating_license(
        actor=officer,
        facility=hospital,
        number="00012/ĐB-GPHĐ",
        printed=Printed(name=hospital.name, scope="Đa khoa", beds=300, hours="Cả ngày"),
        valid_from=date(2025, 7, 10),
        decision=Decision("1/QĐ-ĐB", date(2025, 7, 10), authority.name),
    )


def file(said):
    """File with every document that is needed and not known."""
    key = uuid7()
    subject = acts.act_of(said.procedure).subject(said)
    for one in services.needed_documents(said, subject):
        if one.rule.need == Need.MUST and not one.is_waived:
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
    def do(dossier, on=None):
        day = on or dossier.filed_on
        if dossier.state == "received":
            services.accept(actor=officer, dossier=dossier, at=at(dossier.filed_on))
            services.appraise(actor=officer, dossier=dossier, at=at(dossier.filed_on))
        services.propose(actor=officer, dossier=dossier, proposal="grant", at=at(day))
        return services.decide(actor=director, dossier=dossier, at=at(day))

    return do


def code_of(said):
    with pytest.raises(ValidationError) as refused:
        file(said)
    error = refused.value
    if hasattr(error, "error_dict"):
        return next(iter(error.error_dict.values()))[0].code
    return error.code


OF = {"license_number": "00012/ĐB-GPHĐ"}
