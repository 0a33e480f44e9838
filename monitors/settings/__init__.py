"""What a team sets: one ``kuula.toml`` and, for secrets, the environment.

``load`` finds the file, adds the secrets, checks everything and either gives ``Settings`` or raises ``SettingsErrors``
with every mistake at once, each with its line and its remedy. Nothing here shows a secret when it is printed.
"""

from monitors.settings.loading import SettingsErrors, load, validate
from monitors.settings.root import Settings
from monitors.settings.rota_sections import BusinessHours, Escalation, RotaConfig
from monitors.settings.sections import (
    EMBEDDED_URL,
    Brand,
    Budget,
    ChannelConfig,
    Denominator,
    Index,
    Language,
    Ledger,
    Media,
    Models,
    Pages,
    Person,
    Promises,
    Retention,
    Role,
    SentimentModel,
    SourceConfig,
)

__all__ = [
    "EMBEDDED_URL",
    "Brand",
    "Budget",
    "BusinessHours",
    "ChannelConfig",
    "Denominator",
    "Escalation",
    "Index",
    "Language",
    "Ledger",
    "Media",
    "Models",
    "Pages",
    "Person",
    "Promises",
    "Retention",
    "Role",
    "RotaConfig",
    "SentimentModel",
    "Settings",
    "SettingsErrors",
    "SourceConfig",
    "load",
    "validate",
]
