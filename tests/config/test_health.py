"""The house says which part of it is unwell."""

import pytest
from django.db import connection
from django.test import Client


@pytest.mark.django_db
def test_a_house_without_worker_answers_503_and_says_so(client: Client) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {
        "web": "ok",
        "database": "ok",
        "worker": "no worker",
        "disk": answer.json()["disk"],
    }


@pytest.mark.django_db
def test_a_house_with_a_beating_worker_answers_200(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
    assert client.get("/healthz").json()["worker"] == "ok"


@pytest.mark.django_db
def test_a_silent_worker_is_named(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - interval '5 minutes')"
        )
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["worker"].startswith("silent for 30")
