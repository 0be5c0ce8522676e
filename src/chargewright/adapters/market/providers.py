"""All providers, by their names."""

from collections.abc import Mapping
from pathlib import Path

from chargewright.adapters.market.carbon import CarbonIntensityGb, ElectricityMaps
from chargewright.adapters.market.energi_data import EnergiDataCarbon, EnergiDataPrices
from chargewright.adapters.market.entsoe import Entsoe
from chargewright.adapters.market.files import MarketFiles
from chargewright.adapters.market.prices import Awattar, EnergyCharts
from chargewright.csms.market import MarketProvider

__all__ = ["providers"]


def providers(
    *, folder: Path | None = None, entsoe_token: str | None = None, electricity_maps_token: str | None = None
) -> Mapping[str, MarketProvider]:
    """Every provider; one that lacks its key or its folder says so when it is asked."""
    known: tuple[MarketProvider, ...] = (
        Awattar(),
        EnergyCharts(),
        Entsoe(entsoe_token),
        EnergiDataPrices(),
        MarketFiles(folder, "price"),
        CarbonIntensityGb(),
        EnergiDataCarbon(),
        ElectricityMaps(electricity_maps_token),
        MarketFiles(folder, "carbon"),
    )
    return {provider.name: provider for provider in known}
