"""How are a receipt, a request for a supplement and a decision printed?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.dossiers.definitions import case_on, procedure_on
from portal.dossiers.models import Authority, Dossier, Supplement
from portal.dossiers.papers.marks import decision_address, tracking_address
from portal.dossiers.terms import last_day_of
from portal.papers import compile_paper
from portal.papers.marks import qr
from portal.places.lookup import governed_by
from portal.places.models import Organisation

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs a paper, when, with what."""

    signer: str
    at: datetime
    is_digital: bool = False
    issuer: str = ""
    is_issuer_known: bool = True

    def data(self) -> dict[str, Any]:
        return {
            "signer": self.signer,
            "at": f"{timezone.localtime(self.at):%H:%M, %d/%m/%Y}",
            "is_digital": self.is_digital,
            "issuer": self.issuer,
            "issuer_known": self.is_issuer_known,
        }


def _day(on: date | None) -> str:
    return f"{on:%d/%m/%Y}" if on else ""


def _head(authority: Organisation, *, on: date, number: str, address: str) -> dict[str, Any]:
    area = authority.area
    return {
        "governing": governed_by(authority, on),
        "authority": authority.name,
        "number": number,
        "place": area.name if area else "",
        "day": [f"{on:%d}", f"{on:%m}", f"{on:%Y}"],
        "qr": qr(address),
        "address": address,
    }


def titles_of(dossier: Dossier) -> tuple[str, str]:
    """Return the titles of a dossier's procedure and case, as they were on its day."""
    procedure = procedure_on(dossier.procedure, dossier.filed_on)
    case = case_on(dossier.procedure, dossier.case, dossier.filed_on)
    return (
        procedure.title if procedure else dossier.procedure,
        case.title if case else dossier.case,
    )


def receipt_paper(dossier: Dossier) -> bytes:
    """Return the receipt of a dossier with its tracking code."""
    with translation.override(settings.LANGUAGE_CODE):
        procedure, case = titles_of(dossier)
        address = tracking_address(dossier.tracking_code)
        data = {
            **_head(
                dossier.authority,
                on=dossier.filed_on,
                number=dossier.receipt_number,
                address=address,
            ),
            "footer": dossier.receipt_number,
            "lines": [
                [_("Procedure"), procedure],
                [_("Case"), case],
                [_("Applicant"), dossier.applicant_name],
                *([[_("Handed in by"), dossier.submitter_name]] if dossier.submitter_name else []),
                [
                    _("Received at"),
                    f"{timezone.localtime(dossier.filed_at):%H:%M, %d/%m/%Y}",
                ],
            ],
            "documents": [
                [row.title, row.because or str(row.get_state_display())]
                for row in dossier.documents.all()
            ],
            "due": _day(last_day_of(dossier)),
            "basis": dossier.term_basis,
            "silence": dossier.silence_keeps_valid,
            "code": dossier.code_shown,
        }
        return compile_paper(HERE / "receipt.typ", data)


def supplement_paper(supplement: Supplement) -> bytes:
    """Return the written request for a supplement."""
    dossier = supplement.dossier
    on = timezone.localdate(supplement.asked_at)
    with translation.override(settings.LANGUAGE_CODE):
        procedure, _case = titles_of(dossier)
        step = dossier.steps.filter(deed="ask", at=supplement.asked_at).first()
        left = step.left_after if step and supplement.was_complete else None
        data = {
            **_head(
                dossier.authority,
                on=on,
                number=f"{dossier.receipt_number}-{supplement.number}",
                address=tracking_address(dossier.tracking_code),
            ),
            "footer": dossier.receipt_number,
            "time": supplement.number,
            "lines": [
                [_("Dossier"), dossier.receipt_number],
                [_("Procedure"), procedure],
                [_("Applicant"), dossier.applicant_name],
            ],
            "items": [
                [item.document.title, item.why]
                for item in supplement.items.select_related("document")
            ],
            "stopped": _day(on),
            "left": _left(left, dossier.term_unit),
            "asker": supplement.asked_by.full_name,
        }
        return compile_paper(HERE / "supplement.typ", data)


def _left(left: int | None, unit: str) -> str:
    if left is None:
        return ""
    if unit == "working_days":
        return ngettext("%(count)d working day", "%(count)d working days", left) % {"count": left}
    return ngettext("%(count)d day", "%(count)d days", left) % {"count": left}


def decision_paper(content: Mapping[str, Any], *, dossier: Dossier, signing: Signing) -> bytes:
    """Return the decision as PDF; ``content`` is what is signed, word for word."""
    with translation.override(settings.LANGUAGE_CODE):
        on = timezone.localdate(signing.at)
        authority = Authority.objects.holding(on).filter(organisation=dossier.authority).first()
        data = {
            **_head(
                dossier.authority,
                on=on,
                number=str(content["number"]),
                address=decision_address(dossier.pk),
            ),
            **content,
            "title": f"{content['procedure']} {content['number']}",
            "footer": _("Decision %(number)s, dossier %(receipt)s")
            % {"number": content["number"], "receipt": dossier.receipt_number},
            "shown_qr": qr(str(content["shown_at"])) if content.get("shown_at") else "",
            "shown_as": unquote(str(content.get("shown_at", ""))),  # as somebody would type it
            "signer_title": authority.signer_title if authority else "",
            "signing": signing.data(),
        }
        return compile_paper(HERE / "decision.typ", data)
