"""A dossier on a licence that another version awaits is not signed over it; the way out is named."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from facilities.services.licensing import Decision, adjust_operating_license
from facilities.services.taking_back import take_version_back
from portal.dossiers import services
from tests.dossiers.conftest import at
from tests.dossiers.operating.conftest import DAY, OF, file


@pytest.fixture
def coming(license):
    return adjust_operating_license(
        actor=None,
        license=license,
        changes={"beds": 310},
        valid_from=timezone.localdate() + 30 * DAY,
        decision=Decision("9/QĐ-SYT"),
    )


@pytest.mark.parametrize(
    ("act", "case", "values"),
    [("adjust", "beds", {"beds": "350"}), ("reissue", "wrong", {"responsible": "BS Lò Văn Thắng"})],
)
def test_a_decision_before_a_version_to_come_is_refused_until_that_is_taken_back(
    act, case, values, filing, granted, license, coming, director
):
    dossier = file(filing(act, case, values={**OF, **values}))
    with pytest.raises(ValidationError) as refused:
        granted(dossier)
    assert refused.value.code == "version_to_come"
    said = refused.value.messages[0]
    for part in ("ĐC1", f"{coming.valid_from:%d/%m/%Y}", "Rút lại phiên bản sắp có hiệu lực"):
        assert part in said
    dossier.refresh_from_db()
    assert not hasattr(dossier, "decision")
    assert list(license.versions.values_list("number", flat=True)) == [2, 1]
    take_version_back(actor=None, version=coming, reason="Nhầm", today=timezone.localdate())
    services.decide(actor=director, dossier=dossier, at=at(dossier.filed_on))
    assert license.versions.count() == 2
