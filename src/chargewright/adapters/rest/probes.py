"""Is it alive, is it ready, and how is it doing (Prometheus)."""

import asyncio
from collections.abc import Iterable

from litestar import Router, get
from litestar.response import Response
from msgspec import Struct
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from chargewright.adapters.rest.event_log import EventLog
from chargewright.adapters.rest.security import OPEN
from chargewright.adapters.rest.services import RestServices, Services
from chargewright.errors import StoreUnavailable

__all__ = ["Health", "Metrics", "live", "ready", "router"]

READY_WITHIN_S = 5.0
"""A store that needs longer for one commit is not ready: stations give up after 30 s."""

PROMETHEUS = "text/plain; version=0.0.4"


class Health(Struct, kw_only=True):
    status: str
    detail: str = ""
    durability: str = ""
    """What an acknowledgement is worth here."""


class Metrics(Collector):
    """Reads the services whenever it is scraped."""

    def __init__(self, services: RestServices, log: EventLog) -> None:
        self._services = services
        self._log = log

    def collect(self) -> Iterable[Metric]:
        services = self._services
        counters = services.counters
        yield _counter("calls_received", "Calls from stations", counters.received)
        yield _counter("calls_answered", "Calls from stations that were answered", counters.answered)
        yield _counter(
            "calls_refused", "Calls from stations that were answered with an error", counters.refused
        )
        yield _counter("deviations", "Rules of OCPP that stations broke", counters.deviations)
        borne = CounterMetricFamily(
            "chargewright_deviations_borne", "Deviations that a switch bore", labels=["station", "switch"]
        )
        for (station_id, switch), count in services.compatibility.uses.items():
            borne.add_metric([station_id, switch], count)
        yield borne
        yield _gauge("stations", "Stations that are known", len(services.provisioning.stations()))
        yield _gauge("stations_connected", "Stations that are connected", len(services.links.all()))
        yield _gauge("transactions_open", "Transactions that are running", len(services.transactions.open()))
        yield _gauge("store_full", "1 while stations have to wait for the store", int(services.store.full))
        yield _gauge("event_clients", "Clients that follow the events", self._log.clients)
        if services.durability is not None:
            commit_s = services.durability.commit_ms / 1000
            yield _gauge("store_commit_seconds", "One commit, measured at the start", commit_s)
        enforced = GaugeMetricFamily(
            "chargewright_site_enforced", "1 where the limits hold whatever stations do", labels=["site"]
        )
        plans = CounterMetricFamily("chargewright_plans", "Plans that were made", labels=["site"])
        for control in services.sites.all():
            enforced.add_metric([control.record.id], int(control.enforced))
            plans.add_metric([control.record.id], control.plans_made)
        yield enforced
        yield plans


def _counter(name: str, text: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"chargewright_{name}", text, value=value)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"chargewright_{name}", text, value=value)


@get(["/health/live", "/api/v1/health/live"], opt=OPEN, summary="The process answers")
async def live() -> Health:
    return Health(status="ok")


@get(["/health/ready", "/api/v1/health/ready"], opt=OPEN, summary="Something can be made durable")
async def ready(services: Services) -> Response[Health]:
    grade = "" if services.durability is None else services.durability.grade
    try:
        await asyncio.wait_for(services.store.commit(lambda _: None), READY_WITHIN_S)
    except StoreUnavailable as why:
        return Response(Health(status="unavailable", detail=str(why), durability=grade), status_code=503)
    except TimeoutError:
        detail = f"a commit takes more than {READY_WITHIN_S:g} s"
        return Response(Health(status="unavailable", detail=detail, durability=grade), status_code=503)
    return Response(Health(status="ok", durability=grade))


def router(services: RestServices, log: EventLog) -> Router:
    """Probes, open to everybody."""
    registry = CollectorRegistry()
    registry.register(Metrics(services, log))

    @get(["/metrics", "/api/v1/metrics"], opt=OPEN, media_type="text/plain", summary="Figures for Prometheus")
    async def metrics() -> Response[bytes]:
        return Response(generate_latest(registry), media_type=PROMETHEUS)

    return Router("/", route_handlers=[live, ready, metrics])
