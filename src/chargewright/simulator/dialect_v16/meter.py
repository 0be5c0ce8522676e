"""Readings in the words of OCPP 1.6 (section 7.33, 7.43)."""

from collections.abc import Collection
from typing import Final

from chargewright.ocpp.v16 import messages as v16
from chargewright.simulator import said

__all__ = ["MEASURANDS", "meter_value", "stop_value"]

_PHASES: Final[tuple[v16.PhaseEnum, ...]] = ("L1", "L2", "L3")
_LINE_TO_NEUTRAL: Final[tuple[v16.PhaseEnum, ...]] = ("L1-N", "L2-N", "L3-N")
MEASURANDS: Final = (
    "Energy.Active.Import.Register",
    "Power.Active.Import",
    "Current.Import",
    "Voltage",
)


def meter_value(reading: said.Reading, sampled: Collection[str]) -> v16.MeterValue:
    values: list[v16.SampledValue] = []
    context = reading.context
    if "Energy.Active.Import.Register" in sampled:
        values.append(
            v16.SampledValue(
                value=str(int(reading.register_wh)),
                context=context,
                measurand="Energy.Active.Import.Register",
                unit="Wh",
            )
        )
    if "Power.Active.Import" in sampled:
        values.append(
            v16.SampledValue(
                value=f"{reading.power_w:.1f}", context=context, measurand="Power.Active.Import", unit="W"
            )
        )
    if "Current.Import" in sampled:
        values += [
            v16.SampledValue(
                value=f"{current_a:.2f}",
                context=context,
                measurand="Current.Import",
                phase=phase,
                unit="A",
            )
            for current_a, phase in zip(reading.currents_a, _PHASES, strict=False)
        ]
    if "Voltage" in sampled:
        values += [
            v16.SampledValue(
                value=f"{reading.voltage_v:.1f}",
                context=context,
                measurand="Voltage",
                phase=phase,
                unit="V",
            )
            for _, phase in zip(reading.currents_a, _LINE_TO_NEUTRAL, strict=False)
        ]
    return v16.MeterValue(timestamp=reading.at, sampled_value=values)


def stop_value(reading: said.Reading) -> v16.StopTransactionMeterValue:
    return v16.StopTransactionMeterValue(
        timestamp=reading.at,
        sampled_value=[
            v16.StopTransactionSampledValue(
                value=str(int(reading.register_wh)),
                context=reading.context,
                measurand="Energy.Active.Import.Register",
                unit="Wh",
            )
        ],
    )
