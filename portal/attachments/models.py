"""A file as it was received: once under its hash, with what a scanner said of it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.audit.history import tracked
from portal.database.keys import Keyed


@tracked()
class StoredFile(Keyed):
    """The bytes somebody attached; the same bytes lie on the disk once, whoever sent them.

    ``kind`` is what the bytes are, never what the sender called them. An infected file lies in
    quarantine and opens for nobody.
    """

    class Kind(models.TextChoices):
        PDF = "pdf", _("PDF")
        JPEG = "jpg", _("JPEG picture")
        PNG = "png", _("PNG picture")

    class State(models.TextChoices):
        NOT_SCANNED = "not_scanned", _("not scanned")
        CLEAN = "clean", _("scanned, clean")
        INFECTED = "infected", _("infected, in quarantine")
        UNAVAILABLE = "unavailable", _("the scanner did not answer")

    sha256 = models.CharField(_("SHA-256"), max_length=64, unique=True)
    kind = models.CharField(_("kind"), max_length=3, choices=Kind.choices)
    size = models.PositiveIntegerField(_("size in bytes"))
    kept_at = models.DateTimeField(_("kept at"))
    state = models.CharField(
        _("malware scan"), max_length=11, choices=State.choices, default=State.NOT_SCANNED
    )
    scanned_at = models.DateTimeField(_("scanned at"), null=True, blank=True)
    threat = models.CharField(_("what was found"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")
        ordering = ["-kept_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["pdf", "jpg", "png"]), name="storedfile_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["not_scanned", "clean", "infected", "unavailable"]),
                name="storedfile_state_known",
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex="^[0-9a-f]{64}$"), name="storedfile_hash_whole"
            ),
            models.CheckConstraint(
                condition=Q(state="infected") | Q(threat=""), name="storedfile_threat_is_infected"
            ),
        ]
        indexes = [
            models.Index(
                fields=["kept_at"],
                condition=Q(state__in=["not_scanned", "unavailable"]),
                name="storedfile_to_scan",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.sha256[:12]}.{self.kind}"

    @property
    def path(self) -> str:
        """Return where the bytes lie under the private store."""
        folder = "quarantine" if self.state == self.State.INFECTED else "attachments"
        return f"{folder}/{self.sha256[:2]}/{self.sha256}.{self.kind}"

    @property
    def is_quarantined(self) -> bool:
        return self.state == self.State.INFECTED
