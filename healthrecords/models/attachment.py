"""Papers and pictures kept with a person's record."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from healthrecords.models.facts import Fact, known_partial, partial_date
from portal.attachments.models import StoredFile
from portal.audit.history import tracked


@tracked()
class Attachment(Fact):
    """A paper or picture kept with a person's record; its bytes lie in the store of files."""

    class Category(models.TextChoices):
        RESULT = "result", _("laboratory or imaging result")
        DISCHARGE = "discharge", _("discharge paper")
        PRESCRIPTION = "prescription", _("prescription")
        VACCINATION = "vaccination", _("vaccination book")
        REFERRAL = "referral", _("referral")
        CONSENT = "consent", _("consent")
        PICTURE = "picture", _("clinical picture")
        OTHER = "other", _("other paper")

    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("file"))
    title = models.CharField(_("paper"), max_length=200)
    category = models.CharField(
        _("kind of paper"), max_length=12, choices=Category.choices, default=Category.OTHER
    )
    written = partial_date(_("written on"))

    class Meta(Fact.Meta):
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            *Fact.Meta.constraints,
            *known_partial("written"),
            models.CheckConstraint(
                condition=Q(
                    category__in=[
                        "result",
                        "discharge",
                        "prescription",
                        "vaccination",
                        "referral",
                        "consent",
                        "picture",
                        "other",
                    ]
                ),
                name="attachment_category_known",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="attachment_has_title"),
        ]

    @override
    def __str__(self) -> str:
        return self.title
