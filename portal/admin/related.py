"""How is one row of another table chosen in a form, with and without scripts?"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

SHOWN = 5


class Chosen(NamedTuple):
    """What came back: the key a suggestion filled in, if any, and the words in the box.

    A program may send the key without words; a person may empty the box beside an old key.
    """

    key: str
    text: str | None


class RelatedInput(forms.TextInput):
    """A text box for a row of another table; a suggestion also fills its key in, unseen."""

    template_name = "portal/widgets/related.html"
    label_of: Callable[[Any], str] = str

    def __init__(self, url: str, attrs: dict[str, Any] | None = None) -> None:
        data = {"data-suggest-url": url, "data-suggest-param": "term", "data-suggest-from": "1"}
        super().__init__({**data, "autocomplete": "off", "spellcheck": "false", **(attrs or {})})

    @override
    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        chosen = value if isinstance(value, Chosen) else Chosen(str(value or ""), None)
        if chosen.key and chosen.text is None:
            chosen = chosen._replace(text=self.label_of(chosen.key))
        id_ = (attrs or {}).get("id", "")
        into = {"data-suggest-into": f"{id_}_key"} if id_ else {}
        context = super().get_context(f"{name}_text", chosen.text, {**(attrs or {}), **into})
        return {**context, "key_name": name, "key": chosen.key}

    @override
    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Chosen | None:
        if name not in data and f"{name}_text" not in data:
            return None
        text = data.get(f"{name}_text")
        return Chosen(str(data.get(name) or ""), None if text is None else str(text).strip())

    @override
    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return name not in data and f"{name}_text" not in data


class RelatedField(forms.ModelChoiceField[Any]):
    """A row of another table, told by what a suggestion filled in or by words that find just one."""

    def __init__(
        self,
        queryset: QuerySet[Any],
        *,
        search: Callable[[QuerySet[Any], str], QuerySet[Any]],
        **kwargs: Any,
    ) -> None:
        super().__init__(queryset, **kwargs)
        self.search = search
        self.widget.label_of = self.label_of

    def label_of(self, key: str) -> str:
        """Say the name of a row by its key; nothing where it may not be chosen."""
        row = self._by_key(key)
        return "" if row is None else self.label_from_instance(row)

    @override
    def to_python(self, value: Any) -> Model | None:
        if not isinstance(value, Chosen):
            return super().to_python(value)
        row = self._by_key(value.key) if value.key else None
        # Without scripts the key stays when other words are typed: the words count.
        if row is not None and value.text in {None, self.label_from_instance(row)}:
            return row
        return self._by_words(value.text) if value.text else None

    @override
    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, Chosen) else super().prepare_value(value)

    @override
    def has_changed(self, initial: Any, data: Any) -> bool:
        if not isinstance(data, Chosen):
            return super().has_changed(initial, data)
        before = str(self.prepare_value(initial) or "")
        if data.key != before:
            return bool(before or data.text)
        return bool(before) and data.text not in {None, self.label_of(before)}

    def _offered(self) -> QuerySet[Any]:
        assert self.queryset is not None  # noqa: S101 - for the type checker
        return self.queryset.all()

    def _by_key(self, key: str) -> Model | None:
        try:
            row: Model | None = self._offered().filter(pk=key).first()
        except (ValidationError, ValueError):
            return None
        return row

    def _by_words(self, text: str) -> Model:
        rows: list[Model] = list(self.search(self._offered(), text)[: SHOWN + 1])
        exact = [row for row in rows if self.label_from_instance(row) == text]
        if len(exact) == 1 or len(rows) == 1:
            return (exact or rows)[0]
        if not rows:
            raise ValidationError(
                _("Nothing matches “%(text)s”. Type other words, or the code."),
                code="no_match",
                params={"text": text},
            )
        names = "; ".join(self.label_from_instance(row) for row in rows[:SHOWN])
        raise ValidationError(
            _("“%(text)s” matches several: %(names)s. Write one of them whole."),
            code="several_match",
            params={"text": text, "names": names},
        )
