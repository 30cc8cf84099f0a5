"""What a doctor does to a signed visit: corrects it, and takes the class off what was protected."""

from datetime import timedelta
from typing import Any

from healthrecords import services
from healthrecords.models import Visit
from healthrecords.services.amending import open_amendment
from healthrecords.services.signing import sign_visit
from healthrecords.services.versions import version_of
from portal.accounts.models import User
from tests.healthrecords.conftest import AT, visit_of

LATER = AT + timedelta(days=3)
REASON = "Ghi nhầm liều Amlodipin"


def amended(clinician: User, visit: Visit, at: Any = LATER, **changes: Any) -> Visit:
    """Correct a visit under an open amendment."""
    services.open_access(user=clinician, citizen=visit.citizen, at=at)
    open_amendment(actor=clinician, visit=visit, reason=REASON, at=at)
    entry = visit_of(**changes)
    return services.correct_visit(
        actor=clinician, visit=visit, entry=entry, version=version_of(visit), at=at
    )


def take_class_off(clinician: User, visit: Visit) -> None:
    """Sign a visit of B20, then amend it to I10 and leave that unsigned."""
    version = sign_visit(actor=clinician, visit=visit, at=AT)
    assert version.sensitivity == "hiv"
    amended(clinician, visit, diagnoses=visit_of("I10").diagnoses)
    visit.refresh_from_db()
    assert visit.sensitivity == ""
