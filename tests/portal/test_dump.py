"""A dump restored elsewhere is the same register: names fold alike, rights and history hold."""

import os
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql

from config.cluster.binaries import distribution_bindirs, major_of, wheel_bindir
from healthrecords.models import Citizen
from portal.names import name_norm

NAMES = ["Đặng Thị Ánh Tuyết", "QUÀNG  THỊ HẶC", "Ngô\u0302 Văn Ðức", "H’Bia Êban", "ẶẶ ỹ Ỹ"]


def programs() -> Path | None:
    """Return the folder of pg_dump and pg_restore of the server's own version."""
    major = connection.pg_version // 10000
    for bindir in filter(None, [wheel_bindir(), *distribution_bindirs()]):
        if (bindir / "pg_dump").exists() and major_of(bindir) == major:
            return bindir
    return None


@pytest.fixture
def restored(transactional_db: None, tmp_path: Path) -> Iterator[psycopg.Connection]:
    for name in NAMES:
        Citizen.objects.create(name=name, birth_date=date(1958, 1, 1), sex="female")
    bindir = programs()
    if bindir is None:
        pytest.skip("no pg_dump of the server's version on this machine")
    served = connection.settings_dict
    owner = served["OWNER"]
    address = {
        "host": served["HOST"],
        "port": served["PORT"],
        "user": owner["USER"],
        "password": owner["PASSWORD"],
    }
    flags = ["-h", str(served["HOST"]), "-p", str(served["PORT"]), "-U", owner["USER"]]
    environment = {**os.environ, "PGPASSWORD": owner["PASSWORD"]}
    other = f"{served['NAME']}_restored"
    archive = tmp_path / "dump"
    subprocess.run(
        [bindir / "pg_dump", *flags, "-Fc", "-f", archive, served["NAME"]],
        env=environment,
        check=True,
    )
    with psycopg.connect(**address, dbname="postgres", autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(other)))
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(other))
        )
        try:
            subprocess.run(
                [bindir / "pg_restore", *flags, "-d", other, archive],
                env=environment,
                check=True,
                capture_output=True,
            )
            with psycopg.connect(**address, dbname=other) as restored:
                yield restored
        finally:
            server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(other)))


def test_a_restored_dump_folds_names_alike_and_keeps_history_and_rights(
    restored: psycopg.Connection,
) -> None:
    rows = restored.execute(
        "SELECT name, name_norm, public.mach_name_norm(name) FROM healthrecords_citizen"
    ).fetchall()
    assert len(rows) == len(NAMES)
    for name, stored, computed in rows:
        assert stored == computed == name_norm(name)
    history = restored.execute("SELECT count(*) FROM healthrecords_citizenhistory").fetchone()
    assert history == (len(NAMES),)
    role = settings.DATABASES["default"]["USER"]
    may = restored.execute(
        "SELECT has_table_privilege(%(r)s, 'healthrecords_citizen', 'UPDATE'),"
        " has_table_privilege(%(r)s, 'healthrecords_citizenhistory', 'UPDATE')",
        {"r": role},
    ).fetchone()
    assert may == (True, False)
