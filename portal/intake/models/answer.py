"""What goes back to a sender: their own workbook with what is wrong marked in it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.database.keys import Keyed
from portal.intake.models.batch import Batch


class Answer(Keyed):
    """The sender's workbook with its wrong cells marked, made once for each reading of the file.

    ``is_open`` tells the file for those who may see protected rows (Law 71/2020/QH14, article 30)
    from the one where such rows are left blank. ``of_reading`` is the reading it answers: a file read
    again is answered anew.
    """

    class State(models.TextChoices):
        PREPARING = "preparing", _("Being prepared")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Could not be prepared")

    batch = models.ForeignKey(
        Batch, models.CASCADE, related_name="answers", verbose_name=_("uploaded batch")
    )
    is_open = models.BooleanField(_("shows protected rows"))
    of_reading = models.DateTimeField(_("answers the reading of"), null=True)
    state = models.CharField(
        _("state"), max_length=9, choices=State.choices, default=State.PREPARING
    )
    asked_at = models.DateTimeField(_("asked for at"))
    made_at = models.DateTimeField(_("prepared at"), null=True, blank=True)
    rows_done = models.PositiveIntegerField(_("rows done"), default=0)
    rows_expected = models.PositiveIntegerField(_("rows expected"), default=0)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    path = models.CharField(_("place in the storage"), max_length=200, blank=True)
    size = models.BigIntegerField(_("size"), default=0)

    class Meta:
        verbose_name = _("answer workbook")
        verbose_name_plural = _("answer workbooks")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "is_open"], name="answer_once_each"),
            models.CheckConstraint(
                condition=Q(state__in=["preparing", "ready", "failed"]), name="answer_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="ready") | ~Q(path=""), name="answer_ready_has_file"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.batch_id} {self.state}"

    @property
    def is_busy(self) -> bool:
        return self.state == self.State.PREPARING


class SendingKey(Keyed):
    """The key by which another system tells one sending from another, so that a retry sends nothing.

    Kept per user: two systems may count alike.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("sent by")
    )
    key = models.CharField(_("key of the sending"), max_length=100)
    batch = models.ForeignKey(
        Batch, models.CASCADE, related_name="+", verbose_name=_("uploaded batch")
    )

    class Meta:
        verbose_name = _("sending key")
        verbose_name_plural = _("sending keys")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="sendingkey_once")]

    @override
    def __str__(self) -> str:
        return self.key
