"""The papers of a person's rights: the form of a consent, the receipt and the answer of a request."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone, translation

from healthrecords.banner import Banner
from healthrecords.models import DataRequest, RestrictionLift
from portal.codelists.lookup import Entry
from portal.papers import compile_paper
from portal.places.lookup import governed_by

HERE = Path(__file__).resolve().parent


def _head(facility: Any, banner: Banner, at: datetime) -> dict[str, Any]:
    on = timezone.localdate(at)
    return {
        "governing": governed_by(facility, on),
        "facility": facility.name,
        "name": banner.citizen.name,
        "birth": banner.birth,
        "sex": banner.sex,
        "address": banner.address,
        "numbers": [[number.label, number.value] for number in banner.numbers[:2]],
        "place": facility.area.name if facility.area else "",
        "day": [f"{on:%d}", f"{on:%m}", f"{on:%Y}"],
    }


def consent_paper(purpose: Entry, *, banner: Banner, facility: Any, at: datetime) -> bytes:
    """Return the form on which a person agrees or not; nothing is ticked on it."""
    with translation.override(settings.LANGUAGE_CODE):
        data = {
            **_head(facility, banner, at),
            "purpose": purpose.title,
            "text": purpose.attributes["text"],
            "basis": str(purpose.attributes.get("source", "")),
            "edition": f"{purpose.code}, {purpose.valid_from or ''}".rstrip(", "),
        }
        return compile_paper(HERE / "consent.typ", data)


def request_paper(request: DataRequest, *, banner: Banner, at: datetime) -> bytes:
    """Return the receipt of an open request, or the written answer of a closed one."""
    with translation.override(settings.LANGUAGE_CODE):
        data = {
            **_head(request.facility, banner, at),
            "number": request.number,
            "kind": str(request.get_kind_display()),
            "asked": request.asked,
            "asker": request.asker_name,
            "relation": request.asker_relation,
            "received": f"{request.received_on:%d/%m/%Y}",
            "reply_due": f"{request.reply_due_on:%d/%m/%Y}",
            "due": f"{request.due_on:%d/%m/%Y}",
            "basis": request.legal_basis,
            "outcome": request.outcome,
            "outcome_text": str(request.get_outcome_display()),
            "answer": request.answer,
            "refusal_basis": request.refusal_basis,
            "steps": [
                [f"{step.on:%d/%m/%Y}", str(step.get_deed_display()), step.reason]
                for step in request.steps.order_by("at", "id")
                if step.deed == "extended"
            ],
        }
        return compile_paper(HERE / "request.typ", data)


def lift_paper(lift: RestrictionLift, *, banner: Banner, at: datetime) -> bytes:
    """Return the notice that a restriction of processing is to end, ends, or stays."""
    restriction = lift.restriction
    states = {None: "proposed", True: "lifted", False: "kept"}
    with translation.override(settings.LANGUAGE_CODE):
        data = {
            **_head(restriction.facility, banner, at),
            "number": restriction.number,
            "since": _day(restriction.closed_on),
            "asked": restriction.asked,
            "ground": str(lift.get_ground_display()),
            "asked_in": lift.asked_in.number if lift.asked_in else "",
            "reason": lift.reason,
            "state": states[lift.is_lifted],
            "decision": lift.decision,
            "decided": _day(lift.decided_on),
            "ends": _day(lift.lifted_on),
        }
        return compile_paper(HERE / "lift.typ", data)


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""
