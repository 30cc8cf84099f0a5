"""The public register: what anybody may know of a practitioner, kept ready to be found and fetched.

These rows are made of the register's own and hold no number of a person and no contact. Triggers of
the tables they are made of note who was touched, whatever wrote there; who was touched is published
anew (``practitioners.public.publishing``). The pages read the register itself: an entry only finds.
"""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from portal.database.keys import Keyed
from portal.database.names import folded, words_in
from portal.database.triggers import after_insert, after_update
from practitioners.models.conduct import PracticeBan, Sanction
from practitioners.models.license import LicenseEvent, LicenseVersion, PracticeLicense
from practitioners.models.practitioner import Practitioner
from practitioners.models.registration import Registration
from practitioners.models.slot import WorkingSlot


class RegisterEntry(Keyed):
    """A practitioner as the public register has them (Law 15/2023/QH15, articles 38, 60 and 112).

    ``public`` is what is published, with dates; ``turns_on`` is the next day on which that changes
    by the passing of time alone: a term ends, a suspension begins. Made anew, hence without history.
    """

    practitioner = models.OneToOneField(
        Practitioner, models.PROTECT, related_name="register_entry", verbose_name=_("practitioner")
    )
    name = models.CharField(_("full name"), max_length=255)
    name_norm = folded("name")
    title = models.CharField(_("professional title"), max_length=40)
    serial = models.PositiveIntegerField(_("serial"))
    issuer_code = models.CharField(_("issuer's letters"), max_length=4)
    kind = models.CharField(_("kind of licence"), max_length=4)
    facilities = ArrayField(models.UUIDField(), verbose_name=_("facilities"), default=list)
    is_listed = models.BooleanField(_("in the public register"), default=True)
    public = models.JSONField(_("what is published"), encoder=DjangoJSONEncoder, default=dict)
    digest = models.CharField(_("SHA-256"), max_length=64)
    changed_at = models.DateTimeField(_("changed at"))
    turns_on = models.DateField(_("changes by itself on"), null=True, blank=True)

    class Meta:
        verbose_name = _("entry of the public register")
        verbose_name_plural = _("entries of the public register")
        ordering = ["name_norm", "id"]
        indexes = [
            # Whoever is met on a walk by name is read from the index alone.
            models.Index(
                fields=["name_norm", "id"],
                include=["practitioner"],
                condition=Q(is_listed=True),
                name="registerentry_by_name",
            ),
            models.Index(
                fields=["title", "name_norm", "id"],
                include=["practitioner"],
                condition=Q(is_listed=True),
                name="registerentry_by_title",
            ),
            models.Index(
                fields=["serial", "issuer_code", "kind"],
                condition=Q(is_listed=True),
                name="registerentry_number",
            ),
            models.Index(
                fields=["turns_on"],
                condition=Q(is_listed=True, turns_on__isnull=False),
                name="registerentry_turns",
            ),
            GinIndex(fields=["facilities"], name="registerentry_places", fastupdate=False),
        ]

    @override
    def __str__(self) -> str:
        return self.name


class RegisterName(Keyed):
    """A name that somebody in the public register bears, once, with its words.

    It says who may be called so, never who is there: people are read from the entries.
    """

    name_norm = models.TextField(db_collation="C", unique=True, editable=False)
    words = words_in("name_norm")

    class Meta:
        indexes = [GinIndex(fields=["words"], name="registername_words", fastupdate=False)]

    @override
    def __str__(self) -> str:
        return self.name_norm


class RegisterChange(Keyed):
    """One change of the public register, as those who follow it fetch it day by day."""

    class Kind(models.TextChoices):
        ADDED = "added", _("added")
        CHANGED = "changed", _("changed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    append_only = True
    practitioner_id = models.UUIDField(_("practitioner"))
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    at = models.DateTimeField(_("at"))
    public = models.JSONField(_("what is published"), encoder=DjangoJSONEncoder, default=dict)

    class Meta:
        verbose_name = _("change of the public register")
        verbose_name_plural = _("changes of the public register")
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["added", "changed", "withdrawn"]),
                name="registerchange_kind_known",
            ),
        ]
        indexes = [models.Index(fields=["at", "id"], name="registerchange_at")]

    @override
    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%d/%m/%Y}"


class RegisterStale(Keyed):
    """Somebody's rows were touched: their entry is to be published anew. Taken out when it is done."""

    practitioner_id = models.UUIDField(_("practitioner"))

    class Meta:
        verbose_name = _("entry to publish anew")
        verbose_name_plural = _("entries to publish anew")
        ordering = ["id"]
        # Many rows may speak of one person: they are published once, and all of them taken out.
        indexes = [models.Index(fields=["practitioner_id"], name="registerstale_person")]

    @override
    def __str__(self) -> str:
        return str(self.practitioner_id)


class RegisterSnapshot(Keyed):
    """The whole public register of one night in one file, and its detached signature.

    The lines are JSON, compressed; the signature is Ed25519 over the bytes of the file.
    """

    taken_at = models.DateTimeField(_("taken at"))
    on = models.DateField(_("as of"), unique=True)
    entries = models.PositiveIntegerField(_("entries"))
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    signature = models.CharField(_("signature"), max_length=128)
    key_id = models.CharField(_("key"), max_length=64)
    last_change_at = models.DateTimeField(_("last change in it"), null=True, blank=True)

    class Meta:
        verbose_name = _("snapshot of the public register")
        verbose_name_plural = _("snapshots of the public register")
        ordering = ["-on", "-id"]

    @override
    def __str__(self) -> str:
        return f"{self.on:%d/%m/%Y}"

    @property
    def path(self) -> str:
        """Return where the file lies under the private store."""
        return f"register/{self.on:%Y-%m-%d}.jsonl.gz"


NOTE = """
INSERT INTO public.practitioners_registerstale (id, practitioner_id)
SELECT public.mach_uuid7(), touched.person FROM (SELECT DISTINCT {person} AS person FROM {rows}) AS touched;
RETURN NULL;
"""
BY_LICENSE = (
    "JOIN public.practitioners_practicelicense AS license ON license.id = new_rows.license_id"
)
# Who a row of each table speaks of: the column, and what is joined to find it.
TOUCHES: tuple[tuple[Any, str, str], ...] = (
    (Practitioner, "new_rows.id", ""),
    (PracticeLicense, "new_rows.practitioner_id", ""),
    (LicenseVersion, "license.practitioner_id", BY_LICENSE),
    (LicenseEvent, "license.practitioner_id", BY_LICENSE),
    (Registration, "new_rows.practitioner_id", ""),
    (WorkingSlot, "new_rows.practitioner_id", ""),
    (Sanction, "new_rows.practitioner_id", ""),
    (PracticeBan, "new_rows.practitioner_id", ""),
)
for _model, _person, _join in TOUCHES:
    _note = NOTE.format(person=_person, rows=f"new_rows {_join}".strip())
    pgtrigger.register(
        after_insert("note_register", _note), after_update("note_register_changed", _note)
    )(_model)
