"""What people said about the headings of a sender's files."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed
from portal.places.models import Organisation
from portal.scope import ScopedQuerySet


class ColumnMappingQuerySet(ScopedQuerySet["ColumnMapping"]):
    """Reads of what is remembered."""


@tracked()
class ColumnMapping(Keyed):
    """How the headings of one sender's files of a kind are to be read, as a person said once.

    ``signature`` is the same for every file with these headings, in whatever order. ``choices``
    holds only what was said against the reading by itself: a folded heading and the official name
    it means, or nothing to leave the column out.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("sender")
    )
    kind = models.CharField(_("kind of file"), max_length=40)
    signature = models.CharField(_("signature of the headings"), max_length=64)
    headings = models.JSONField(_("headings as sent"), default=list)
    choices = models.JSONField(_("what they mean"), default=dict)
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("said by"),
    )
    said_at = models.DateTimeField(_("said at"))

    objects = ColumnMappingQuerySet.as_manager()

    class Meta:
        verbose_name = _("remembered columns")
        verbose_name_plural = _("remembered columns")
        ordering = ["-said_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "signature"], name="columnmapping_once"
            ),
        ]

    @override
    def __str__(self) -> str:
        return ", ".join(str(heading) for heading in self.headings[:3])
