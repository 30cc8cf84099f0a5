"""What is done for a person and belongs to a visit or none: typed here, or brought by a file."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from healthrecords.models.citizen import Citizen
from healthrecords.models.visit import Visit
from portal.database.keys import Keyed
from portal.places.models import Organisation
from portal.sensitivity import KNOWN, Sensitivity

# How a row came and is found again; nothing that was said of the person.
CAME = ("batch_id", "withdrawn_batch_id", "sent_digest", "client_key")


class Brought(Keyed):
    """Something done for a person: typed here, or brought by a file; withdrawn with its file.

    Of a visit, it is of that visit's citizen: one key carries it along when records are joined.
    What stands with a visit when it is signed is signed with it; what comes later is not, until it
    is signed in addition.
    """

    unsigned = CAME
    beside: ClassVar[tuple[str, ...]] = ("void_reason",)

    class Origin(models.TextChoices):
        TYPED = "typed", _("typed")
        FILE = "file", _("from a file")

    citizen = models.ForeignKey(
        Citizen, models.PROTECT, related_name="+", db_index=False, verbose_name=_("citizen")
    )
    # A subclass has an index that begins with it.
    facility = models.ForeignKey(
        Organisation,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("facility"),
    )
    visit = models.ForeignKey(
        Visit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)s_set",
        db_constraint=False,
        verbose_name=_("visit"),
    )
    origin = models.CharField(_("came"), max_length=5, choices=Origin.choices, default=Origin.TYPED)
    batch_id = models.UUIDField(_("uploaded batch"), null=True, blank=True, db_index=True)
    # What the sender said, line by line, folded: the same words again change nothing.
    sent_digest = models.CharField(max_length=32, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)
    # The file in which the sender did not name it any more: undone with that file.
    withdrawn_batch_id = models.UUIDField(null=True, blank=True, db_index=True, editable=False)
    client_key = models.UUIDField(null=True, unique=True, editable=False)
    recorded_at = models.DateTimeField(_("recorded on"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("recorded by"),
    )
    sensitivity = models.CharField(
        max_length=12,
        choices=Sensitivity.choices,
        default=Sensitivity.NONE,
        blank=True,
        editable=False,
    )
    voided_at = models.DateTimeField(_("marked as a mistake at"), null=True, blank=True)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("marked as a mistake by"),
    )
    void_reason = models.CharField(_("why it is a mistake"), max_length=300, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(sensitivity__in=KNOWN), name="%(class)s_sensitivity_known"
            ),
            models.CheckConstraint(
                condition=Q(origin__in=["typed", "file"]), name="%(class)s_origin_known"
            ),
            models.CheckConstraint(
                condition=~Q(status="entered_in_error")
                | (Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason="")),
                name="%(class)s_mistake_has_reason",
                violation_error_message=_(
                    "Write why this entry is a mistake; it stays readable with the reason."
                ),
                violation_error_code="mistake_without_reason",
            ),
        ]
