"""Which signed paper of a kind is in force? An addendum makes new papers of what came, and no others."""

from __future__ import annotations

from django.db.models import Max

from healthrecords.models import SignedPaper, Visit, VisitVersion
from healthrecords.papers.issued import stands
from healthrecords.papers.making import kinds_of


def paper_in_force(visit: Visit, kind: str) -> SignedPaper | None:
    """Return the paper of the latest version that made one.

    It is looked for no further back than the last version that spoke for the whole visit: what that
    one did not print any more is not in force.
    """
    versions = VisitVersion.objects.filter(visit=visit.pk)
    whole = versions.filter(is_addendum=False).aggregate(number=Max("number"))["number"]
    rows = SignedPaper.objects.filter(version__visit=visit.pk, version__number__gte=whole or 1)
    return rows.filter(kind=kind).select_related("version").order_by("-version__number").first()


def kinds_to_add(visit: Visit) -> list[str]:
    """Return the papers that an addendum makes: those that nobody signed as they stand."""
    found = []
    for kind in kinds_of(visit):
        paper = paper_in_force(visit, kind)
        if paper is None or not stands(visit, kind, paper.version.signed_at):
            found.append(kind)
    return found
