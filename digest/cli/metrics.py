"""/metrics: the same figures as `status`, for Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from digest.cli.health import look

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from digest.settings import Settings
    from digest.store.store import Store


def exposition(store: Store, given: Settings, now: datetime) -> bytes:
    """All figures as text. Raises ModuleNotFoundError without the extra `metrics`."""
    from prometheus_client import CollectorRegistry, generate_latest

    class Figures:
        def collect(self) -> Iterator[Metric]:
            return figures(store, given, now)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures())  # anything with `collect` will do
    return generate_latest(registry)


def figures(store: Store, given: Settings, now: datetime) -> Iterator[Metric]:
    """One family of figures after the other."""
    from collections import Counter

    from prometheus_client.core import GaugeMetricFamily

    from digest import when

    seen = look(store, given, now)
    today = store.deliveries.tally(when.local_date(now, given.timezone))
    people = Counter(each.subscription.state for each in store.subscribers.all())
    yield _by("digest_deliveries", "Digests of today's date, by state.", "state", {state.value: n for state, n in today.items()})
    yield _by("digest_queue", "Mails that will still move by themselves, by state.", "state", seen["queue"])
    yield _by("digest_subscribers", "Subscribers, by state.", "state", {state.value: n for state, n in people.items()})
    yield GaugeMetricFamily("digest_papers", "Papers in the store.", value=store.papers.count())
    yield GaugeMetricFamily("digest_healthy", "1 as long as nothing is out of order.", value=float(not seen["grave"]))
    if seen["disk_free"] is not None:
        yield GaugeMetricFamily("digest_disk_free_bytes", "Room left on the disk of the store.", value=seen["disk_free"])
    yield from _sources(store)
    yield from _jobs(seen["daemon"])


def _sources(store: Store) -> Iterator[Metric]:
    health = store.fetches.health()
    good = {each.source: each.last_good.timestamp() for each in health if each.last_good}
    yield _by("digest_source_last_success_timestamp_seconds", "When a source was last read well.", "source", good)
    yield _by("digest_source_failures", "Failures since then.", "source", {each.source: each.failures for each in health})


def _jobs(daemon: dict[str, Any] | None) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    if daemon is None:
        return
    beat = datetime.fromisoformat(daemon["at"]).timestamp()
    yield GaugeMetricFamily("digest_daemon_last_beat_timestamp_seconds", "When the daemon last left word.", value=beat)
    for name, said, text in (("runs", "runs", "Calls of a job"), ("errors", "errors", "Calls of a job that failed")):
        family = CounterMetricFamily(f"digest_job_{name}", f"{text} since the daemon began.", labels=["job"])
        for job, row in daemon["jobs"].items():
            family.add_metric([job], row[said])
        yield family
    good = {job: datetime.fromisoformat(row["last_good"]).timestamp() for job, row in daemon["jobs"].items() if row["last_good"]}
    yield _by("digest_job_last_success_timestamp_seconds", "When a job last went well.", "job", good)


def _by(name: str, text: str, label: str, values: dict[str, Any]) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family
