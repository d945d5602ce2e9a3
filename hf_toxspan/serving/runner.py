"""Running the service: a socket, uvicorn, and an end in good order."""

import asyncio
import gc
import ipaddress
import logging
import socket
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

import uvicorn

from hf_toxspan.serving.app import create_app
from hf_toxspan.serving.service import Service
from hf_toxspan.serving.settings import LOOPBACK, Settings

LOG = logging.getLogger("hf_toxspan.serving")
SWITCH_SECONDS = 0.0005
"""How long the event loop and the worker may keep the interpreter from each other. By default ten times as long: each
tensor operation of a batch would wait so long for its turn while requests are read (measured; see the benchmarks)."""
BACKLOG = 1024
"""Connections that the system may hold before they are accepted (ours)."""
AFTER_GRACE = 5
"""Seconds that uvicorn waits beyond the time of grace, so that those who can't be served get their 503."""


class Server(uvicorn.Server):
    """Uvicorn that drains its service before it closes connections, and cuts off those that never finish a head.

    Args:
        config: Uvicorn's.
        service: The service that it serves.
    """

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self.service = service
        self._quiet_since: dict[Any, tuple[Any, float]] = {}

    async def on_tick(self, counter: int) -> bool:
        """Look after connections once a second."""
        if counter % 10 == 0:
            self._cut_off(time.monotonic())
        return await super().on_tick(counter)

    async def shutdown(self, sockets: Any = None) -> None:
        """Accept no more, let the service finish what it has, then close."""
        drain = asyncio.create_task(self.service.stop())
        await super().shutdown(sockets)
        await drain
        self._captured_signals.clear()  # else uvicorn would raise them again: an end in good order is no failure

    def _cut_off(self, now: float) -> None:
        """Close connections that have been between two requests, or in the head of one, for too long."""
        known, self._quiet_since = self._quiet_since, {}
        for connection in self.server_state.connections:
            cycle = getattr(connection, "cycle", None)
            if cycle is not None and not cycle.response_complete:
                continue
            before, since = known.get(connection, (cycle, now))
            since = since if before is cycle else now
            if now - since > self.service.settings.limits.header_seconds:
                connection.transport.abort()
            else:
                self._quiet_since[connection] = (cycle, since)


def is_loopback(host: str) -> bool:
    """Tell whether nobody but this machine reaches an address.

    Args:
        host: A name or an address.

    Returns:
        Whether it is one of loopback.
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def hosts_of(host: str, allowed: Iterable[str], public_url: str | None) -> frozenset[str]:
    """Return the names that a service goes by: on loopback only these; elsewhere any, unless some are allowed.

    Args:
        host: Where it listens.
        allowed: Names that were given.
        public_url: Address that clients know it by, or None.

    Returns:
        Names in lower case; none: any.
    """
    named = {name.lower() for name in allowed}
    if not named and not is_loopback(host):
        return frozenset()
    public = (urlsplit(public_url).hostname or "") if public_url else host
    return LOOPBACK | named | {host.lower(), public.lower()}


def listen(host: str, port: int) -> socket.socket:
    """Open the socket: a port that can't be had is an error before anything is loaded.

    Args:
        host: Where to listen.
        port: Which port; 0: any that is free.

    Returns:
        A socket that listens.

    Raises:
        OSError: If it can't be had.
    """
    family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    return socket.create_server(place[:2], family=family, backlog=BACKLOG)


def address(listener: socket.socket) -> str:
    """Return the address of a listening socket as a URL.

    Args:
        listener: The socket.

    Returns:
        The URL.
    """
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def build_server(service: Service, *, host: str, port: int) -> Server:
    """Return the server of a service.

    Args:
        service: The service.
        host: Where to listen.
        port: Which port; 0: any that is free.

    Returns:
        The server; its ``run()`` returns when it was asked to end.
    """
    limits = service.settings.limits
    config = uvicorn.Config(
        create_app(service),
        host=host,
        port=port,
        access_log=False,  # it would print query strings, and with them keys
        log_config=None,
        server_header=False,
        proxy_headers=False,
        ws="none",
        http="h11",  # also where another parser is installed: limits and tests are of this one
        lifespan="on",
        limit_concurrency=limits.connections,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=int(limits.grace_seconds) + AFTER_GRACE,
        h11_max_incomplete_event_size=16_384,
    )
    return Server(config, service)


def run_service(load: Callable[[], Any], settings: Settings, *, host: str, port: int) -> None:
    """Serve until the process is asked to end.

    Args:
        load: Loads the pipeline.
        settings: How the service is run.
        host: Where to listen.
        port: Which port; 0: any that is free.

    Raises:
        Exception: What `load` raised.
        OSError: If the port can't be had.
    """
    ending: list[Server] = []

    def end() -> None:
        ending[0].should_exit = True

    def load_to_stay() -> Any:
        pipe = load()
        gc.collect()
        gc.freeze()  # a collection that walks through all that was loaded would hold up every request
        return pipe

    service = Service(load_to_stay, settings, failed=end)
    server = build_server(service, host=host, port=port)
    ending.append(server)
    sys.setswitchinterval(SWITCH_SECONDS)
    with listen(host, port) as listener:
        LOG.info("listening on %s", address(listener))
        server.run([listener])
    if service.failure is not None:
        raise service.failure
