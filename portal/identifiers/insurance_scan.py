"""What does the QR text of a paper insurance card say (withdrawn step by step since 01/06/2025)?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NoReturn, Self

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.dates import PartialDate
from portal.identifiers.facility import FacilityCode
from portal.identifiers.identifier import Doubt, refusal
from portal.identifiers.insurance import InsuranceCard
from portal.names import display_name

# Behind a personal number the birth tells it from an identity card, which has a name there.
SHAPE = re.compile(
    r"\s*(?:(?:[A-Za-z]{2}\d{13}|\d{10})\|(?:[0-9A-Fa-f]{2})+\|"
    r"|\d{12}\|(?:[0-9A-Fa-f]{2})+\|(?:\d{2}/\d{2}/\d{4}|\d{4})\|)"
)
SEXES = {"1": "male", "2": "female"}


@dataclass(frozen=True, slots=True)
class InsuranceScan:
    """The fields that name the person; no published description of this QR was found.

    A card whose number is the personal one (since 2025, not seen so far) is read the same way.

    Every scan therefore carries a doubt: it fills the search box, and the rest is compared with the card.
    """

    card: InsuranceCard
    name: str
    birth: PartialDate | None = None
    sex: str = ""
    registered_at: FacilityCode | None = None
    doubts: tuple[Doubt, ...] = field(default=(), compare=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        fields = [part.strip() for part in text.strip().split("|")]
        if not SHAPE.match(text) or len(fields) < 5:
            _refuse_unreadable()
        card = InsuranceCard.parse(fields[0])
        message = _("Read from an old paper card. Compare the name and birth date with the card.")
        return cls(
            card=card,
            name=display_name(_from_hex(fields[1])),
            birth=PartialDate.parse(fields[2]) if fields[2] else None,
            sex=SEXES.get(fields[3], ""),
            registered_at=_facility(fields[5]) if len(fields) > 5 else None,
            doubts=(*card.doubts(), Doubt("insurance_scan_unverified", message)),
        )


def is_insurance_text(text: str) -> bool:
    """Whether the text has the beginning of such a code."""
    return SHAPE.match(text) is not None


def _from_hex(text: str) -> str:
    try:
        return bytes.fromhex(text).decode("utf-8")
    except ValueError:
        _refuse_unreadable()


def _facility(text: str) -> FacilityCode | None:
    try:
        return FacilityCode.parse(text)
    except ValidationError:
        return None


def _refuse_unreadable() -> NoReturn:
    raise refusal(
        "insurance_scan_unreadable",
        _(
            "The code on this insurance card cannot be read. "
            "Type the 10 digits of the card, or scan the identity card."
        ),
    )
