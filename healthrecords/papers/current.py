"""Which signed paper of a kind is in force? An addendum makes new papers of what came, and no others."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Max

from healthrecords.models import Document, SignedPaper, Visit, VisitVersion
from healthrecords.papers.issued import PRINTED, protected_records, stands
from healthrecords.papers.making import kinds_of


def paper_in_force(visit: Visit, kind: str) -> SignedPaper | None:
    """Return the paper of the latest version that made one.

    What is printed of the visit itself is looked for no further back than the last version that
    spoke for the whole visit: what that one did not print any more is not in force. A paper with a
    record of its own stands as long as its record does: whoever signed the whole visit again may not
    have been one to see it.
    """
    rows = SignedPaper.objects.filter(version__visit=visit.pk, kind=kind)
    if kind not in PRINTED:
        versions = VisitVersion.objects.filter(visit=visit.pk)
        whole = versions.filter(is_addendum=False).aggregate(number=Max("number"))["number"]
        rows = rows.filter(version__number__gte=whole or 1)
    return rows.select_related("version").order_by("-version__number").first()


def open_papers(
    visit: Visit, papers: Iterable[SignedPaper], *, sees_sensitive: bool
) -> list[SignedPaper]:
    """Leave out the signed papers of a visit that tell what this reader may not see.

    The class of a paper is that of its version and, where it was printed from a record of its own,
    that of the record as it is now: it may have become stricter since, and it stays when an amendment
    takes the class off the visit.
    """
    if sees_sensitive:
        return list(papers)
    hidden = protected_records(visit)
    return [
        paper
        for paper in papers
        if not paper.version.sensitivity and not any(_printed_from(row, paper) for row in hidden)
    ]


def _printed_from(record: Document, paper: SignedPaper) -> bool:
    """Say whether a paper may be printed from a record: one in force when the paper was signed."""
    signed, ended = paper.version.signed_at, record.cancelled_at
    was_in_force = record.issued_at <= signed and (ended is None or ended > signed)
    return record.kind == paper.kind and was_in_force


def kinds_to_add(visit: Visit, *, sees_sensitive: bool) -> list[str]:
    """Return the papers that an addendum makes: those that nobody signed as they stand."""
    found = []
    for kind in kinds_of(visit, sees_sensitive=sees_sensitive):
        paper = paper_in_force(visit, kind)
        if paper is None or not stands(visit, kind, paper.version.signed_at):
            found.append(kind)
    return found
