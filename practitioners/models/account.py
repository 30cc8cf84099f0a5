"""Which account of the portal is which practitioner."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from practitioners.models.practitioner import Practitioner
from practitioners.querysets import OfPractitionerQuerySet


@tracked()
class PractitionerAccount(Keyed):
    """A person of the register logs in with this account; somebody entitled has said so.

    Without such a row the portal cannot tell whether who signs may practise.
    """

    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="accounts", verbose_name=_("practitioner")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="practitioner_accounts",
        verbose_name=_("account"),
    )
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)
    linked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("said by"),
    )

    objects = OfPractitionerQuerySet["PractitionerAccount"].as_manager()

    class Meta:
        verbose_name = _("account of a practitioner")
        verbose_name_plural = _("accounts of practitioners")
        ordering = ["practitioner", "-valid_from", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(valid_until=None),
                name="practitioneraccount_one_person",
                violation_error_message=_("This account belongs to another practitioner already."),
                violation_error_code="account_taken",
            ),
            models.UniqueConstraint(
                fields=["practitioner"],
                condition=Q(valid_until=None),
                name="practitioneraccount_one_account",
                violation_error_message=_("This practitioner has another account already."),
                violation_error_code="practitioner_taken",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="practitioneraccount_valid_period",
                violation_error_message=_("The last day of validity comes before the first."),
                violation_error_code="period_reversed",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.practitioner} – {self.user}"
