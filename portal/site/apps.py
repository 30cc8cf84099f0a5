"""Which admin site serves the portal?"""

from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    default_site = "portal.site.site.PortalSite"
