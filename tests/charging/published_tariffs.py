"""Tariffs as utilities published them, read from ../shared/data and turned into the plain form."""

import json
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from chargewright.charging.tariff import EnergyTariff, read_tariff

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "tariffs"
WEEK = {
    "WEEKDAYS": ["mon", "tue", "wed", "thu", "fri"],
    "WEEKENDS": ["sat", "sun"],
    "ALL": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
}


def published(name: str) -> dict[str, Any]:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{path.name} is not there: ../shared/data/tariffs")
    return json.loads(path.read_text())


def day(text: str) -> str:
    month, number = text.split("-")
    return f"{int(month):02d}-{int(number):02d}"


def of_schedule(raw: dict[str, Any], time_zone: str = "America/Los_Angeles") -> EnergyTariff:
    """A Californian schedule: rows by season and kind of day, hour starts as fractions of a day's hours."""
    rows = raw["schedule"]
    seasons = {(row["effective_start"], row["effective_end"]): row for row in rows}
    return read_tariff(
        {
            "name": raw["name"],
            "currency": "USD",
            "time_zone": time_zone,
            "prices_by_hour": [
                {
                    "name": row["id"],
                    "first_day": day(row["effective_start"]),
                    "last_day": day(row["effective_end"]),
                    "weekdays": WEEK[row["dow_mask"]],
                    "hours": [
                        {"time_from": time(int(at), round(at % 1 * 60)), "price_per_kwh": price}
                        for at, price in zip(row["times"], row["tariffs"], strict=True)
                    ],
                }
                for row in rows
            ],
            "demand": [
                {
                    "name": f"facilities {row['id'].split('-')[0].lower()}",
                    "per_kw": row["demand_charge"],
                    "first_day": day(row["effective_start"]),
                    "last_day": day(row["effective_end"]),
                }
                for row in seasons.values()
            ],
        }
    )


def german(sheet: dict[str, Any], windows: dict[str, Any], *, level: str, hours: str) -> EnergyTariff:
    """A German grid fee for a metered customer: a capacity charge for the year, and one price a kWh.

    The peak load windows are a second charge of 0 per kW, so that the power inside them is told too.
    """
    operator = sheet["default_grid_operator"]
    fee = operator["grid_fee"]["RLM"][hours]
    kwh = fee["commodity_charge_ct/kWh"][level] + operator["power_procurement"]["charge"]
    seasons = [season for season in windows["default_grid_operator"].values() if season["windows"].get(level)]
    return read_tariff(
        {
            "name": f"{level} {hours}",
            "currency": "EUR",
            "time_zone": "Europe/Berlin",
            "prices_by_hour": [{"hours": [{"time_from": time(0), "price_per_kwh": kwh / 100}]}],
            "demand": [
                {
                    "name": "capacity",
                    "per_kw": fee["capacity_charge_EUR/kW*a"][level],
                    "period": "year",
                },
                *(
                    {
                        "name": f"peak load window {season['start'][5:]}",
                        "per_kw": 0.0,
                        "period": "year",
                        "first_day": season["start"][5:],
                        "last_day": season["end"][5:],
                        "weekdays": WEEK["WEEKDAYS"],
                        "windows": [
                            {"time_from": time.fromisoformat(a), "time_until": time.fromisoformat(b)}
                            for a, b in season["windows"][level]
                        ],
                    }
                    for season in seasons
                ),
            ],
        }
    )
