"""Places of care: names, licence, succession, departments, equipment, medicines in stock."""

from facilities.models.classification import FacilityClassification
from facilities.models.cold_chain import ColdStore, TemperatureExcursion, TemperatureReading
from facilities.models.department import BedCount, Department
from facilities.models.equipment import (
    DueWarning,
    Equipment,
    EquipmentState,
    Inspection,
    RadiationLicense,
)
from facilities.models.facility import Facility, FacilityName
from facilities.models.hours import OpeningSchedule, OpeningSlot
from facilities.models.license import (
    LicensedActivity,
    OperatingLicense,
    OperatingLicenseEvent,
    OperatingLicenseVersion,
)
from facilities.models.medicine import Medicine
from facilities.models.offering import HealthcareService, ServicePrice
from facilities.models.publication import Publication, Readiness
from facilities.models.stock import StockLot, StockMovement, Stocktake, StocktakeLine
from facilities.models.succession import FacilitySuccession

__all__ = [
    "BedCount",
    "ColdStore",
    "Department",
    "DueWarning",
    "Equipment",
    "EquipmentState",
    "Facility",
    "FacilityClassification",
    "FacilityName",
    "FacilitySuccession",
    "HealthcareService",
    "Inspection",
    "LicensedActivity",
    "Medicine",
    "OpeningSchedule",
    "OpeningSlot",
    "OperatingLicense",
    "OperatingLicenseEvent",
    "OperatingLicenseVersion",
    "Publication",
    "RadiationLicense",
    "Readiness",
    "ServicePrice",
    "StockLot",
    "StockMovement",
    "Stocktake",
    "StocktakeLine",
    "TemperatureExcursion",
    "TemperatureReading",
]
