"""All settings together: ``Settings`` is what the rest of the house is given."""

from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr, SecretStr, model_validator

from models.accounts import parted
from models.decision import Policy
from models.denominator import Against
from monitors.settings.answers_sections import Answers
from monitors.settings.hook_sections import Api, Hook
from monitors.settings.message_sections import Messages
from monitors.settings.playbook_sections import Costs, Playbook
from monitors.settings.reply_sections import Replies
from monitors.settings.rota_sections import BusinessHours, Escalation, RotaConfig
from monitors.settings.secrecy import mask, secrets_in
from monitors.settings.sections import (
    Brand,
    ChannelConfig,
    Index,
    Ledger,
    Media,
    Models,
    Pages,
    Person,
    Promises,
    Retention,
    Section,
    Shifts,
    SourceConfig,
)
from monitors.settings.weekly_section import Weekly


def _section(kind: type[Section], description: str) -> Any:
    return Field(default_factory=lambda: kind.model_validate({}), description=description)


def _absolute(url: SecretStr, file: Path | None) -> SecretStr:
    path = url.get_secret_value().removeprefix("sqlite:///")
    if file is None or path == url.get_secret_value() or not path or path.startswith((":", "/", "file:")):
        return url
    return SecretStr(f"sqlite:///{file.parent / path}")


class Settings(Section):
    """All settings, checked."""

    ledger: Ledger = _section(Ledger, "Where the truth is kept.")
    index: Index = _section(Index, "Where posts are searched and drawn from.")
    brands: dict[str, Brand] = Field(default_factory=dict, description="Watched brands, a table each.")
    sources: dict[str, SourceConfig] = Field(default_factory=dict, description="Sources of posts, a table each.")
    channels: dict[str, ChannelConfig] = Field(default_factory=dict, description="Ways to reach people, a table each.")
    people: dict[str, Person] = Field(default_factory=dict, description="People who are alerted, a table each.")
    policy: Policy = Field(default_factory=Policy, description="When to alert, hold or drop.")
    escalation: Escalation = _section(Escalation, "Who is alerted, and who is next.")
    rota: RotaConfig = _section(RotaConfig, "Who is on duty when.")
    hours: BusinessHours = _section(BusinessHours, "When the team is there.")
    shifts: Shifts = _section(Shifts, "When shifts begin, and when a digest tells of alerts that were held.")
    weekly: Weekly = _section(Weekly, "The look back on the week.")
    answers: Answers = _section(Answers, "By when a customer must have an answer, and who writes it.")
    messages: Messages = _section(Messages, "How messages reach people.")
    promises: Promises = _section(Promises, "How promises to customers are timed.")
    replies: Replies = _section(Replies, "How answers to customers go out, and who agrees first.")
    media: Media = _section(Media, "Who counts as the press and as an authority.")
    playbook: Playbook = _section(Playbook, "What to do next, case by case.")
    costs: Costs = _section(Costs, "What answering and conceding cost.")
    retention: Retention = _section(Retention, "How long things are kept.")
    hooks: dict[str, Hook] = Field(default_factory=dict, description="Other systems that are told, a table each.")
    api: Api = _section(Api, "How other programs ask.")
    pages: Pages = _section(Pages, "Where the pages are served.")
    models: Models = _section(Models, "Which models score posts.")
    secret_key: SecretStr | None = Field(
        None, description="Signs sessions and links; absent: made at the first start and kept in the ledger. A secret."
    )
    _file: Path | None = PrivateAttr(default=None)

    @model_validator(mode="before")
    @classmethod
    def _name_kinds(cls, data: Any) -> Any:
        sources = data.get("sources") if isinstance(data, Mapping) else None
        if not isinstance(sources, Mapping):
            return data
        named = {name: {"kind": name, **one} if isinstance(one, Mapping) else one for name, one in sources.items()}
        return {**data, "sources": named}

    def at(self, file: Path | None) -> "Settings":
        """Give the settings as read from ``file``: relative SQLite addresses then start from its folder."""
        placed = self.model_copy(
            update={
                "ledger": Ledger(url=_absolute(self.ledger.url, file)),
                "index": Index(url=_absolute(self.index.url, file)),
            }
        )
        placed._file = file
        return placed

    @property
    def file(self) -> Path | None:
        """Where the settings were read from; None when they were made in code."""
        return self._file

    @property
    def home(self) -> Path:
        """The folder that relative paths in the settings start from."""
        return self._file.parent if self._file else Path.cwd()

    @property
    def escalation_order(self) -> list[str]:
        """The people to alert, first to last."""
        return self.escalation.order or [name for name, person in self.people.items() if person.role != "viewer"]

    @property
    def against(self) -> dict[str, Against]:
        """What each brand's complaints are counted against, where that is known."""
        known = {name: brand.denominator for name, brand in self.brands.items()}
        return {name: Against(one.what, one.per_day) for name, one in known.items() if one}

    def own_accounts(self, brand: str) -> tuple[str, ...]:
        """Our accounts, and those of a brand if it is watched; each is bound to no source or to one that there is."""
        named = [*self.policy.own_accounts, *(self.brands[brand].own_accounts if brand in self.brands else ())]
        return tuple(bound for account in named for bound in self._bound(account))

    def own_accounts_at(self, source: str) -> tuple[str, ...]:
        """Our accounts at a source, those of all brands included, as ``Conversation`` names them."""
        named = chain.from_iterable(map(self.own_accounts, ("", *self.brands)))
        return self.policy.with_own_accounts(tuple(named)).own_at(source)

    def _bound(self, account: str) -> list[str]:
        """The account at each source that it may mean: a source is meant rather than a kind of the same name."""
        source, name = parted(account)
        if not source or source in self.sources:
            return [account]
        return [f"{one}:{name}" for one, config in self.sources.items() if config.kind == source]

    def secrets(self) -> frozenset[str]:
        """Every secret that these settings hold, for those who keep secrets out of logs."""
        return frozenset(secrets_in(self.model_dump(mode="python")))

    def redacted(self) -> dict[str, Any]:
        """Everything as plain values that may be printed: secrets are masked, addresses keep all but their password."""
        plain: dict[str, Any] = mask(self.model_dump(mode="python", by_alias=True))
        return plain
