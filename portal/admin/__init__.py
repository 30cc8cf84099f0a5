"""The base of every admin page: capability, scope, no deletion, day-first dates."""

from portal.admin.base import PortalAdmin, PortalInline, PortalTabularInline
from portal.admin.forms import PortalModelForm
from portal.admin.paginator import CappedPaginator
from portal.admin.registry import register

__all__ = [
    "CappedPaginator",
    "PortalAdmin",
    "PortalInline",
    "PortalModelForm",
    "PortalTabularInline",
    "register",
]
