"""What Prometheus asks about: requests, times, batches, labels; never texts."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """Counters of one service, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "hf_toxspan_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "hf_toxspan_request_seconds",
            "From a request's head to the end of its answer.",
            ("route",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.in_flight = Gauge("hf_toxspan_requests_in_flight", "Requests not yet answered.", registry=self.registry)
        self.queued = Gauge("hf_toxspan_queued_texts", "Texts that wait for the model.", registry=self.registry)
        self.batches = Histogram(
            "hf_toxspan_batch_texts",
            "Texts that went through together.",
            buckets=SIZES,
            registry=self.registry,
        )
        self.texts = Counter("hf_toxspan_texts", "Texts answered, by label.", ("label",), registry=self.registry)
        self.ready = Gauge("hf_toxspan_ready", "1 while texts are taken.", registry=self.registry)

    def watch(self, queued: Callable[[], float], ready: Callable[[], bool]) -> None:
        """Say where the gauges look.

        Args:
            queued: How many texts wait.
            ready: Whether texts are taken.
        """
        self.queued.set_function(queued)
        self.ready.set_function(lambda: float(ready()))

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request that was answered.

        Args:
            route: Its route as it is written in the documentation; never the path that a client sent.
            method: Its method.
            status: Of the answer.
            seconds: How long it took.
        """
        self.requests.labels(route, method, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def page(self) -> bytes:
        """Return all numbers in Prometheus' text format."""
        return generate_latest(self.registry)
