"""A result of a protected class is signed by who sees it, and nobody else learns of it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from healthrecords import services
from healthrecords.models import (
    DiagnosticReport,
    Visit,
)
from healthrecords.services.signing import sign_visit
from portal.accounts.models import User
from tests.healthrecords.conftest import AT
from tests.healthrecords.pages import logged_in, text_of
from tests.healthrecords.test_after_the_signature import LATER, entry, parts_of, seal_of, tell

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("papers_of_their_own")]


@pytest.fixture
def lists(few_lists: None) -> None:
    """A handful of diseases is enough here."""


@pytest.fixture
def visit(to_sign: Callable[..., Visit]) -> Visit:
    return to_sign()


class TestProtected:
    """A result of a protected class in a visit that is not."""

    def hidden(self, visit: Visit, actor: User, at: Any = AT) -> DiagnosticReport:
        report = tell(visit, actor, entry("dương tính", title="HIV Ab", test="HIV Ab"), at=at)
        assert report.sensitivity == "hiv"
        return report

    def test_whoever_sees_it_signs_it(self, visit: Visit, clinician: User) -> None:
        self.hidden(visit, clinician)
        version = sign_visit(actor=clinician, visit=visit, at=AT)
        assert [row["title"] for row in parts_of(version)["healthrecords.diagnosticreport"]] == [
            "HIV Ab"
        ]
        assert not seal_of(visit).has_protected_later

    def test_whoever_does_not_see_it_signs_the_rest(
        self, visit: Visit, clinician: User, blind: None
    ) -> None:
        self.hidden(visit, clinician)
        tell(visit, clinician)
        version = sign_visit(actor=clinician, visit=visit, at=AT)
        assert "HIV" not in version.content
        assert "Hóa sinh máu" in version.content
        assert (seal_of(visit).has_later, seal_of(visit).has_protected_later) == (False, True)

    def test_what_another_signed_stays_in_the_version_of_who_does_not_see_it(
        self, visit: Visit, clinician: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.hidden(visit, clinician)
        first = sign_visit(actor=clinician, visit=visit, at=AT)
        monkeypatch.setattr("healthrecords.services.signing.sees_sensitive", lambda _access: False)
        tell(visit, clinician, at=LATER)
        second = sign_visit(actor=clinician, visit=visit, at=LATER)
        rows = [
            [row for row in parts_of(one)["healthrecords.diagnosticreport"] if row["sensitivity"]]
            for one in (first, second)
        ]
        assert rows[0] == rows[1] != []
        assert "HIV" not in second.reason
        assert not seal_of(visit).has_protected_later

    def test_pages_tell_nothing_of_it_to_those_without_the_right(
        self, visit: Visit, clinician: User, clerk: User
    ) -> None:
        self.hidden(visit, clinician)
        sign_visit(actor=clinician, visit=visit, at=AT)
        self.hidden(visit, clinician, at=LATER)
        services.open_access(user=clerk, citizen=visit.citizen, at=LATER)
        addresses = [
            reverse("admin:healthrecords_visit_change", args=[visit.pk]),
            reverse("admin:healthrecords_visit_versions", args=[visit.pk]),
            reverse("admin:healthrecords_visit_version", args=[visit.pk, 1]),
            reverse("admin:healthrecords_citizen_change", args=[visit.citizen_id]),
        ]
        for address in addresses:
            text = text_of(logged_in(clerk).get(address))
            assert visit.citizen.name in text, address
            assert "HIV" not in text, address
            assert "sau khi ký" not in text, address
            assert "HIV" in text_of(logged_in(clinician).get(address)), address
