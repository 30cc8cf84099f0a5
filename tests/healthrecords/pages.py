"""A browser without scripts for the tests: log in, read a form, send it."""

from html.parser import HTMLParser
from typing import Any

from django.test import Client

from portal.accounts.models import User


class Reader(HTMLParser):
    """Collects the fields of the page's main form as a browser would send them."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.form, self.inside = form, False
        self.fields: dict[str, list[str]] = {}
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = said.get("id") == self.form
        if not self.inside:
            return
        name = said.get("name", "")
        if tag == "input" and said.get("type") in {"radio", "checkbox"}:
            if "checked" in said:
                self.fields.setdefault(name, []).append(said.get("value", "on"))
        elif tag == "input" and name:
            self.fields.setdefault(name, []).append(said.get("value", ""))
        elif tag == "select":
            self.select = name
        elif tag == "option" and "selected" in said:
            self.fields.setdefault(self.select, []).append(said.get("value", ""))


def fields_of(response: Any, form: str) -> dict[str, Any]:
    """Return what a browser would send back unchanged."""
    reader = Reader(form)
    reader.feed(response.content.decode())
    return {
        name: values[0] if len(values) == 1 else values for name, values in reader.fields.items()
    }


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(response: Any) -> str:
    import re

    plain = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(plain.split())
