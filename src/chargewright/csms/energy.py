"""The services that know what energy costs and what else is drawn, put together: one field of the wiring."""

from collections.abc import Mapping
from dataclasses import dataclass

from chargewright.clock import Clock
from chargewright.csms.energy_tariffs import EnergyTariffs
from chargewright.csms.expected_peak import ExpectedPeaks
from chargewright.csms.market import Market, MarketProvider
from chargewright.csms.ports import Bus, Store
from chargewright.csms.site_measurements import SiteMeasurements
from chargewright.csms.site_outlook import SiteOutlooks

__all__ = ["Energy", "energy_services"]


@dataclass(frozen=True, slots=True)
class Energy:
    """See the module of each."""

    tariffs: EnergyTariffs
    market: Market
    measurements: SiteMeasurements
    outlooks: SiteOutlooks

    async def start(self) -> None:
        """Take what is kept from the store: before the sites make plans."""
        await self.tariffs.start()
        await self.market.start()

    async def stop(self) -> None:
        self.outlooks.stop()
        await self.market.stop()


def energy_services(
    *, store: Store, bus: Bus, clock: Clock, providers: Mapping[str, MarketProvider]
) -> Energy:
    """Put them together; nothing is read or fetched yet."""
    market = Market(store=store, clock=clock, providers=providers)
    tariffs = EnergyTariffs(store=store, clock=clock)
    measurements = SiteMeasurements(store=store, clock=clock)
    outlooks = SiteOutlooks(
        clock=clock,
        bus=bus,
        market=market,
        tariffs=tariffs,
        measurements=measurements,
        peaks=ExpectedPeaks(store=store),
    )
    return Energy(tariffs, market, measurements, outlooks)
