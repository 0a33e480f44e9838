"""From settings to concrete objects: the one place that knows all of them.

Everything is made when it is first asked for, so that a task that only delivers does not load the models.
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from zoneinfo import ZoneInfo

import structlog

from models.brand import BrandMatcher
from models.decision import Policy
from models.pickup import Press
from monitors.channels import open_channel
from monitors.errors import BadSettings, RetryLater
from monitors.forecasters import ForecasterInUse
from monitors.hooks import Teller
from monitors.http import Http
from monitors.index import open_index
from monitors.ledger import model_choices, people, secret
from monitors.ledger.bundles import Usual
from monitors.ledger.engine import Ledger, worker_name
from monitors.ledger.people import Person, Role
from monitors.ledger.spending import LedgerBudget, Limits
from monitors.messages import Composer
from monitors.own_models import BUILTIN, PLACE
from monitors.own_phrases import phrases_of
from monitors.pipeline.bursts import Watched
from monitors.pipeline.calling import business_of, roster_of
from monitors.pipeline.collect import Brands
from monitors.pipeline.deliver import Mailroom
from monitors.pipeline.follow import Scope
from monitors.pipeline.judge import Rules
from monitors.pipeline.occasions import Campaign, Occasions
from monitors.pipeline.outlook import Outlooks
from monitors.pipeline.roster import Roster
from monitors.pipeline.weekly import Post
from monitors.ports import Can, Channel, Index, Query, Replying, Source, replying_of
from monitors.reply_checker import BuiltinReplyChecker, ReplyChecker
from monitors.scorers import TASKS, Scorer, ScorerApart, make_scorer
from monitors.settings import Settings
from monitors.settings.sections import Models
from monitors.settings.weekly_section import WEEKDAYS
from monitors.sources import load, settings_for
from monitors.switching import SwitchingScorer, Wanted

log = structlog.get_logger()


def clock() -> datetime:
    """The time, UTC: the only clock outside tests."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing to collect: a source with one brand, or with all of them at once."""

    source: str
    brand: str | None


class ModelChoices:
    """The models of the settings, and in their place those that the ledger says were chosen since."""

    def __init__(self, ledger: Ledger, settings: Models) -> None:
        self._ledger = ledger
        self._settings = settings

    def wanted(self) -> Wanted:
        """The models that are to score."""
        with self._ledger.read() as tx:
            choices = model_choices.standing(tx)
        chosen = {
            task: {"kind": "builtin"} if choice.name == BUILTIN else _own(choice.name)
            for task, choice in choices.items()
            if task in TASKS
        }
        plain = self._settings.model_dump()
        newest = max((choices[task].at for task in chosen), default=None)
        return Wanted(Models.model_validate({**plain, **chosen}), newest)

    def refused(self, wanted: Wanted, reason: str) -> None:
        """Keep with the choice that this machine cannot load it, for those who look at the list."""
        if wanted.at is not None:
            with self._ledger.write() as tx:
                model_choices.refuse(tx, wanted.at, f"{worker_name().partition(':')[0]}: {reason}")


def _own(name: str) -> dict[str, str]:
    return {"kind": "own", "path": f"{PLACE}/{name}"}


class House:
    """A configured Kuula; ``apart`` gives the models a process of their own, which starts with ``warm_up``.

    ``once`` says that sources are asked this once: one that unfolds with time brings all that it has.
    """

    def __init__(
        self, settings: Settings, now: Callable[[], datetime] = clock, *, apart: bool = False, once: bool = False
    ) -> None:
        self.settings = settings
        self.now = now
        self._apart = apart
        self._once = once
        self._sources: dict[str, Source] = {}

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger, brought up to date, with the people of the settings in it."""
        ledger = Ledger(self.settings.ledger.url.get_secret_value())
        ledger.migrate()
        self._register_people(ledger)
        return ledger

    def _register_people(self, ledger: Ledger) -> None:
        """Settings say who there is; what people chose for themselves on the pages, language and zone, stays."""
        with ledger.read() as tx:
            known = {person.name: person for person in people.everybody(tx)}
            locked = people.locked_out(tx)
        wanted = []
        for name, person in self.settings.people.items():
            if name in locked:
                continue
            own = known.get(name)
            one = Person(
                name=name,
                display=person.display or name,
                role=Role(person.role),
                language=own.language if own else person.language,
                timezone=own.timezone if own else person.timezone,
                channels=tuple(person.channels),
            )
            if one != own:
                wanted.append(one)
        if wanted:
            with ledger.write() as tx:
                for one in wanted:
                    people.save(tx, one, "settings", self.now())

    @cached_property
    def index(self) -> Index:
        """The index. One that is down now is made ready later, by whoever writes it first."""
        index = open_index(self.settings.index.url.get_secret_value())
        try:
            index.prepare()
        except RetryLater as error:
            log.warning("the index is not ready", error=str(error))
        return index

    @cached_property
    def scorer(self) -> Scorer:
        """The models that were chosen; when others are chosen, they take over between two batches."""
        return SwitchingScorer(
            ModelChoices(self.ledger, self.settings.models),
            self.settings.models,
            partial(ScorerApart if self._apart else make_scorer, home=self.settings.home),
        )

    def warm_up(self) -> None:
        """Start what takes a while in the background."""
        if self._apart and isinstance(self.scorer, SwitchingScorer):
            self.scorer.start()

    @cached_property
    def forecaster(self) -> ForecasterInUse:
        """What gives the forecaster of the models that were chosen; those are loaded when it is first asked."""
        return ForecasterInUse(self.ledger, self.settings.home)

    @cached_property
    def outlooks(self) -> Outlooks:
        """The forecasts of batches."""
        return Outlooks(self.forecaster)

    @cached_property
    def channels(self) -> dict[str, Channel]:
        """Every channel of the settings, by name."""
        return {name: open_channel(name, config, self.now) for name, config in self.settings.channels.items()}

    @cached_property
    def tellers(self) -> dict[str, Teller]:
        """Every other system of the settings that is told of events, by name."""
        return {name: Teller(name, hook, self.now) for name, hook in self.settings.hooks.items()}

    @cached_property
    def composer(self) -> Composer:
        """What turns a letter of the outbox into a message in its reader's language."""
        return Composer(self.ledger, self.settings.pages.address, self.secret_key, self.now)

    @cached_property
    def mailroom(self) -> Mailroom:
        """What sends messages, those that are not urgent together."""
        pause = timedelta(minutes=self.settings.messages.bundle_minutes)
        usual = Usual(pause, self.roster.quiet, self.roster.duty.zone)
        return Mailroom(self.ledger, self.channels, self.composer.compose, self.now, self.composer.gather, usual)

    @cached_property
    def roster(self) -> Roster:
        """Who is told, in which order."""
        return roster_of(self.settings, self.press)

    @cached_property
    def weekly(self) -> Post | None:
        """When the look back on the week goes out, and to whom; None where the settings want none."""
        weekly = self.settings.weekly
        when = Post(WEEKDAYS.index(weekly.weekday), weekly.at, tuple(weekly.people), self.settings.against)
        return when if weekly.enabled else None

    @cached_property
    def press(self) -> Press:
        """Whose replies, shares and articles count as a pick-up."""
        media = self.settings.media
        lists = (media.journalists, media.editors, media.regulators, media.authorities)
        return Press(*(tuple(accounts) for accounts in lists))

    @cached_property
    def brands(self) -> Brands:
        """How brands are recognised in posts."""
        named = {name: tuple(brand.names) for name, brand in self.settings.brands.items()}
        excluded = {name: tuple(brand.excluded) for name, brand in self.settings.brands.items()}
        return Brands(self.settings.brands, BrandMatcher(named, excluded))

    @cached_property
    def secret_key(self) -> str:
        """What signs sessions and links: from the settings, else made once and kept in the ledger."""
        if self.settings.secret_key is not None:
            return self.settings.secret_key.get_secret_value()
        with self.ledger.write() as tx:
            return secret.get_or_keep(tx, secrets.token_urlsafe(48))

    def policy(self, brand: str) -> Policy:
        """When to alert about a brand: the policy of the settings, with the brand's own accounts."""
        return self.settings.policy.with_own_accounts(self.settings.own_accounts(brand))

    def rules(self, brand: str) -> Rules:
        """What a brand is judged by."""
        patience = replace(self.settings.answers.patience, working=business_of(self.settings).over_at)
        return Rules(self.policy(brand), self.roster, self.outlooks, patience)

    @property
    def scope(self) -> Scope:
        """What is kept of the conversations that are followed."""
        return Scope(self.brands, self.policy)

    def watched(self, brand: str) -> Watched:
        """A brand of the settings as bursts see it."""
        known = self.settings.brands[brand]
        zone = ZoneInfo(known.timezone)
        campaigns = [Campaign(one.name, one.begins, one.until) for one in known.campaigns]
        return Watched(
            brand=brand,
            names=tuple(known.names),
            zone=zone,
            occasions=Occasions(zone, tuple(known.countries), campaigns),
            own_accounts=self.policy(brand).own_accounts,
        )

    def kind(self, name: str) -> str:
        """Which kind of source a configured source is."""
        config = self.settings.sources.get(name)
        if config is None:
            raise BadSettings(f"there is no source {name!r}", key="sources", remedy="See `kuula sources list`.")
        return config.kind

    def source(self, name: str) -> Source:
        """A configured source."""
        if name not in self._sources:
            kind, config = self.kind(name), self.settings.sources[name]
            given = {**load(kind).Settings.asked_once, **config.revealed()} if self._once else config.revealed()
            options = settings_for(kind, given, name=name, home=self.settings.home)
            budget = LedgerBudget(self.ledger, name, self.now, self.limits(name))
            self._sources[name] = load(kind)(name, options, Http(options, budget=budget, now=self.now))
        return self._sources[name]

    def repliers(self) -> dict[str, Replying]:
        """The sources through which answers may be sent, and what each takes; one with wrong settings is left out."""
        found: dict[str, Replying] = {}
        for name in self.settings.replies.send:
            try:
                replying = replying_of(self.source(name))
            except (BadSettings, ImportError) as error:
                log.warning("answers cannot be sent through a source", source=name, error=str(error))
                continue
            if replying is not None:
                found[name] = replying
        return found

    @cached_property
    def reply_checker(self) -> ReplyChecker:
        """What reads drafts of answers while they are typed; it loads its models when it is first asked."""
        folder = self.settings.replies.phrases
        return BuiltinReplyChecker(phrases_of(self.settings.home / folder) if folder else None)

    def limits(self, name: str) -> Limits:
        """What a configured source may spend."""
        budget = self.settings.sources[name].budget
        return Limits(budget.calls_per_hour, budget.money_per_day)

    def errands(self) -> Iterator[Errand]:
        """Everything there is to collect: each searching source once a brand, each watching source once."""
        for name, config in self.settings.sources.items():
            if not config.enabled:
                continue
            if Can.SEARCH in load(config.kind).can:
                yield from (Errand(name, brand) for brand in config.brands or self.settings.brands)
            else:
                yield Errand(name, None)

    def query(self, errand: Errand) -> Query:
        """What to ask the source on an errand."""
        if errand.brand is None:
            return Query()
        brand = self.settings.brands[errand.brand]
        return Query(errand.brand, tuple(brand.names), tuple(brand.excluded))

    def close(self) -> None:
        """Let go of what was opened."""
        scorer = self.__dict__.get("scorer")
        if isinstance(scorer, SwitchingScorer):
            scorer.close()
        for teller in self.__dict__.get("tellers", {}).values():
            teller.close()
        if "ledger" in self.__dict__:
            self.ledger.close()
