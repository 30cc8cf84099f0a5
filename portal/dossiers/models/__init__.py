"""Dossiers of administrative procedures and what belongs to them."""

from portal.dossiers.models.authority import Authority, Number
from portal.dossiers.models.decision import Decision
from portal.dossiers.models.document import (
    DossierDocument,
    DossierFile,
    Supplement,
    SupplementItem,
)
from portal.dossiers.models.dossier import Dossier, DossierStep

__all__ = [
    "Authority",
    "Decision",
    "Dossier",
    "DossierDocument",
    "DossierFile",
    "DossierStep",
    "Number",
    "Supplement",
    "SupplementItem",
]
