"""What kinds of numbers name a person or a place, and how is a typed one read?"""

from portal.identifiers.card_scan import CardScan
from portal.identifiers.facility import FacilityCode, GlobalLocationNumber
from portal.identifiers.identifier import Doubt, Identifier
from portal.identifiers.insurance import InsuranceCard, SocialInsuranceNumber
from portal.identifiers.insurance_scan import InsuranceScan
from portal.identifiers.licenses import OperatingLicenseNumber, PracticeLicenseNumber
from portal.identifiers.person import OldIdCard, Passport, PersonalNumber
from portal.identifiers.phone import PhoneNumber
from portal.identifiers.search_text import Candidate, Kind, NameQuery, identify

__all__ = [
    "Candidate",
    "CardScan",
    "Doubt",
    "FacilityCode",
    "GlobalLocationNumber",
    "Identifier",
    "InsuranceCard",
    "InsuranceScan",
    "Kind",
    "NameQuery",
    "OldIdCard",
    "OperatingLicenseNumber",
    "Passport",
    "PersonalNumber",
    "PhoneNumber",
    "PracticeLicenseNumber",
    "SocialInsuranceNumber",
    "identify",
]
