"""Send a stored file as what it was found to be, to be saved and never run in the portal's name."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from portal.attachments.keeping import open_stored
from portal.attachments.models import StoredFile

TYPES = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}


def answer(stored: StoredFile, *, is_framed: bool = False) -> HttpResponseBase:
    """Return the bytes; whoever asks has shown the right to them and stands in the read log.

    ``is_framed`` is for a page that shows the paper beside its fields; else the browser saves it.
    The name is the hash: a title may hold a person's name, which no header repeats.
    """
    try:
        content = open_stored(stored)
    except ValidationError as refused:
        return _plain(" ".join(refused.messages), 403)
    except FileNotFoundError:
        return gone()
    name = f"{stored.sha256[:12]}.{stored.kind}"
    response = FileResponse(
        content, as_attachment=not is_framed, filename=name, content_type=TYPES[stored.kind]
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def gone() -> HttpResponse:
    """Say that the bytes are not there any more."""
    return _plain(_("The copy of this paper is not on the disk any more; ask for it again."), 410)


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain; charset=utf-8", status=status)
