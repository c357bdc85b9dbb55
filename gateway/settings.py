"""The settings, all from environment variables that start with `GATEWAY_`."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.events.targets import parse_allowed
from core.text.clock import parse_duration
from gateway.server import addresses
from gateway.server.cross_origin import parse_origins

_VISIBLE = r"^[!-~]+$"  # what a header can contain
_MIN_SIMILARITY = 0.85  # of a variable's name and a setting's, from which a typing error is assumed


class Settings(BaseSettings):
    """The settings of an installation. The variable of each is its name in upper case after `GATEWAY_`."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", env_ignore_empty=True, frozen=True)

    database_url: str = Field(
        "sqlite:///data/gateway.db",
        description="URL of the register: SQLite, or PostgreSQL as libpq takes it, with several hosts too.",
    )
    database_replica_url: str | None = Field(
        None, description="PostgreSQL URL of a streaming replica of the register, which then answers reads."
    )
    database_replica_alone: bool = Field(
        False,
        description="While the primary does not answer, answer reads from the replica alone. It shows what it has "
        "received, which is every acknowledged write if it is a synchronous replica.",
    )
    migrate: Literal["auto", "never"] = Field(
        "auto",
        description="Whether commands and servers bring the register to their schema; with `never`, only "
        "`gateway db upgrade` does.",
    )
    storage_url: str = Field("data/documents", description="Folder, or s3://, gs:// or az:// URL, of the documents.")
    public_url: str = Field(
        "http://127.0.0.1:8000", description="Where clients reach the gateway; links start with it."
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins whose pages may call the dialects from a browser, comma-separated, or * for any."
    )
    trusted_proxies: str = Field(
        "", description="Addresses and networks of the proxies whose X-Forwarded-For is trusted, comma-separated."
    )
    hash_salt: str = Field("", description="Salt of /api/v1's hashed ids. Changing it changes every id.")
    hash_length: int = Field(10, ge=0, le=64, description="Minimum length of hashed ids.")
    max_body_bytes: int = Field(2 * 1024 * 1024, ge=1024, description="Largest JSON or form body, without files.")
    max_upload_bytes: int = Field(100 * 1024 * 1024, ge=1024, description="Largest upload request.")
    api_deprecated_at: datetime | None = Field(
        None, description="Since when /api is deprecated (ISO 8601, by default UTC); its answers announce it."
    )
    api_sunset_at: datetime | None = Field(
        None, description="When /api is planned to end. Its answers announce it; it is not switched off by itself."
    )
    api_successor_url: str = Field(
        "", description="URL of what replaces /api; by default the OpenAPI document of /api/v1."
    )
    api_deprecation_url: str = Field("", description="A page about the end of /api, for people.")
    database_wait_seconds: float = Field(
        10.0, gt=0, description="How long a request waits for a locked database before it is refused with 503."
    )
    rate_limit: int = Field(0, ge=0, description="How many requests a minute each API key may make, 0 for any number.")
    session_hours: float = Field(12.0, gt=0, le=24 * 30, description="How long a sign-in on the bridge page lasts.")
    access_log: bool = Field(True, description="Whether every request gets a line on standard output.")
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="How logs are written; `auto` is text on a terminal and JSON elsewhere."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The lowest level of events that standard error shows."
    )
    usage_days: int = Field(
        400, ge=0, description="For how many days it is recorded which key calls what; 0 for no record."
    )
    metrics_token: str | None = Field(
        None, pattern=_VISIBLE, description="Bearer token that /metrics requires; without one the page is closed."
    )
    metrics_companies: int = Field(
        0,
        ge=0,
        le=1000,
        description="How many companies /metrics shows separately, all others together; 0 for none.",
    )
    metrics_folder: str | None = Field(
        None, description="Folder that the workers of one instance share for /metrics; `gateway serve` makes one."
    )
    smtp_url: str | None = Field(
        None, description="smtp://user:password@host:port or smtps://…; without it mail waits in the outbox."
    )
    mail_from: str = Field("gateway@localhost", description="Sender of mail.")
    webhook_allow: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Hosts, addresses and networks, comma-separated, that webhooks of API callers may reach although "
        "they are on this machine or in a private network.",
    )
    webhook_delivery: bool = Field(
        True, description="Whether this process sends messages to subscribers. They wait while none does."
    )
    webhook_attempts: int = Field(
        10, ge=1, le=50, description="How often a message is sent to a subscriber before it is dead."
    )
    webhook_retry_seconds: float = Field(
        5.0, gt=0, description="Pause before a message is sent again; four times as long each time, at most 2 hours."
    )
    webhook_timeout_seconds: float = Field(15.0, gt=0, le=300, description="How long a subscriber may take to answer.")
    webhook_keep_days: float = Field(30.0, ge=0, description="How long messages are kept after they are delivered.")
    changes_keep_days: float = Field(
        30.0, gt=0, description="How long changes are kept for callers that ask for what has changed."
    )
    activities_keep_days: float = Field(
        0.0, ge=0, description="How long activities (who changed what) are kept; 0 for ever."
    )
    outbox_keep_days: float = Field(0.0, ge=0, description="How long mail is kept after it was sent; 0 for ever.")
    backup_folder: str | None = Field(
        None, description="Folder into which a running server writes backups of an SQLite register; unset: no backups."
    )
    backup_every: str = Field(
        "24h", pattern=r"^\d{1,5}[mhdw]$", description="How long after a backup the next one is made: 30m, 24h, 7d."
    )
    backup_keep: int = Field(14, ge=1, description="How many of these backups are kept; older ones are removed.")
    housekeeping_seconds: float = Field(5.0, gt=0, description="Pause between rounds of the background work.")

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, sender: str) -> str:
        if not re.search(r"[^@\s<>]@[^@\s<>]", sender):
            raise ValueError("must be an email address, such as crm@acme.example")
        return sender

    @property
    def backup_interval(self) -> int:
        """The time between two backups, in microseconds."""
        return parse_duration(self.backup_every)

    @field_validator("public_url")
    @classmethod
    def _base(cls, url: str) -> str:
        return addresses.base_url(url)

    @field_validator("api_successor_url", "api_deprecation_url")
    @classmethod
    def _absolute(cls, url: str) -> str:
        return addresses.absolute_url(url) if url else url

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, listed: str) -> str:
        return ",".join(addresses.networks(listed))

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _as_origins(cls, origins: str | tuple[str, ...]) -> tuple[str, ...]:
        return parse_origins(origins if isinstance(origins, str) else ",".join(origins))

    @field_validator("webhook_allow", mode="before")
    @classmethod
    def _as_targets(cls, allowed: str | tuple[str, ...]) -> tuple[str, ...]:
        return parse_allowed(allowed if isinstance(allowed, str) else ",".join(allowed))

    @field_validator("api_deprecated_at", "api_sunset_at")
    @classmethod
    def _in_utc(cls, timestamp: datetime | None) -> datetime | None:
        if timestamp is None:
            return None
        return timestamp.astimezone(UTC) if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)

    @field_validator("api_sunset_at")
    @classmethod
    def _not_before_deprecation(cls, sunset: datetime | None, info: ValidationInfo) -> datetime | None:
        deprecated = info.data.get("api_deprecated_at")
        if sunset is not None and deprecated is not None and sunset < deprecated:
            raise ValueError("must not be before GATEWAY_API_DEPRECATED_AT (RFC 9745, section 4)")
        return sunset


def mistyped(environment: Mapping[str, str]) -> dict[str, str]:
    """Return variables that are not settings but have nearly the name of one, each with that name."""
    known = {f"GATEWAY_{name}".upper() for name in Settings.model_fields}
    unknown = sorted(name for name in environment if name.upper().startswith("GATEWAY_") and name.upper() not in known)
    if not unknown:
        return {}
    from difflib import get_close_matches  # rarely needed

    nearest = {name: get_close_matches(name.upper(), known, 1, _MIN_SIMILARITY) for name in unknown}
    return {name: near[0] for name, near in nearest.items() if near}
