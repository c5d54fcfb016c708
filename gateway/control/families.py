"""Metric families as Prometheus wants them, out of plain rows: label values to a number."""

from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from gateway.ledger.snapshot import HistogramSnapshot

Rows = Mapping[Any, float]


def keyed(counts: Mapping[str, float]) -> Rows:
    return {(name,): count for name, count in counts.items()}


def counter(name: str, help_: str, labels: tuple[str, ...], rows: Rows) -> Metric:
    metric = CounterMetricFamily(name, help_, labels=labels)
    for values, count in sorted(rows.items()):
        metric.add_metric(values, count)
    return metric


def gauge(name: str, help_: str, labels: tuple[str, ...], rows: Rows) -> Metric:
    metric = GaugeMetricFamily(name, help_, labels=labels)
    for values, count in sorted(rows.items()):
        metric.add_metric(values, count)
    return metric


def histogram(name: str, help_: str, found: HistogramSnapshot) -> Metric:
    bounds = [*(f"{bound:g}" for bound in found["bounds"]), "+Inf"]
    buckets = list(zip(bounds, accumulate(found["counts"]), strict=True))
    return HistogramMetricFamily(name, help_, buckets=buckets, sum_value=found["sum"])
