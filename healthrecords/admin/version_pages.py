"""Every signed version of a visit: listed, read as it was signed, compared, checked again."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from healthrecords.admin.opening import Opened
from healthrecords.admin.paper_pages import visible_versions
from healthrecords.admin.visit_pages import find_visit
from healthrecords.banner import banner_of
from healthrecords.differences import Difference, differences, told_lines
from healthrecords.models import Procedure, Visit, VisitSeal, VisitVersion
from healthrecords.papers.current import open_papers
from healthrecords.services.amending import amendment_shown, reason_told, words_for
from healthrecords.services.hushing import Hush
from healthrecords.services.later import is_later, signed_and_now
from healthrecords.services.seals import seal_of
from healthrecords.services.twins import born_as
from healthrecords.snapshots import Snapshot, shown_of
from portal.dates import PartialDate
from portal.signing.models import SignatureCheck
from portal.signing.services import check_signature, latest_checks
from portal.site.pages import page

Result = SignatureCheck.Result
CHIPS = {
    Result.VALID: ("ok", "shield"),
    Result.REVOCATION_UNKNOWN: ("ok", "shield"),
    Result.NOT_DIGITAL: ("", "pen"),
    Result.UNKNOWN_ISSUER: ("warn", "warn"),
    Result.EXPIRED: ("warn", "clock"),
    Result.REVOKED: ("bad", "bad"),
    Result.BROKEN: ("bad", "bad"),
}


def versions_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """List the versions of a visit, with what each changed; the current one first."""
    found = find_visit(request, pk)
    if not isinstance(found, tuple):
        return found
    opened, visit = found
    rows = _versions(visit, opened)
    checks = latest_checks([row.signature_id for row in rows])
    seal, sees = seal_of(visit), opened.sees_sensitive
    amendment = amendment_shown(visit, sees_sensitive=sees, at=opened.at)
    said = {row.pk: _said(row, opened) for row in rows}
    context = {
        "title": _("Versions of the visit of %(name)s") % {"name": opened.citizen.name},
        "banner": banner_of(opened.citizen, opened.access),
        "visit": visit,
        "seal": seal,
        "amendment": amendment,
        "pending": _pending(visit, seal, opened) if seal else [],
        "lines": [
            _line(row, rows[place + 1] if place + 1 < len(rows) else None, checks, said)
            for place, row in enumerate(rows)
        ],
        "compared": _compared(request, rows, said),
        "back": reverse("admin:healthrecords_visit_change", args=[visit.pk]),
    }
    return page(request, "healthrecords/versions.html", context)


def _versions(visit: Visit, opened: Opened) -> list[VisitVersion]:
    """Return the versions a reader may see, each with its reason as far as it may be told."""
    rows = visible_versions(visit, sees_sensitive=opened.sees_sensitive)
    found = list(
        rows.select_related("signature__certificate").prefetch_related("papers").order_by("-number")
    )
    words = words_for(sees_sensitive=opened.sees_sensitive, at=opened.at)
    if words is not None and any(row.reason for row in found):
        classes = dict(
            VisitVersion.objects.filter(visit=visit.pk).values_list("number", "sensitivity")
        )
        for row in found:
            before = classes.get(row.number - 1)
            row.reason = reason_told(row.reason, visit, words, before=before)
    papers = [paper for row in found for paper in row.papers.all()]
    open_ones = open_papers(visit, papers, sees_sensitive=opened.sees_sensitive)
    shown = {paper.pk for paper in open_ones}
    for row in found:
        row.papers_shown = [paper for paper in row.papers.all() if paper.pk in shown]
    return found


def _said(version: VisitVersion, opened: Opened) -> Snapshot:
    """Return what a version says to this reader."""
    sees = opened.sees_sensitive
    said = shown_of(json.loads(version.content), sees_sensitive=sees)
    return Hush(sees_sensitive=sees).snapshot(said)


def _techniques(said: Snapshot) -> set[str]:
    """Return the codes of the operations and interventions that a reader is shown."""
    return {row["code"] for row in said["parts"].get(Procedure._meta.label_lower, ())}


def _pending(visit: Visit, seal: VisitSeal, opened: Opened) -> list[Difference]:
    """Return what differs now from what was signed: amended, or come after the signature."""
    sees = opened.sees_sensitive
    if seal.amendment_id is None and not is_later(seal, sees_sensitive=sees):
        return []
    return differences(*signed_and_now(visit, seal, sees_sensitive=sees))


def _line(
    row: VisitVersion,
    before: VisitVersion | None,
    checks: dict[Any, SignatureCheck],
    said: dict[Any, Snapshot],
) -> dict[str, Any]:
    check = checks[row.signature_id]
    changed = differences(said[before.pk], said[row.pk]) if before else []
    return {
        "version": row,
        "check": check,
        "chip": CHIPS[Result(check.result)],
        "reasons": row.right_lines(_techniques(said[row.pk])),
        "changed": changed,
        "before": before,
    }


def _compared(
    request: HttpRequest, rows: list[VisitVersion], said: dict[Any, Snapshot]
) -> dict[str, Any] | None:
    """Compare two versions of the address: ?so=1&voi=3."""
    known = {str(row.number): row for row in rows}
    older, newer = known.get(request.GET.get("so", "")), known.get(request.GET.get("voi", ""))
    if older is None or newer is None:
        return None
    older, newer = sorted((older, newer), key=lambda row: row.number)
    found = differences(said[older.pk], said[newer.pk])
    return {"older": older, "newer": newer, "changed": found}


def version_page(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """Read one version as it was signed; a POST checks its signature again."""
    found = find_visit(request, pk)
    if not isinstance(found, tuple):
        return found
    opened, visit = found
    rows = _versions(visit, opened)
    version = next((row for row in rows if row.number == number), None)
    if version is None:
        raise Http404(_("There is no such version."))
    if request.method == "POST":
        return _check_again(request, visit, version, opened.at)
    said = _said(version, opened)
    checks = list(version.signature.checks.order_by("-checked_at", "-id")[:10])
    context = {
        "title": _("Version %(number)s of the visit of %(name)s")
        % {"number": number, "name": opened.citizen.name},
        "banner": banner_of(opened.citizen, opened.access),
        "visit": visit,
        "version": version,
        "seal": seal_of(visit),
        "reasons": version.right_lines(_techniques(said)),
        "parts": told_lines(said),
        "person": said["person"],
        "born": _born(said["person"]),
        "checks": [(check, CHIPS[Result(check.result)]) for check in checks],
        "back": reverse("admin:healthrecords_visit_versions", args=[visit.pk]),
    }
    return page(request, "healthrecords/version.html", context)


def _born(person: dict[str, Any]) -> PartialDate:
    """Return a signed birth as exactly as it was known."""
    return born_as(date.fromisoformat(person["birth_date"]), person["birth_precision"])


def _check_again(
    request: HttpRequest, visit: Visit, version: VisitVersion, at: Any
) -> HttpResponse:
    check = check_signature(signature=version.signature, data=version.content.encode(), at=at)
    said = _("Checked: %(result)s.") % {"result": check.get_result_display()}
    if check.result in {Result.BROKEN, Result.REVOKED}:
        messages.error(request, said)
    else:
        messages.success(request, said)
    url = reverse("admin:healthrecords_visit_version", args=[visit.pk, version.number])
    return HttpResponseRedirect(url)
