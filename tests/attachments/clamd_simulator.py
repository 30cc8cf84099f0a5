"""SIMULATOR of a malware scanner: speaks clamd's INSTREAM over TCP and knows one test signature.

It is no scanner. Tests start it as a process of its own; the first line it prints is its port.
``--errs N`` makes the first N scans fail, ``--delays S`` makes each wait.
"""

import argparse
import socketserver
import struct
import time
from typing import Any

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
MOST = 26_214_400


class Simulator(socketserver.StreamRequestHandler):
    """One connection, one scan."""

    def handle(self) -> None:
        server: Any = self.server
        command = self._until(b"\0")
        if command == b"zPING":
            self.wfile.write(b"PONG\0")
            return
        if command != b"zINSTREAM":
            self.wfile.write(b"UNKNOWN COMMAND\0")
            return
        content = self._content()
        time.sleep(server.delays)
        if server.errs > 0:
            server.errs -= 1
            return  # hangs up without a word
        if content is None:
            self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
        elif EICAR in content:
            self.wfile.write(b"stream: Eicar-Signature FOUND\0")
        else:
            self.wfile.write(b"stream: OK\0")

    def _until(self, mark: bytes) -> bytes:
        said = b""
        while not said.endswith(mark):
            byte = self.rfile.read(1)
            if not byte:
                break
            said += byte
        return said.rstrip(mark)

    def _content(self) -> bytes | None:
        content = b""
        while True:
            (size,) = struct.unpack("!I", self.rfile.read(4))
            if size == 0:
                return content
            if len(content) + size > MOST:
                return None
            content += self.rfile.read(size)


class Server(socketserver.ThreadingTCPServer):
    """Listens on a free port of this machine."""

    allow_reuse_address = True
    daemon_threads = True
    errs = 0
    delays = 0.0


def main() -> None:
    reader = argparse.ArgumentParser()
    reader.add_argument("--errs", type=int, default=0)
    reader.add_argument("--delays", type=float, default=0)
    said = reader.parse_args()
    with Server(("127.0.0.1", 0), Simulator) as server:
        server.errs, server.delays = said.errs, said.delays
        print(server.server_address[1], flush=True)  # noqa: T201  (whoever started it reads it)
        server.serve_forever()


if __name__ == "__main__":
    main()
