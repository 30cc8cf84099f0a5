"""The read log: which people were shown to whom, and why."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.database.keys import CurrentXid, Keyed, Xid8


class AccessLog(Keyed):
    """One request that showed people (Law 91/2025/QH15; Decree 102/2025/NĐ-CP).

    Names people by UUID, without a key: the ground floor knows no citizen.
    """

    class Action(models.TextChoices):
        OPENED = "opened", _("Opened the record")
        LISTED = "listed", _("Was in a list")
        IDENTIFIED = "identified", _("Was identified by an exact number")
        PRINTED = "printed", _("Printed")
        EXPORTED = "exported", _("Exported")
        EXPORT_ENDED = "export_ended", _("Export ended")
        REFUSED = "refused", _("Was refused")

    append_only = True
    at = models.DateTimeField(_("at"))
    user_id = models.UUIDField(_("user"), null=True)
    username = models.CharField(_("user name"), max_length=150)
    organisation_id = models.UUIDField(_("organisation"), null=True)
    address = models.GenericIPAddressField(_("network address"), null=True)
    action = models.CharField(_("action"), max_length=20, choices=Action.choices)
    ground = models.CharField(_("ground"), max_length=40, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    people = ArrayField(models.UUIDField(), verbose_name=_("people"))
    people_count = models.PositiveIntegerField(_("number of people"))
    url = models.CharField(_("page"), max_length=400, blank=True)
    context_id = models.UUIDField(_("context"), null=True)
    xid = Xid8(db_default=CurrentXid(), editable=False, db_index=True)

    class Meta:
        verbose_name = _("read")
        verbose_name_plural = _("read log")
        ordering = ["-at", "-id"]
        indexes = [
            BrinIndex(fields=["at"], name="accesslog_at_brin"),
            GinIndex(fields=["people"], name="accesslog_people"),
            models.Index(fields=["user_id", "at"], name="accesslog_user"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    action__in=[
                        "opened",
                        "listed",
                        "identified",
                        "printed",
                        "exported",
                        "export_ended",
                        "refused",
                    ]
                ),
                name="accesslog_action_known",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.at:%d/%m/%Y %H:%M}"
