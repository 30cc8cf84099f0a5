"""Files that bring facilities, their equipment and their stock."""

from facilities.imports.equipment import EQUIPMENT
from facilities.imports.facilities import FACILITIES
from facilities.imports.stock import STOCK

__all__ = ["EQUIPMENT", "FACILITIES", "STOCK"]
