"""The report of who looked at a citizen's data, as the citizen takes it home."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone, translation

from healthrecords.access_report import Asked, Look
from healthrecords.banner import Banner
from portal.papers import compile_paper
from portal.places.lookup import governed_by

TEMPLATE = Path(__file__).resolve().parent / "looks.typ"


def looks_paper(
    looks: Sequence[Look],
    *,
    is_whole: bool,
    banner: Banner,
    facility: Any,
    asked: Asked,
    by: Any,
    at: datetime,
) -> bytes:
    """Return the report as PDF, in the language of the country; one that is not whole says so."""
    with translation.override(settings.LANGUAGE_CODE):
        said = _data(looks, banner, facility=facility, asked=asked, by=by, at=at)
        return compile_paper(TEMPLATE, {**said, "whole": is_whole})


def _data(
    looks: Sequence[Look], banner: Banner, *, facility: Any, asked: Asked, by: Any, at: datetime
) -> dict[str, Any]:
    on = timezone.localdate(at)
    return {
        "governing": governed_by(facility, on),
        "facility": facility.name,
        "name": banner.citizen.name,
        "birth": banner.birth,
        "sex": banner.sex,
        "address": banner.address,
        "numbers": [[number.label, number.value] for number in banner.numbers[:2]],
        "first": f"{asked.first:%d/%m/%Y}" if asked.first else "",
        "last": f"{(asked.last or on):%d/%m/%Y}",
        "glass": sum(look.is_glass for look in looks),
        "rows": [
            {
                "at": f"{timezone.localtime(look.at):%H:%M %d/%m/%Y}",
                "who": look.who,
                "role": str(look.role),
                "place": look.place,
                "what": f"{look.action}: {look.part}",
                "why": str(look.why),
                "glass": look.is_glass,
            }
            for look in looks
        ],
        "by": by.full_name,
        "place": facility.area.name if facility.area else "",
        "day": [f"{on:%d}", f"{on:%m}", f"{on:%Y}"],
    }
