"""Something done at the same moment on a connection of its own."""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

from portal.database.context import acting


class Beside(threading.Thread):
    """Does one thing on its own connection and keeps what went wrong."""

    def __init__(self, do: Callable[[], Any]) -> None:
        super().__init__()
        self.do = do
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            with acting(command="beside"):
                self.do()
        except BaseException as error:  # noqa: BLE001  (the test asks for it)
            self.error = error
        finally:
            connection.close()

    def until_it_waits(self, seconds: float = 20) -> bool:
        """Say, once it is so, that some connection waits for a lock: False where none ever does."""
        ends = time.monotonic() + seconds
        while self.is_alive() and time.monotonic() < ends:
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone()[0]:
                    return True
            time.sleep(0.05)
        return False
