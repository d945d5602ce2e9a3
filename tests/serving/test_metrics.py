"""Numbers for Prometheus."""

from hf_toxspan.serving.metrics import Metrics


def test_requests_are_counted_by_route_and_status() -> None:
    metrics = Metrics()
    metrics.count("/v1/extract", "POST", 200, 0.02)
    metrics.count("/v1/extract", "POST", 200, 0.3)
    metrics.count("/v1/extract", "POST", 429, 0.001)
    page = metrics.page().decode()
    assert 'hf_toxspan_requests_total{method="POST",route="/v1/extract",status="200"} 2.0' in page
    assert 'hf_toxspan_requests_total{method="POST",route="/v1/extract",status="429"} 1.0' in page
    assert 'hf_toxspan_request_seconds_bucket{le="0.025",route="/v1/extract"} 2.0' in page


def test_gauges_look_when_they_are_asked() -> None:
    metrics, queue = Metrics(), [1, 2]
    metrics.watch(lambda: len(queue), lambda: not queue)
    assert "hf_toxspan_queued_texts 2.0" in metrics.page().decode()
    queue.clear()
    assert "hf_toxspan_queued_texts 0.0" in metrics.page().decode()
    assert "hf_toxspan_ready 1.0" in metrics.page().decode()


def test_two_services_do_not_share_numbers() -> None:
    first, second = Metrics(), Metrics()
    first.texts.labels("toxic").inc()
    assert 'label="toxic"' not in second.page().decode()


def test_a_label_can_not_break_the_format() -> None:
    metrics = Metrics()
    metrics.texts.labels('a"b\nc').inc()
    assert 'label="a\\"b\\nc"' in metrics.page().decode()
