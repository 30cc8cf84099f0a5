"""Which authority issued a license under which number: to a person, or to a place?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import ClassVar, Self

from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.identifiers.identifier import Identifier, cleaned, refusal

DASHES = re.compile(r"[\u2010-\u2015\u2212_]")
SLASHES = re.compile(r"[\\\u2044\u2215]")
PREFIX = re.compile(r"^(?:SỐ|SO|NO|N°)(?:[:.]+|(?=\d))")
OPERATING = re.compile(r"GPH[ĐD](?:/|$)")
PRACTICE = re.compile(r"-(?:GPHN|CCHN)(?:\.|$)")


def normalized(text: str) -> str:
    """Upper case, one kind of dash and slash, no spaces, no “Số” in front."""
    plain = re.sub(r"\s+", "", cleaned(text)).upper().replace("Ð", "Đ").replace("Ɖ", "Đ")
    return PREFIX.sub("", SLASHES.sub("/", DASHES.sub("-", plain)))


@dataclass(frozen=True, slots=True)
class PracticeLicenseNumber(Identifier):
    """The number of a license (GPHN) or former certificate (CCHN) to practise, Law 15/2023/QH15.

    Two numbers are the same license when their ``key`` is: the width of the serial varies in old lists.
    """

    raw: str = field(default="", compare=False)

    PATTERN: ClassVar[re.Pattern[str]] = re.compile(
        r"(?P<serial>\d{3,7})/(?P<issuer>[A-ZĐ]{2,4})-(?P<kind>GPHN|CCHN)(?P<sent>\.C\.[0-9A-Z]{5})?"
    )

    @classmethod
    @override
    def parse(cls, text: str) -> Self:
        number = normalized(text)
        if cls.PATTERN.fullmatch(number):
            return cls(number, raw=text)
        if re.search(r"CCHND$|CCHN-?D(?:ƯỢC)?$", number):
            raise refusal(
                "is_pharmacist_certificate",
                _(
                    "%(value)s is a pharmacist's certificate under the Law on Pharmacy, not a license to "
                    "practise medicine. Enter the number that ends in GPHN or CCHN."
                ),
                value=text.strip(),
            )
        if OPERATING.search(number):
            raise refusal(
                "is_operating_license",
                _(
                    "%(value)s is the operating license of a facility. "
                    "Enter the person's own number, which ends in GPHN or CCHN."
                ),
                value=text.strip(),
            )
        raise refusal(
            "practice_license_unreadable",
            _(
                "%(value)s is not a license number like 004929/HNO-GPHN or 012345/BYT-CCHN. "
                "Copy it from the license: the digits, a slash, the issuer's letters, a hyphen, GPHN or CCHN."
            ),
            value=text.strip(),
        )

    def _part(self, name: str) -> str:
        match = self.PATTERN.fullmatch(self.value)
        return (match[name] or "") if match else ""

    @property
    def serial(self) -> str:
        return self._part("serial")

    @property
    def issuer_code(self) -> str:
        return self._part("issuer")

    @property
    def kind(self) -> str:
        """GPHN (a license) or CCHN (a certificate issued before 01/01/2024)."""
        return self._part("kind")

    @property
    def sent_to_facility(self) -> str:
        """The five characters insurance files add when the holder was sent to another facility."""
        return self._part("sent").removeprefix(".C.")

    @property
    def key(self) -> tuple[int, str, str]:
        return int(self.serial), self.issuer_code, self.kind


@dataclass(frozen=True, slots=True)
class OperatingLicenseNumber(Identifier):
    """The number of a facility's operating license (GPHĐ), with its reissue (CL) or change (ĐC)."""

    raw: str = field(default="", compare=False)

    PATTERN: ClassVar[re.Pattern[str]] = re.compile(
        r"(?P<serial>\d{1,6})/(?P<issuer>[A-ZĐ]{2,4})-GPHĐ(?P<change>/(?:CL|ĐC)\d+)?"
    )

    @classmethod
    @override
    def parse(cls, text: str) -> Self:
        number = re.sub(r"GPHD(?=/|$)", "GPHĐ", normalized(text))
        number = re.sub(r"/DC(?=\d+$)", "/ĐC", number)
        if cls.PATTERN.fullmatch(number):
            return cls(number, raw=text)
        if PRACTICE.search(number):
            raise refusal(
                "is_practice_license",
                _(
                    "%(value)s is a person's license to practise. "
                    "Enter the facility's own number, which ends in GPHĐ."
                ),
                value=text.strip(),
            )
        raise refusal(
            "operating_license_unreadable",
            _(
                "%(value)s is not an operating license number like 1976/HNO-GPHĐ or 2032/HNO-GPHĐ/CL1. "
                "Copy it from the license: the digits, a slash, the issuer's letters, a hyphen, GPHĐ."
            ),
            value=text.strip(),
        )

    def _part(self, name: str) -> str:
        match = self.PATTERN.fullmatch(self.value)
        return (match[name] or "") if match else ""

    @property
    def serial(self) -> str:
        return self._part("serial")

    @property
    def issuer_code(self) -> str:
        return self._part("issuer")

    @property
    def change(self) -> str:
        """CL1 for the first reissue, ĐC2 for the second change, empty for the license as first issued."""
        return self._part("change").removeprefix("/")

    @property
    def key(self) -> tuple[int, str]:
        return int(self.serial), self.issuer_code
