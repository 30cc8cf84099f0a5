"""Pages of code lists, their versions and codes, and of holidays."""

from portal.codelists.admin.codes import CodeAdmin, CodeListAdmin, CodeListVersionAdmin
from portal.codelists.admin.holidays import HolidayAdmin

__all__ = ["CodeAdmin", "CodeListAdmin", "CodeListVersionAdmin", "HolidayAdmin"]
