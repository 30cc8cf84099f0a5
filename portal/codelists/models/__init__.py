"""Code lists, their dated versions and codes; holidays."""

from portal.codelists.models.codelist import Code, CodeList, CodeListVersion
from portal.codelists.models.holiday import Holiday

__all__ = ["Code", "CodeList", "CodeListVersion", "Holiday"]
