"""Which papers does a visit have, and how is each made: signed, or a draft?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from healthrecords.banner import Banner, banner_of
from healthrecords.models import SignedPaper, Visit, VisitSeal
from healthrecords.papers import issued, prescription, slip
from healthrecords.papers.marks import DRAFT, Mark
from portal.papers import compile_paper
from portal.papers.marks import qr
from portal.places.lookup import governed_by

HERE = Path(__file__).resolve().parent
Kind = SignedPaper.Kind


@dataclass(frozen=True, slots=True)
class Printing:
    """What a paper says about itself: its version, and who signed it how."""

    number: int = DRAFT
    signer: str = ""
    at: datetime | None = None
    is_digital: bool = False
    issuer: str = ""
    is_issuer_known: bool = True
    state: str = ""  # said in a line on top: a draft, an amendment that is open

    def data(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "signer": self.signer,
            "at": f"{timezone.localtime(self.at):%H:%M, %d/%m/%Y}" if self.at else "",
            "is_digital": self.is_digital,
            "issuer": self.issuer,
            "issuer_known": self.is_issuer_known,
            "state": self.state,
        }


TEMPLATES = {
    Kind.VISIT: (HERE / "slip.typ", slip.data_of),
    Kind.PRESCRIPTION: (HERE / "prescription.typ", prescription.data_of),
    Kind.REFERRAL: (HERE / "referral.typ", issued.referral),
    Kind.DISCHARGE: (HERE / "discharge.typ", issued.discharge),
    Kind.SUMMARY: (HERE / "summary.typ", issued.summary),
    Kind.BIRTH: (HERE / "birth.typ", issued.birth),
    Kind.PREGNANCY: (HERE / "pregnancy.typ", issued.pregnancy),
    Kind.SICK_LEAVE: (HERE / "sick_leave.typ", issued.sick_leave),
    Kind.REVISIT: (HERE / "revisit.typ", issued.revisit),
}


def kinds_of(visit: Visit, *, sees_sensitive: bool) -> list[str]:
    """Return the papers of a visit that this reader, or signer, may know of."""
    kinds = [Kind.VISIT]
    if visit.medication_rows.exists():
        kinds.append(Kind.PRESCRIPTION)
    return [*map(str, kinds), *issued.issued(visit, sees_sensitive=sees_sensitive)]


def papers_of(visit: Visit, printing: Printing, kinds: Sequence[str]) -> dict[str, bytes]:
    """Return these papers of a visit as PDF, by kind."""
    return {kind: make(kind, visit, printing) for kind in kinds}


def make(kind: str, visit: Visit, printing: Printing, *, banner: Banner | None = None) -> bytes:
    """Return one paper as PDF, in the language of the country."""
    template, gather = TEMPLATES[Kind(kind)]
    with translation.override(settings.LANGUAGE_CODE):
        mark = Mark(kind, visit.pk, printing.number)
        data = {
            **common(visit, banner or banner_of(visit.citizen)),
            **gather(visit),
            "version": printing.data(),
            "qr": qr(mark.address),
            "address": mark.address,
        }
    return compile_paper(template, data)


def draft(visit: Visit, seal: VisitSeal | None = None) -> Printing:
    """Return what an unsigned paper says about itself; of a signed visit it came after the signature."""
    with translation.override(settings.LANGUAGE_CODE):
        if seal is not None and seal.amendment_id is not None:
            said = {"number": seal.number}
            state = _("Being amended after version %(number)s, not signed yet") % said
        elif visit.status != Visit.Status.FINISHED:
            state = _("The visit is not finished")
        elif seal is not None:
            state = _("This paper is not signed yet")
        else:
            state = ""
    return Printing(state=str(state))


def common(visit: Visit, banner: Banner) -> dict[str, Any]:
    """Return what every paper of a visit bears: the place, the person, the day."""
    facility = visit.facility
    on = timezone.localdate(visit.started_at)
    return {
        "governing": governed_by(facility, on),
        "facility": facility.name,
        "paper_number": visit.pk.hex[-8:].upper(),
        "name": banner.citizen.name,
        "age": banner.age,
        "birth": banner.birth,
        "sex": banner.sex,
        "ethnic_group": banner.ethnic_group,
        "home": banner.address,
        "phone": banner.phone,
        "numbers": [[number.label, grouped(number.value)] for number in banner.numbers[:2]],
        "arrived": f"{timezone.localtime(visit.started_at):%H:%M, %d/%m/%Y}",
        "diagnoses": [
            {"code": row.code, "title": row.title}
            for row in visit.diagnosis_rows.order_by("rank", "position")
        ],
        "advice": visit.advice,
        "next_visit": f"{visit.next_visit_on:%d/%m/%Y}" if visit.next_visit_on else "",
        "place": facility.area.name if facility.area else "",
        "day": [f"{on:%d}", f"{on:%m}", f"{on:%Y}"],
        "entered_by": visit.entered_by.full_name if visit.entered_by else "",
        "is_finished": visit.status == Visit.Status.FINISHED,
    }


def grouped(number: str) -> str:
    """Write digits in threes, as on the screen."""
    if not number.isdigit():
        return number
    return "\u2009".join(number[at : at + 3] for at in range(0, len(number), 3))
