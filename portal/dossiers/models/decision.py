"""What an authority decided, as it was signed."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.database.keys import Keyed
from portal.dossiers.models.dossier import Dossier
from portal.places.models import Organisation
from portal.signing.models import Signature


class Decision(Keyed):
    """The signed decision on a dossier, with its paper; written once and never again.

    ``content`` is what was signed, word for word; the paper lies in the store under its hash. Its
    effect on licences was written in the same transaction by the act.
    """

    class Outcome(models.TextChoices):
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("refused")

    append_only = True
    dossier = models.OneToOneField(
        Dossier, models.PROTECT, related_name="decision", verbose_name=_("dossier")
    )
    outcome = models.CharField(_("outcome"), max_length=7, choices=Outcome.choices)
    authority = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("authority")
    )
    number = models.CharField(_("decision number"), max_length=60)
    decided_on = models.DateField(_("decided on"))
    reason = models.TextField(_("reason"), blank=True)
    content = models.TextField(_("what was signed"))
    content_hash = models.CharField("SHA-256", max_length=64)
    signature = models.ForeignKey(
        Signature, models.PROTECT, related_name="+", verbose_name=_("signature")
    )
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("signed by")
    )
    signed_at = models.DateTimeField(_("signed at"))
    paper_path = models.CharField(_("paper"), max_length=200)
    paper_sha256 = models.CharField(_("SHA-256 of the paper"), max_length=64)

    class Meta:
        verbose_name = _("decision on a dossier")
        verbose_name_plural = _("decisions on dossiers")
        ordering = ["-decided_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["granted", "refused"]), name="decision_outcome_known"
            ),
            models.UniqueConstraint(
                "authority", "number", ExtractYear("decided_on"), name="decision_number_once"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="refused") | ~Q(reason=""), name="decision_refused_why"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.number
