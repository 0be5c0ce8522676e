"""What OCPP 2.1 adds, as unions: orders, their outcomes, and answers of ours."""

from chargewright.domain.answered import Answered
from chargewright.domain.battery_swap import RequestSwap
from chargewright.domain.bidirectional import AllowModes, SendFrequencySignal
from chargewright.domain.der import ClearDer, DerAnswered, SetDer
from chargewright.domain.dynamic_profile import PulledAnswer, UpdateDynamicProfile
from chargewright.domain.event_stream import AdjustStream, AskStreams, StreamOpenedAnswer, StreamsTold
from chargewright.domain.payment import SettlementAnswer, TellWebPayment, VatAnswer, WebPaymentTold
from chargewright.domain.priority_charging import UsePriority
from chargewright.domain.station_tariff import (
    AskTariffs,
    ChangeTariff,
    ClearTariffs,
    SetDefaultTariff,
    TariffsCleared,
    TariffsTold,
)

__all__ = ["AddedAnswer", "AddedCommand", "AddedResult"]

AddedCommand = (
    UpdateDynamicProfile
    | UsePriority
    | SetDer
    | ClearDer
    | AdjustStream
    | AskStreams
    | RequestSwap
    | AllowModes
    | SendFrequencySignal
    | TellWebPayment
    | SetDefaultTariff
    | ChangeTariff
    | AskTariffs
    | ClearTariffs
)
AddedResult = Answered | DerAnswered | StreamsTold | WebPaymentTold | TariffsTold | TariffsCleared
AddedAnswer = PulledAnswer | StreamOpenedAnswer | SettlementAnswer | VatAnswer
