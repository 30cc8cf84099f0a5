"""Send a file, follow it, read its findings, confirm or cancel it, fetch the marked workbook."""

from __future__ import annotations

import hashlib
from typing import ClassVar, cast
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.db.models import QuerySet
from django.http import FileResponse, Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from portal.accounts.models import User
from portal.api.pagination import KeysetPagination
from portal.api.views import ReadOnlyScopedViewSet
from portal.audit.middleware import address_of
from portal.audit.reads import note
from portal.intake import answering, jobs, services
from portal.intake.access import batch_of, batches_of, places_to_send, require_confirm
from portal.intake.answering_findings import as_data, line_of, people_of
from portal.intake.answering_views import answer_file, answer_shown
from portal.intake.api.serializers import (
    AnswerSerializer,
    ConfirmingSerializer,
    ConsequencesSerializer,
    FindingSerializer,
    ReasonSerializer,
    SendingSerializer,
    UploadSerializer,
)
from portal.intake.declaration import Kind, kind_of
from portal.intake.handler import Consequences
from portal.intake.models import Answer, Batch, Finding, SendingKey, StagedRow
from portal.intake.presenting import sees_sensitive
from portal.places.lookup import place_named
from portal.places.models import Organisation

KEY_AT_MOST = 100
SENDS = "upload_files"
ID = OpenApiParameter("batch_id", OpenApiTypes.UUID, OpenApiParameter.PATH)


class KeyReused(APIException):
    """The same key came with another file."""

    status_code = 409
    default_code = "idempotency_key_reused"
    default_detail = gettext_lazy(
        "This Idempotency-Key was already used for another file; give each sending a key of its own."
    )


class FindingPages(KeysetPagination):
    """Findings in the order in which they were found."""

    ordering = "id"
    page_size = 200
    max_page_size = 1_000


class UploadViewSet(ReadOnlyScopedViewSet):
    """Files sent for the caller's facilities; nothing is written before it is confirmed."""

    queryset = Batch.objects.select_related("file", "organisation", "sent_by")
    serializer_class = UploadSerializer
    pagination_class = KeysetPagination
    parser_classes = (MultiPartParser, FormParser, JSONParser)
    filterset_fields = ("state", "kind")
    lookup_url_kwarg = "batch_id"
    lookup_value_converter = "uuid"
    capabilities: ClassVar[dict[str, str]] = {
        "list": SENDS,
        "retrieve": SENDS,
        "create": SENDS,
        "findings": SENDS,
        "confirm": SENDS,
        "cancel": SENDS,
        "undo": SENDS,
        "ask_to_undo": SENDS,
        "answer": SENDS,
        "prepare_answer": SENDS,
    }

    @property
    def user(self) -> User:
        return cast(User, self.request.user)

    @override
    def get_queryset(self) -> QuerySet[Batch]:
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows
        # A kind of file may ask for a right of its own beside that to send files.
        return rows.filter(pk__in=batches_of(self.user).values("pk"))

    def _batch(self, key: UUID) -> Batch:
        return batch_of(self.user, key)

    def _said(self, batch: Batch, status: int = 200) -> Response:
        return Response(self.get_serializer(self._batch(batch.pk)).data, status=status)

    @extend_schema(
        request={"multipart/form-data": SendingSerializer},
        responses={
            201: UploadSerializer,
            200: OpenApiResponse(UploadSerializer, "The same key and file again: nothing is sent."),
            409: OpenApiResponse(description="The key was used for another file."),
        },
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                str,
                OpenApiParameter.HEADER,
                description="Chosen by the caller; a retry with it cannot send a file twice.",
            )
        ],
    )
    def create(self, request: Request) -> Response:
        """Send a file; it is read in the background."""
        asked = SendingSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        file: UploadedFile[bytes] = asked.validated_data["file"]
        kind = asked.validated_data["kind"]
        place = self._place(asked.validated_data["organisation"], kind_of(kind))
        key = request.headers.get("Idempotency-Key", "").strip()
        earlier = self._sent_before(key, file, kind, place) if key else None
        if earlier is not None:
            return self._said(earlier)
        batch = services.receive_file(
            actor=self.user,
            sent=services.Sent(str(file.name), file.chunks(), address_of(request._request)),
            kind=kind,
            organisation=place,
            at=timezone.now(),
        )
        if key:
            SendingKey.objects.create(user=self.user, key=key, batch=batch)
        jobs.enqueue_reading(batch)
        return self._said(batch, 201)

    def _place(self, code: str, kind: Kind) -> Organisation:
        """Return the facility of a code where this user sends; any other is not known here."""
        held = Organisation.objects.current().within(places_to_send(self.user, kind))
        found = place_named(held.filter(kind__in=kind.places), code)
        if found is None:
            message = _("You send files for no facility with the insurance code %(code)s.")
            error = ValidationError(message, code="facility_unknown", params={"code": code[:20]})
            raise ValidationError({"organisation": error})
        return found

    def _sent_before(
        self, key: str, file: UploadedFile[bytes], kind: str, place: Organisation
    ) -> Batch | None:
        """Return what this key has sent; two calls at once wait for one another."""
        if len(key) > KEY_AT_MOST:
            message = _("The Idempotency-Key is longer than %(most)d characters.")
            raise ValidationError(message, code="key_too_long", params={"most": KEY_AT_MOST})
        with connection.cursor() as cursor:
            lock = "SELECT pg_advisory_xact_lock(hashtextextended('sending ' || %s, 0))"
            cursor.execute(lock, [f"{self.user.pk} {key}"])
        known = SendingKey.objects.filter(user=self.user, key=key)
        used = known.select_related("batch__file").first()
        if used is None:
            return None
        digest = hashlib.sha256()
        for chunk in file.chunks():
            digest.update(chunk)
        batch = used.batch
        same = (batch.file.sha256, batch.kind, batch.organisation_id)
        if same != (digest.hexdigest(), kind, place.pk):
            raise KeyReused
        return batch

    @extend_schema(
        parameters=[
            ID,
            OpenApiParameter("severity", str, enum=["error", "warning"]),
            OpenApiParameter("cause", str, description="Only findings of this cause."),
            OpenApiParameter("code", str, description="Only findings with this code."),
        ],
        responses=FindingSerializer(many=True),
    )
    @action(detail=True, pagination_class=FindingPages, filterset_fields=())
    def findings(self, request: Request, batch_id: UUID) -> Response:
        """Read what was found, page by page; filter by severity, cause or code."""
        batch = self._batch(batch_id)
        open_, kind = sees_sensitive(self.user, batch), kind_of(batch.kind)
        rows = Finding.objects.filter(batch=batch)
        asked = {name: request.query_params.get(name, "") for name in ("severity", "cause", "code")}
        rows = rows.filter(**{name: value for name, value in asked.items() if value})
        if not open_ and (asked["cause"] or asked["code"]):
            rows = rows.filter(sensitivity="")  # whose cause is asked for must not be told by it
        pages = FindingPages()
        found = pages.paginate_queryset(rows, request, view=self) or []
        self._note([finding.row_id for finding in found], open_=open_)
        data = [as_data(line_of(f, kind, open_=open_), batch.file_name) for f in found]
        answer: Response = pages.get_paginated_response(FindingSerializer(data, many=True).data)
        return answer

    def _note(self, rows: list[UUID], *, open_: bool) -> None:
        shown = StagedRow.objects.filter(pk__in=rows).exclude(subject_id=None)
        if not open_:
            shown = shown.filter(sensitivity="")
        people = [key for key in shown.values_list("subject_id", flat=True) if key is not None]
        note(self.request._request, people, action="listed", ground="file")

    @extend_schema(parameters=[ID], request=ConfirmingSerializer, responses=UploadSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, batch_id: UUID) -> Response:
        """Have the good rows written while the others wait; or all rows or none."""
        batch = self._batch(batch_id)
        require_confirm(self.user, batch)
        asked = ConfirmingSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        undivided = asked.validated_data["all_or_nothing"]
        confirmed = services.confirm_batch(
            actor=self.user, batch=batch, at=timezone.now(), undivided=undivided
        )
        jobs.enqueue_writing(confirmed)
        return self._said(batch, 202)

    @extend_schema(parameters=[ID], request=None, responses=UploadSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, batch_id: UUID) -> Response:
        """Give the sending up before anything of it was written."""
        batch = self._batch(batch_id)
        require_confirm(self.user, batch)
        services.cancel_batch(actor=self.user, batch=batch, at=timezone.now())
        return self._said(batch)

    @extend_schema(parameters=[ID], responses=ConsequencesSerializer)
    @action(detail=True)
    def undo(self, request: Request, batch_id: UUID) -> Response:
        """Read what undoing the sending would touch, and what stands in its way."""
        batch = self._batch(batch_id)
        require_confirm(self.user, batch)
        told = self._would(batch)
        return Response(ConsequencesSerializer(told).data)

    @extend_schema(parameters=[ID], request=ReasonSerializer, responses={202: UploadSerializer})
    @undo.mapping.post
    def ask_to_undo(self, request: Request, batch_id: UUID) -> Response:
        """Have a written sending undone for a reason; refused while something depends on it."""
        batch = self._batch(batch_id)
        require_confirm(self.user, batch)
        asked = ReasonSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        reason = asked.validated_data["reason"]
        try:
            undoing = services.ask_to_undo(actor=self.user, batch=batch, reason=reason)
        except ValidationError:
            self._would(batch)  # the refusal names the people in the way
            raise
        jobs.enqueue_undoing(undoing)
        return self._said(batch, 202)

    def _would(self, batch: Batch) -> Consequences:
        told = services.handler_of(batch).consequences()
        note(self.request._request, told.people, action="listed", ground="file")
        return told

    @extend_schema(
        parameters=[ID],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, 404: None},
    )
    @action(detail=True)
    def answer(self, request: Request, batch_id: UUID) -> FileResponse:
        """Fetch the sender's workbook with its wrong cells marked."""
        batch = self._batch(batch_id)
        made = answer_shown(self.user, batch)
        if made is None or made.state != Answer.State.READY:
            raise Http404(_("The marked workbook is not prepared yet."))
        people = people_of(batch, open_=sees_sensitive(self.user, batch))
        note(request._request, people, action="exported", ground="file")
        return answer_file(batch, made)

    @extend_schema(parameters=[ID], request=None, responses={202: AnswerSerializer})
    @answer.mapping.post
    def prepare_answer(self, request: Request, batch_id: UUID) -> Response:
        """Have the marked workbook prepared; asking again says how far it is."""
        batch = self._batch(batch_id)
        open_ = sees_sensitive(self.user, batch)
        made, is_new = answering.ask_answer(batch=batch, open_=open_, at=timezone.now())
        if is_new:
            jobs.enqueue_answer(made)
        return Response(AnswerSerializer(made).data, status=202)
