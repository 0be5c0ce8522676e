"""Settings: one frozen Struct from a TOML file, the environment and `*_FILE` secrets. Read once.

    chargewright.toml                      environment
    [stations]  port = 9000                CHARGEWRIGHT_STATIONS_PORT=9000
    [api]       token = "..."              CHARGEWRIGHT_API_TOKEN_FILE=/run/secrets/api-token

A key that nobody knows is an error: a misspelt limit must not be silently ignored.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Struct

from chargewright.errors import InvalidInput

__all__ = [
    "ApiConfig",
    "Config",
    "DatabaseConfig",
    "LogConfig",
    "MarketConfig",
    "PlanningConfig",
    "StationsConfig",
    "read_config",
]

_PREFIX = "CHARGEWRIGHT_"


class StationsConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """The port that stations connect to."""

    host: str = "127.0.0.1"
    port: int = 9000
    path_prefix: str = "/ocpp"
    unknown: Literal["refuse", "pending", "accept"] = "refuse"
    """What happens to a station that nobody entered."""
    heartbeat_interval_s: int = 300
    boot_retry_s: int = 60
    """After how long a station that was not accepted may boot again."""
    call_timeout_s: float = 30.0
    probe: Literal["on_demand", "new_models"] = "on_demand"
    """Whether the first station of a model is asked by itself what charging profiles it takes."""
    master_pass_group: str | None = None
    """Tokens of this group may stop any transaction (2.x MasterPassGroupId)."""
    cost_update_interval_s: float = 60.0
    """How often at most a station is told what a running transaction costs."""
    transaction_status_after_s: float = 15.0
    """How long a station of 2.x that came back may be silent about an open transaction before it is asked."""
    message_bytes_max: int = 65_536
    subprotocol_mismatch: Literal["reject", "spec"] = "reject"
    public_url: str | None = None
    """How stations reach this port for files, where it is not as they connected: `https://csms.example.org:9000`."""
    files_mib: int = 8192
    """Room for firmware, logs and diagnostics together; in a folder beside the database."""
    soap_port: int | None = None
    """Where stations of OCPP-S (SOAP 1.5 and 1.6) are listened to; none: nowhere."""
    soap_public_url: str | None = None
    """How stations reach that port, where it is not `http://HOST:SOAP_PORT/`."""
    tolerated: str = ""
    """Deviations that are borne of every station, by name, with commas between them; a minus before one: not borne."""
    quirks_folder: str | None = None
    """TOML files with what is known of models of stations, beside those that come with the package."""
    message_log: bool = True
    """Keep every frame, so that one can look up what was said; in a folder beside the database."""
    message_log_mib: int = 256
    message_log_days: float = 30.0
    certificate_file: str | None = None
    key_file: str | None = None
    second_certificate_file: str | None = None
    second_key_file: str | None = None
    """With the other type of key (one RSA, one ECDSA): which one is shown depends on what a station can."""
    client_ca_file: str | None = None
    """Whose certificates stations may show beside those of the built-in authority. With it, a station that has
    no password must show one."""
    plain_port: int | None = None
    """Without TLS, beside `port` with it: for stations of security profile 1."""
    authority_folder: str | None = None
    """Keys and certificates of the built-in authority. None: a folder beside the database."""
    organization: str | None = None
    """In certificates that are signed here; a request that names another one is refused."""
    certificate_days: int = 365
    contract_roots_file: str | None = None
    """Roots of mobility operators, PEM: whose contract certificates may be used (ISO 15118)."""
    contract_provider_url: str | None = None
    """Who answers cars that ask for a contract certificate."""
    ocsp_responders: str = ""
    """Host names that may be asked for the status of certificates, with commas between them."""


class ApiConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """The REST API and the console."""

    host: str = "127.0.0.1"
    port: int = 8080
    token: str | None = None
    """What clients send as `Authorization: Bearer ...`. None: a token is made at the first start and shown once."""


class DatabaseConfig(Struct, frozen=True, forbid_unknown_fields=True):
    path: str = "chargewright.db"


class MarketConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Where prices and carbon intensity come from."""

    folder: str | None = None
    """Files with prices or carbon intensity (providers `file` and `carbon_file`)."""
    entsoe_token: str | None = None
    """Security token of the ENTSO-E Transparency Platform (provider `entsoe`)."""
    electricity_maps_token: str | None = None
    """Key of Electricity Maps (provider `electricity_maps`)."""


class PlanningConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Where plans are made."""

    processes: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0
    """So many processes beside this one; 0: in threads of this one."""


class LogConfig(Struct, frozen=True, forbid_unknown_fields=True):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["console", "json"] = "console"


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    stations: StationsConfig = StationsConfig()
    api: ApiConfig = ApiConfig()
    database: DatabaseConfig = DatabaseConfig()
    market: MarketConfig = MarketConfig()
    planning: PlanningConfig = PlanningConfig()
    log: LogConfig = LogConfig()


def read_config(path: Path | None, environment: Mapping[str, str] = os.environ) -> Config:
    """Read the settings; the environment goes before the file.

    Raises:
        InvalidInput: the file cannot be read, or a setting makes no sense; says which.

    """
    raw: dict[str, dict[str, Any]] = {}
    if path is not None:
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as why:
            raise InvalidInput(str(why), where=str(path)) from why
    for section, kind in Config.__annotations__.items():
        for name in kind.__struct_fields__:
            value = _from_environment(f"{_PREFIX}{section}_{name}".upper(), environment)
            if value is not None:
                raw.setdefault(section, {})[name] = value
    try:
        return msgspec.convert(raw, Config, strict=False)
    except msgspec.ValidationError as why:
        raise InvalidInput(str(why), where="environment" if path is None else str(path)) from why


def _from_environment(name: str, environment: Mapping[str, str]) -> str | None:
    if f"{name}_FILE" in environment:
        file = Path(environment[f"{name}_FILE"])
        try:
            return file.read_text(encoding="utf-8").strip()
        except OSError as why:
            raise InvalidInput(str(why), where=f"{name}_FILE") from why
    return environment.get(name)
