"""What does signing add to the portal's frame?"""

from django.utils.translation import gettext_lazy as _

from portal.site import menu


def register() -> None:
    """Register everything once, when the process starts."""
    return
    menu.register(
        menu.MenuItem(
            _("My signature"), "signing:certificates", "shield", "sign_records", order=95
        )
    )
