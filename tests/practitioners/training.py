"""The lists of continuing training, for the tests that count hours."""

from datetime import date
from typing import Any

from portal.codelists.models import Code, CodeList, CodeListVersion

FORMS = {
    "short_course": ("Khóa đào tạo ngắn hạn", {"unit": "tiết học", "hours_per_unit": "1"}),
    "conference": ("Dự hội nghị, hội thảo", {"unit": "buổi (4 giờ)", "hours_per_unit": "0.5"}),
    "paper": ("Công bố bài báo khoa học", {}),
}
TERMS = {"required": 120, "window": 5, "renewal_filing": 60, "legacy_begins": 2030}


def make_training_lists(valid_from: date = date(2024, 1, 1)) -> None:
    """Put the forms of training and the terms in force."""
    _list("training_forms", FORMS, valid_from)
    _list(
        "training_terms",
        {code: (code, {"count": str(count)}) for code, count in TERMS.items()},
        valid_from,
    )


def _list(key: str, codes: dict[str, tuple[str, dict[str, Any]]], valid_from: date) -> None:
    if CodeListVersion.objects.filter(code_list__key=key).exists():
        return  # the shipped lists were loaded
    version = CodeListVersion.objects.create(
        code_list=CodeList.objects.create(key=key, title=key),
        valid_from=valid_from,
        legal_basis="Thông tư 32/2023/TT-BYT",
        digest=f"{key} {valid_from}",
    )
    Code.objects.bulk_create(
        Code(version=version, code=code, title=title, position=place, attributes=attributes)
        for place, (code, (title, attributes)) in enumerate(codes.items())
    )
