"""Builds what decides how stations are read: the registry of quirks and the compatibility report."""

from pathlib import Path

from chargewright.adapters.message_log.redaction import redacted
from chargewright.adapters.quirks.files import read_quirks
from chargewright.app.config import StationsConfig
from chargewright.csms.compatibility import Compatibility, read_switches
from chargewright.csms.control_services import ControlServices
from chargewright.csms.quirks import Quirks
from chargewright.csms.station_models import StationModels
from chargewright.domain.compatibility import Hint

__all__ = ["compatibility_of"]


def compatibility_of(
    config: StationsConfig, services: ControlServices, models: StationModels
) -> Compatibility:
    """Put it together, and have commissioning and verification mind what is known of a station's model.

    Raises:
        InvalidInput: a file of quirks or a setting makes no sense.

    """
    quirks = Quirks(read_quirks(None if config.quirks_folder is None else Path(config.quirks_folder)))
    compatibility = Compatibility(
        store=services.store,
        bus=services.bus,
        clock=services.clock,
        link_of=services.links.get,
        provisioning=services.provisioning,
        quirks=quirks,
        redacted=redacted,
        everywhere=read_switches(config.tolerated),
    )
    models.by_quirks = quirks.fitted
    services.installer.report_is_reliable = lambda station_id: (
        Hint.COMPOSITE_UNRELIABLE not in quirks.hints(services.provisioning.require(station_id))
    )
    return compatibility
