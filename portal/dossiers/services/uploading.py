"""Take a file for one document of a dossier, before it is filed or in answer to a request."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.attachments.keeping import keep, title_of
from portal.dossiers.models import Dossier, DossierDocument, DossierFile, Supplement

MOST_FILES = 30


@transaction.atomic
def keep_file(
    *, client_key: UUID, document_code: str, content: bytes, name: str, at: datetime
) -> DossierFile:
    """Keep one file under the key of its form; the same one again is not kept twice."""
    rows = DossierFile.objects.filter(client_key=client_key, dropped_at=None)
    stored = keep(content=content, name=name, at=at)
    known = rows.filter(document_code=document_code, stored=stored).first()
    if known is not None:
        return known
    if rows.count() >= MOST_FILES:
        raise ValidationError(
            _("At most %(most)d files go with one form; put several pages into one PDF."),
            code="too_many_files",
            params={"most": MOST_FILES},
        )
    return DossierFile.objects.create(
        client_key=client_key,
        document_code=document_code,
        stored=stored,
        title=title_of(name),
        kept_at=at,
    )


@transaction.atomic
def drop_file(*, client_key: UUID, file_id: UUID, at: datetime) -> None:
    """Take a file back that was not handed in yet."""
    rows = DossierFile.objects.filter(client_key=client_key, pk=file_id, dossier=None)
    rows.filter(dropped_at=None).update(dropped_at=at)


def waiting_files(client_key: UUID) -> list[DossierFile]:
    """Return the files that were uploaded with a form and not handed in yet."""
    rows = DossierFile.objects.filter(client_key=client_key, dossier=None, dropped_at=None)
    return list(rows.select_related("stored").order_by("kept_at", "id"))


def attach(
    *, dossier: Dossier, client_key: UUID, supplement: Supplement | None = None
) -> list[DossierFile]:
    """Hand the form's files in: each goes to its document, which then is provided."""
    documents = {row.code: row for row in dossier.documents.all()}
    attached = []
    for file in waiting_files(client_key):
        document = documents.get(file.document_code)
        if document is None:
            continue
        file.dossier, file.document, file.supplement = dossier, document, supplement
        file.save(update_fields=["dossier", "document", "supplement"])
        attached.append(file)
        if document.state != DossierDocument.State.PROVIDED:
            document.state, document.because = DossierDocument.State.PROVIDED, ""
            document.save(update_fields=["state", "because"])
    return attached
