"""The portal's pages of facilities, their equipment and their stock."""

from facilities.admin.cold import ColdStoreAdmin
from facilities.admin.equipment import DepartmentAdmin, DueWarningAdmin, EquipmentAdmin
from facilities.admin.facility import FacilityAdmin
from facilities.admin.service import HealthcareServiceAdmin
from facilities.admin.stock import MedicineAdmin, StockLotAdmin, StockMovementAdmin, StocktakeAdmin

__all__ = [
    "ColdStoreAdmin",
    "DepartmentAdmin",
    "DueWarningAdmin",
    "EquipmentAdmin",
    "FacilityAdmin",
    "HealthcareServiceAdmin",
    "MedicineAdmin",
    "StockLotAdmin",
    "StockMovementAdmin",
    "StocktakeAdmin",
]
