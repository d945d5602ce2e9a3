"""The servers that a page starts, in processes of their own, at ports that are free here."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence

from tests.chat_servers import environment

SERVERS = {"serve": "8000", "demo": "7860"}
"""Commands that go on until they are stopped, and the ports that they take unless told."""

_CODE = "import sys; from hf_toxspan.cli.main import main; sys.exit(main())"


class Servers:
    """Processes by the port that the page names."""

    def __init__(self) -> None:
        self.ports: dict[str, int] = {}
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, words: Sequence[str], *, patience: float = 600) -> None:
        """Start a server and wait until it answers.

        Raises:
            RuntimeError: If it ends, or does not answer in time.
        """
        named = words[words.index("--port") + 1] if "--port" in words else SERVERS[words[0]]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        own = [*words, "--port", str(port)]
        process = subprocess.Popen(
            [sys.executable, "-c", _CODE, *own], env=environment(OMP_NUM_THREADS="1"), stderr=subprocess.DEVNULL
        )
        self.processes.append(process)
        self.ports[named] = port
        path = "/readyz" if words[0] == "serve" else "/"
        deadline = time.monotonic() + patience
        while not _answers(f"http://127.0.0.1:{port}{path}"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"hf-toxspan {' '.join(words)} does not answer")
            time.sleep(0.2)

    def moved(self, text: str) -> str:
        """Return a text with the ports that the page names replaced by those that are used."""
        for named, port in self.ports.items():
            text = text.replace(f"127.0.0.1:{named}", f"127.0.0.1:{port}")
        return text

    def stop(self) -> None:
        """End all of them."""
        for process in self.processes:
            process.terminate()
            process.wait(timeout=60)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except OSError:
        return False
    return True
