"""With which settings does our own PostgreSQL run on a machine of this size?"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MEGABYTE = 1024**2


def machine_memory() -> int:
    """Return the megabytes of memory this process may count on (a container's limit included)."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = Path("/sys/fs/cgroup/memory.max")
    if limit.exists() and (text := limit.read_text("ascii").strip()).isdigit():
        total = min(total, int(text))
    return total // MEGABYTE


def within(low: int, value: int, high: int) -> int:
    """Hold a value between two bounds."""
    return max(low, min(value, high))


def memory_settings(megabytes: int) -> dict[str, str]:
    """Share out the machine's memory; PostgreSQL is one of several programs on it."""
    return {
        "shared_buffers": f"{within(64, megabytes // 12, 2048)}MB",
        "effective_cache_size": f"{max(128, megabytes // 2)}MB",
        "work_mem": f"{within(4, megabytes // 750, 32)}MB",
        "maintenance_work_mem": f"{within(32, megabytes // 24, 1024)}MB",
        "max_wal_size": "4GB" if megabytes >= 8000 else "1GB",
    }


def server_settings(*, fast: bool) -> dict[str, str]:
    """Return the settings written at each start.

    `fast` gives up durability: for tests and nothing else.
    """
    settings = {
        "unix_socket_directories": "''",
        "max_connections": "100",
        "password_encryption": "scram-sha-256",
        "timezone": "'UTC'",
        "random_page_cost": "1.1",
        "jit": "off",
        "logging_collector": "on",
        "log_directory": "'log'",
        "log_filename": "'postgresql-%a.log'",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        # A statement or a DETAIL line can hold a person's name or number; a log must not.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    settings |= memory_settings(machine_memory())
    shared = Path("/dev/shm")  # noqa: S108 - asked for its size only
    if not shared.is_dir() or shutil.disk_usage(shared).total < 256 * MEGABYTE:
        settings["dynamic_shared_memory_type"] = "mmap"
    if fast:
        settings |= {
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "wal_level": "minimal",
            "max_wal_senders": "0",
        }
    return settings
