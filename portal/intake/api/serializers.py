"""The shape of a sending and of its findings as other systems read and write them."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from typing_extensions import override

from portal.intake.declaration import kinds
from portal.intake.handler import Consequences
from portal.intake.models import Batch
from portal.intake.progress import how_far
from portal.intake.refusals import NOTES, REFUSALS, sentence

COUNTS = ("new", "changed", "unchanged", "doubtful", "wrong", "written")


class SendingSerializer(serializers.Serializer[Any]):
    """What is sent: a file, what it is, and for whom."""

    file = serializers.FileField(
        allow_empty_file=True,
        use_url=False,
        help_text="An .xlsx, .csv or .xml file, or a .zip of those.",
    )
    kind = serializers.CharField(help_text="The kind of file: visits, envelope ...")
    organisation = serializers.CharField(
        help_text="The facility's insurance code, five characters as text; of a place without "
        "one another code of it, or its id."
    )

    def validate_kind(self, kind: str) -> str:
        """Refuse a kind nobody declared, naming those that are."""
        known = [known.id for known in kinds()]
        if kind not in known:
            raise serializers.ValidationError(
                _("There is no kind of file “%(kind)s”; known are: %(known)s.")
                % {"kind": kind[:40], "known": ", ".join(known)},
                code="kind_unknown",
            )
        return kind


class CountsSerializer(serializers.Serializer[Any]):
    """Rows by what becomes of them."""

    new = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    doubtful = serializers.IntegerField()
    wrong = serializers.IntegerField()
    written = serializers.IntegerField()


class ProgressSerializer(serializers.Serializer[Any]):
    """How far the work on a file is: the stage, its rows done and in all, the seconds left."""

    busy = serializers.BooleanField()
    stage = serializers.CharField(help_text="reading, comparing, writing, undoing, or nothing")
    stage_name = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    left = serializers.IntegerField(allow_null=True, help_text="Seconds; null while unknown.")
    stopping = serializers.BooleanField()


class ErrorSerializer(serializers.Serializer[Any]):
    """Why a whole file cannot be read."""

    code = serializers.CharField()
    message = serializers.CharField()


class UploadSerializer(serializers.ModelSerializer[Batch]):
    """One sending: its file, its state, its rows by decision, and where to go from here."""

    organisation = serializers.CharField(source="organisation.name")
    organisation_id = serializers.UUIDField()
    sha256 = serializers.CharField(source="file.sha256")
    size = serializers.IntegerField(source="file.size")
    sent_by = serializers.CharField(source="sent_by.username", default=None)
    counts = serializers.SerializerMethodField()
    progress = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    notes = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()

    class Meta:
        model = Batch
        fields = (
            "id",
            "file_name",
            "kind",
            "organisation",
            "organisation_id",
            "sha256",
            "size",
            "state",
            "sent_by",
            "received_at",
            "checked_at",
            "confirmed_at",
            "written_at",
            "ended_at",
            "counts",
            "progress",
            "error",
            "notes",
            "links",
        )

    @extend_schema_field(CountsSerializer)
    def get_counts(self, batch: Batch) -> dict[str, Any]:
        return {name: getattr(batch, f"{name}_count") for name in COUNTS}

    @extend_schema_field(ProgressSerializer)
    def get_progress(self, batch: Batch) -> dict[str, Any]:
        return {"busy": batch.is_busy, **how_far(batch, timezone.now())}

    @extend_schema_field(ErrorSerializer(allow_null=True))
    def get_error(self, batch: Batch) -> dict[str, str] | None:
        code = batch.error_code
        if not code:
            return None
        return {"code": code, "message": sentence(REFUSALS, code, batch.error_params)}

    def get_notes(self, batch: Batch) -> list[str]:
        return [sentence(NOTES, note["code"], note["params"]) for note in batch.notes]

    def get_links(self, batch: Batch) -> dict[str, str]:
        """Name the addresses of this sending; ``page`` is for people."""
        names = ("findings", "confirm", "cancel", "undo", "answer")
        api = {name: reverse(f"api-upload-{name}", args=[batch.pk]) for name in names}
        return {
            "self": reverse("api-upload-detail", args=[batch.pk]),
            **api,
            "page": reverse("intake:batch", args=[batch.pk]),
        }


class FindingSerializer(serializers.Serializer[Any]):
    """One thing that is wrong, or remarked, in one cell; protected rows say no more than where."""

    file = serializers.CharField()
    sheet = serializers.CharField()
    row = serializers.IntegerField()
    letters = serializers.CharField()
    cell = serializers.CharField()
    table = serializers.CharField()
    line = serializers.IntegerField()
    column = serializers.CharField()
    heading = serializers.CharField()
    value = serializers.CharField()
    code = serializers.CharField()
    severity = serializers.ChoiceField(choices=["error", "warning"])
    message = serializers.CharField()
    remedy = serializers.CharField()


class AnswerSerializer(serializers.Serializer[Any]):
    """How far the marked workbook is."""

    state = serializers.CharField()
    rows_done = serializers.IntegerField()
    rows_expected = serializers.IntegerField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()


class TouchedSerializer(serializers.Serializer[Any]):
    """Rows of one sort that undoing touches, or leaves."""

    what = serializers.CharField()
    count = serializers.IntegerField()


class ConsequencesSerializer(serializers.Serializer[Any]):
    """What undoing a sending would touch, what stays, and what stands in its way, by name."""

    touched = TouchedSerializer(many=True)
    kept = TouchedSerializer(many=True)
    obstacles = serializers.ListField(child=serializers.CharField())

    @override
    def to_representation(self, instance: Consequences) -> dict[str, Any]:
        return {
            "touched": [{"what": str(what), "count": n} for what, n in instance.touched],
            "kept": [{"what": str(what), "count": n} for what, n in instance.kept],
            "obstacles": [str(one) for one in instance.obstacles],
        }


class ConfirmingSerializer(serializers.Serializer[Any]):
    """Which rows are written."""

    all_or_nothing = serializers.BooleanField(
        default=False,
        help_text="Write all rows or none; refused while rows are wrong or to be decided. "
        "Otherwise the good rows are written and the others wait.",
    )


class ReasonSerializer(serializers.Serializer[Any]):
    """Why a sending is undone."""

    reason = serializers.CharField(max_length=500)
