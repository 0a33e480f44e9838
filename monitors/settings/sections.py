"""Each section of ``kuula.toml`` as a type: the names, the defaults and what they are for."""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from models.hours import DAYS, Hours
from models.pickup import AUTHORITIES, REGULATORS
from monitors.settings.local import Country, TimeZone, WallTime
from monitors.settings.mistakes import Correctable
from monitors.settings.secrecy import guard, reveal

Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Language: TypeAlias = Literal["et", "ru", "fi", "en"]
Role: TypeAlias = Literal["viewer", "support", "manager", "admin"]
EMBEDDED_URL = "sqlite:///.kuula/kuula.db"

# In minutes and in days. Longer times are slips of the hand, and the longest leave the calendar.
_WEEK, _CENTURY = 7 * 24 * 60, 36_525


Text: TypeAlias = Annotated[str, Field(min_length=1, pattern=r"\S")]


def _listed(domains: Sequence[str]) -> str:
    return ", ".join(f"`{domain}`" for domain in domains) + ", which are always known."


class Section(BaseModel):
    """A table of the file: unknown keys are mistakes, and values do not change after loading."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False, defer_build=True
    )


class Ledger(Section):
    """Where the truth is kept."""

    url: SecretStr = Field(
        SecretStr(EMBEDDED_URL),
        description="SQLAlchemy address of the ledger; SQLite on one machine, PostgreSQL in production.",
        examples=["postgresql+psycopg://kuula@db/kuula"],
    )


class Index(Section):
    """Where posts are searched and drawn from; it can be rebuilt from the ledger at any time."""

    url: SecretStr = Field(
        SecretStr(EMBEDDED_URL),
        description="Address of the index: an SQLite file, or the http(s) address of Elasticsearch.",
        examples=["https://search:9200"],
    )


class Denominator(Section):
    """What complaints are counted against, so that they are a rate."""

    what: Literal["orders", "deliveries", "customers"] = Field(
        description="What is counted: orders, deliveries or customers.", examples=["deliveries"]
    )
    per_day: int = Field(gt=0, description="How many of them on an ordinary day.", examples=[43000])


class Campaign(Section):
    """Something of our own that people will talk about."""

    name: Text = Field(description="What it is called, for those who read of it.", examples=["Black Friday"])
    begins: date = Field(alias="from", description="Its first day.", examples=[date(2026, 11, 27)])
    until: date = Field(description="Its last day.", examples=[date(2026, 11, 30)])

    @model_validator(mode="after")
    def _begins_first(self) -> "Campaign":
        if self.until < self.begins:
            raise Correctable("the campaign would end before it begins", "Make `from` the earlier day.")
        return self


class Brand(Section):
    """One watched brand, and everything that people call it."""

    names: list[Text] = Field(
        min_length=1,
        description="Every form of the name that people write, in any script; inflected forms are found by themselves.",
        examples=[["Omniva", "Омнива"]],
    )
    excluded: list[Text] = Field(
        default_factory=list,
        description="Words that mean something else with the same name: a post with one is not about the brand.",
        examples=[["omniva resort"]],
    )
    own_accounts: list[Text] = Field(
        default_factory=list,
        description="The brand's own accounts; what they write is an answer, never a complaint. `x:name` is one at"
        " the source of that name alone, or at those of that kind: better, as a stranger may have its name elsewhere."
        " Who writes in feeds is believed only so.",
        examples=[["omniva_eesti", "x:omniva"]],
    )
    denominator: Denominator | None = Field(
        None,
        description="Orders, deliveries or customers a day, to show complaints as a rate.",
        examples=[{"what": "deliveries", "per_day": 43000}],
    )
    timezone: TimeZone = Field(
        "Europe/Tallinn", description="Time zone (IANA name) of its customers: bursts compare the same hours of days."
    )
    countries: list[Country] = Field(
        default_factory=list,
        description="Countries (ISO 3166 codes) whose holidays explain that more is said of it than on other days.",
        examples=[["EE"]],
    )
    campaigns: list[Campaign] = Field(
        default_factory=list,
        description="Campaigns of its own, which explain the same; each may be a table, `[[brands.NAME.campaigns]]`.",
        examples=[[{"name": "Black Friday", "from": date(2026, 11, 27), "until": date(2026, 11, 30)}]],
    )


class Budget(Section):
    """The most that a source may use."""

    calls_per_hour: int | None = Field(None, gt=0, description="Calls to the source an hour; absent: no limit.")
    money_per_day: float | None = Field(
        None, ge=0, description="US dollars a day, by the source's own prices; absent: no limit."
    )


class SourceConfig(Section):
    """One source of posts. Keys that are not listed here are options of its kind, see ``kuula sources list``."""

    kind: Text = Field(description="Which sort of source it is; absent: the name of its table.", examples=["mastodon"])
    enabled: bool = Field(default=True, description="Whether it is collected at all.")
    every_seconds: int = Field(60, ge=1, le=86_400, description="How long to wait between two collections.")
    brands: list[Text] | None = Field(None, description="Collect for these brands only; absent: for all.")
    budget: Budget = Field(default_factory=lambda: Budget.model_validate({}), description="The most that it may use.")
    options: dict[str, Any] = Field(
        default_factory=dict, description="All other keys: options of the source's kind, secrets wrapped."
    )

    def revealed(self) -> dict[str, Any]:
        """Give the options with their secrets in clear, for the kind's own settings class and nothing else."""
        return {key: reveal(value) for key, value in self.options.items()}

    @model_validator(mode="before")
    @classmethod
    def _gather_options(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or not isinstance(data.get("options", {}), Mapping):
            return data
        own = {key: value for key, value in data.items() if key in cls.model_fields and key != "options"}
        rest = {key: value for key, value in data.items() if key not in cls.model_fields}
        return {**own, "options": guard("", {**data.get("options", {}), **rest})}


class ChannelConfig(Section):
    """One way to reach people."""

    kind: Literal["apprise", "log"] = Field(
        "apprise", description="`apprise` sends to its url; `log` writes to the program's own log."
    )
    url: SecretStr | None = Field(
        None,
        description="Apprise address (mail, Slack, Teams, Telegram and others). A secret: better in the environment.",
        examples=["mailtos://user:password@example.com"],
    )

    @model_validator(mode="after")
    def _apprise_needs_url(self) -> "ChannelConfig":
        if self.kind == "apprise" and not (self.url and self.url.get_secret_value().strip()):
            remedy = "Set KUULA_CHANNELS_NAME_URL or write `url` here."
            raise Correctable("an apprise channel needs a url", remedy)
        return self


class Daily(Section):
    """Hours that come again on days of the week."""

    days: list[Weekday] = Field(
        default_factory=lambda: list(get_args(Weekday)),
        min_length=1,
        description="Days of the week on which they begin.",
    )
    begins: WallTime = Field(alias="from", description="When they begin.", examples=[time(22)])
    until: WallTime = Field(
        description="When they end: on the next day when it is not later than `from`.", examples=[time(7)]
    )

    def hours(self) -> Hours:
        """The same as the models take it."""
        return Hours(frozenset(DAYS.index(day) for day in self.days), self.begins, self.until)


class Person(Section):
    """Somebody who is alerted or who signs in."""

    display: Text | None = Field(None, description="The name to show; absent: the name of the table.")
    role: Role = Field(
        "support",
        description="viewer looks, support handles, manager also approves and concedes, admin also manages people.",
    )
    language: Language = Field("en", description="Language of the messages and pages they get.")
    timezone: TimeZone = Field("Europe/Tallinn", description="Time zone (IANA name) of the times they are shown.")
    channels: list[Text] = Field(default_factory=list, description="Channels that reach them, by name.")
    quiet: list[Daily] = Field(
        default_factory=list,
        description="Hours, in their zone, in which they are called only on duty, in danger, or as the last.",
        examples=[[{"from": time(22), "until": time(7)}]],
    )


class Shifts(Section):
    """When shifts begin, and how alerts wait that are more than a shift can answer."""

    begin: list[WallTime] = Field(
        default_factory=lambda: [time(0), time(8), time(16)],
        min_length=1,
        description="Times of day at which a shift begins; `policy.alerts_per_shift` counts anew.",
        examples=[["08:00:00", "20:00:00"]],
    )
    timezone: TimeZone = Field("Europe/Tallinn", description="Time zone (IANA name) of these times.")
    digest_minutes: int = Field(
        60, ge=1, le=_WEEK, description="Minutes after which a digest names alerts that were held."
    )


class Promises(Section):
    """How promises to customers are timed."""

    usual_minutes: int = Field(10, ge=1, le=_WEEK, description="How long a promise usually gives us.")
    remind_before_minutes: int = Field(
        3, ge=0, le=_WEEK, description="How long before it is due its owner is reminded."
    )

    @model_validator(mode="after")
    def _reminder_comes_first(self) -> "Promises":
        if self.remind_before_minutes >= self.usual_minutes:
            raise Correctable(
                "the reminder would come before the promise", "Make `remind_before_minutes` the smaller one."
            )
        return self

    @property
    def usual(self) -> timedelta:
        """``usual_minutes`` as a duration."""
        return timedelta(minutes=self.usual_minutes)

    @property
    def remind_before(self) -> timedelta:
        """``remind_before_minutes`` as a duration."""
        return timedelta(minutes=self.remind_before_minutes)


class Retention(Section):
    """How long things are kept."""

    posts_days: int = Field(
        365,
        ge=1,
        le=_CENTURY,
        description="Days that posts, their scores, and the words of answers and drafts are kept.",
    )
    raw_days: int = Field(30, ge=0, le=_CENTURY, description="Days that a post is kept exactly as its source sent it.")
    audit_days: int = Field(730, ge=1, le=_CENTURY, description="Days that the audit log is kept.")
    airflow_days: int = Field(7, ge=1, le=_CENTURY, description="Days that Airflow's rows and logs of runs are kept.")


class Media(Section):
    """Whose replies, shares and articles count as a pick-up of a story."""

    journalists: list[Text] = Field(
        default_factory=list,
        description="Accounts of journalists: handles or ids, with or without @; `x:name` means one source only.",
        examples=[["@reporter", "x:newsdesk"]],
    )
    editors: list[Text] = Field(default_factory=list, description="Accounts of editors and newsrooms, written alike.")
    regulators: list[Text] = Field(
        default_factory=list,
        description="Accounts or domains of regulators, besides " + _listed(REGULATORS),
        examples=[["regulator.example"]],
    )
    authorities: list[Text] = Field(
        default_factory=list,
        description="Accounts or domains of consumer authorities, besides " + _listed(AUTHORITIES),
        examples=[["@consumer_office", "consumer.example"]],
    )


class Pages(Section):
    """Where the pages are served."""

    host: Text = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8008, ge=0, le=65_535, description="Port to listen on; 0 takes a free one.")
    public_url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = Field(
        None,
        description="Address of the pages as people reach them, for links in messages; absent: host and port.",
        examples=["https://kuula.example.com"],
    )
    session_hours: int = Field(12, ge=1, le=720, description="Hours before somebody has to sign in again.")

    @property
    def address(self) -> str:
        """Where links in messages lead, without a final slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


class TextModel(Section):
    """A model that reads posts; the word ``"builtin"`` alone does for the builtin one."""

    kind: Literal["builtin", "own", "transformers"] = Field(
        "builtin",
        description="`builtin`, `own` (made by `kuula models train`), or `transformers` (any Hugging Face classifier).",
    )
    path: Text | None = Field(
        None,
        description="own, transformers: a local folder; transformers: or a Hugging Face name, which is downloaded.",
        examples=["/srv/models/sentiment"],
    )

    @model_validator(mode="before")
    @classmethod
    def _from_word(cls, data: Any) -> Any:
        return {"kind": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _others_need_a_path(self) -> "TextModel":
        if self.kind != "builtin" and self.path is None:
            article = "an own" if self.kind == "own" else "a transformers"
            raise Correctable(f"{article} model needs a path", 'Write `path = "/srv/models/sentiment"`.')
        return self


class SentimentModel(TextModel):
    """The model that reads sentiment."""

    labels: dict[str, Literal["negative", "neutral", "positive"]] = Field(
        default_factory=dict,
        description="transformers: what the model's own labels mean; absent: its labels already are these words.",
        examples=[{"LABEL_0": "negative"}],
    )


class ComplaintModel(TextModel):
    """The model that tells complaints from other posts."""

    labels: dict[str, Literal["complaint", "other"]] = Field(
        default_factory=dict,
        description="transformers: what the model's own labels mean; absent: its labels already are these words.",
        examples=[{"LABEL_1": "complaint", "LABEL_0": "other"}],
    )


class Models(Section):
    """Which models score posts, as long as `kuula models use` has not chosen others."""

    reader: Literal["fast", "standard", "full"] = Field(
        "standard",
        description="Who reads posts: `fast` (n-grams and patterns), `standard` (joined by a small network), `full` "
        "(joined by the whole encoder: the most careful, and the slowest).",
    )
    sentiment: SentimentModel = Field(
        default_factory=lambda: SentimentModel.model_validate("builtin"),
        description='`"builtin"`, or a table with kind, path and labels.',
    )
    complaint: ComplaintModel = Field(
        default_factory=lambda: ComplaintModel.model_validate("builtin"),
        description='`"builtin"`, or a table with kind, path and labels.',
    )
