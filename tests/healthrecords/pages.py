"""A browser without scripts for the tests: log in, read a form, send it."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from healthrecords.models import Citizen
from portal.accounts.models import User

CARD = (
    "011162004137|012345678|Quàng Thị Hặc|12031962|Nữ|"
    "Bản Nà Pheo 2, Xã Mường Chà, Tỉnh Điện Biên|05072021"
)


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
    plain = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(plain.split())


def shown_on(response: Any) -> dict[str, str]:
    """Return the marks of what a page of signing showed, as a browser would send them back."""
    return dict(re.findall(r'name="(shown[^"]*)" value="([^"]*)"', response.content.decode()))


def words_of(pdf: bytes) -> str:
    """Return what a paper says, where there is a reader."""
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("No pdftotext here: install poppler-utils to read what a paper says.")
    done = subprocess.run([reader, "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


def scan(client: Any, text: str) -> Any:
    return client.get(reverse("admin:finder"), {"q": text})


def register_by_card(client: Any, **typed: str) -> Any:
    page = client.get(scan(client, CARD).url)
    said = {**fields_of(page, "citizen_form"), "ethnic_group": "thai", **typed}
    return client.post(page.request["PATH_INFO"] + "?" + page.request["QUERY_STRING"], said)


def visit_url(citizen: Citizen) -> str:
    return reverse("admin:healthrecords_visit_new", args=[citizen.pk])


def send_visit(client: Any, citizen: Citizen, **typed: str) -> Any:
    url = visit_url(citizen)
    said = {
        **fields_of(client.get(url), "visit_form"),
        "reason": "Sốt, ho",
        "pulse": "88",
        "blood_pressure": "128/82",
        "temperature": "38,2",
        "d-0-text": "viem mui hong cap",
        "m-0-name": "paracetamol 500 mg",
        "m-0-morning": "1",
        "m-0-evening": "1",
        "m-0-days": "5",
        "_save": "",
        **typed,
    }
    said.pop("_later", None)
    return client.post(url, said)


def record_url(citizen: Citizen) -> str:
    return reverse("admin:healthrecords_citizen_change", args=[citizen.pk])
