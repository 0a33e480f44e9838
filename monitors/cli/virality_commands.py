"""``kuula models fit virality`` and ``check virality``: forecasts of one's own, and whether forecasts come true."""

from collections.abc import Iterable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from models.calibration import ENOUGH_POSTS, TOLERATED_ERROR, refit_needed
from monitors import forecasters, own_models
from monitors.bootstrap import House
from monitors.cli.extras import check_learning
from monitors.cli.frame import Frame, console
from monitors.cli.people_commands import ACTOR
from monitors.errors import BadSettings
from monitors.fitting import Order, fit_virality
from monitors.ledger import calibrations, model_choices
from monitors.ledger.calibrations import Calibration
from monitors.ledger.model_choices import Choice
from monitors.own_models import BUILTIN, SETTINGS, VIRALITY, OfSource, OwnModel
from monitors.pipeline.calibrate import calibrate
from monitors.settings import Settings

What = Annotated[str, typer.Argument(help="`virality`, the only thing that is fitted or checked so.", metavar=VIRALITY)]


def fit(
    ctx: typer.Context,
    what: What,
    *,
    source: Annotated[str | None, typer.Option(help="Only this source; absent: all of the settings.")] = None,
    since: Annotated[int, typer.Option(help="Learn from posts of so many days.", min=2, max=3650)] = 90,
    out: Annotated[str | None, typer.Option(help="What to call the model.", show_default=False)] = None,
) -> None:
    r"""Fit forecasts of your own to how far your sources' posts went.

    Each source with 300 posts that were read again after a day gets a model. A fifth of the authors is held out; the
    cold start and the new model are compared on their posts. Nothing changes until `kuula models use`. Needs
    kuula\[virality].
    """
    _check_what(what)
    check_learning("kuula models fit")
    frame: Frame = ctx.obj
    with closing(House(frame.settings())) as house:
        if source is not None:
            house.kind(source)
        order = Order(
            name=out or _free_name(house.settings.home, house.now()),
            sources=[source] if source else list(house.settings.sources),
            since=house.now() - timedelta(days=since),
            sizes=house.settings.policy.thresholds,
        )
        model = _fit(order, house)
    screen = console()
    for one in model.sources:
        screen.print("\n".join(described(one)), markup=False)
    screen.print(f"To use it: kuula models use {model.name} --for {VIRALITY}", markup=False)


def check(ctx: typer.Context, what: What) -> None:
    """Hold forecasts of the last 30 days against what became of the posts, now, and print how well they came true."""
    _check_what(what)
    frame: Frame = ctx.obj
    with closing(House(frame.settings())) as house:
        sizes = house.settings.policy.thresholds
        found = calibrate(house.ledger, house.forecaster(), house.settings.sources, sizes, house.now())
    out = console()
    for line in _told(found):
        out.print(line, markup=False)


def use_forecasts(settings: Settings, name: str) -> str:
    """Choose own forecasts, or the cold start by ``builtin``; gives what to tell people."""
    with closing(House(settings)) as house:
        if name in {BUILTIN, SETTINGS}:
            with house.ledger.write() as tx:
                model_choices.give_back(tx, VIRALITY, ACTOR, house.now())
            return "From the next batch on, all posts are forecast by the cold start."
        forecasters.load(settings.home, name)
        described = own_models.read(own_models.folder_of(settings.home, name))
        now = house.now()
        with house.ledger.write() as tx:
            model_choices.choose(tx, Choice(VIRALITY, name, ACTOR, now))
            calibrations.write(tx, list(_held_out(described, now)))
    sources = ", ".join(one.name for one in described.sources)
    return f"From the next batch on, young posts of {sources} are forecast by {name}, all others by the cold start."


def described(one: OfSource) -> list[str]:
    """What own forecasts of a source have learnt from, and how good they were on held-out posts."""
    lines = [f"{one.name}: learnt from {one.posts} posts; on {one.held} of authors that were held out:"]
    for before, after in zip(one.before, one.after, strict=True):
        shown = (f"{figure} {_rounded(before[key])} -> {_rounded(after[key])}" for key, figure in _FIGURES.items())
        lines.append(f"    {after['age_minutes']} min: " + ", ".join(shown))
    return lines


_FIGURES = {
    "median_ape": "median error",
    "spearman": "rank correlation",
    "auc_top": "AUC of the top tenth",
    "expected_calibration_error": "calibration error",
}


def _rounded(figure: Any) -> str:
    return f"{figure:.2f}" if isinstance(figure, int | float) else "–"


def _fit(order: Order, house: House) -> OwnModel:
    from rich.progress import Progress

    screen = console(stderr=True)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal, redirect_stdout=False) as progress:
        shown = progress.add_task("Reading", total=1.0)

        def heard(doing: str, share: float) -> None:
            progress.update(shown, description=doing, completed=share)

        return fit_virality(order, house.ledger, house.settings.home, house.now(), heard)


def _held_out(model: OwnModel, now: datetime) -> Iterable[Calibration]:
    """What the model was checked by when it was fitted: until posts finish that it has not learnt from."""
    for one in model.sources:
        for line in one.reliability:
            bins = [(said, true, int(count)) for said, true, count in line["bins"]]
            known = (line["age_minutes"], line["size"], now, model.name, line["posts"], line["error"])
            yield Calibration(one.name, *known, bins)


def _told(found: list[Calibration]) -> Iterable[str]:
    if not found:
        yield "There is nothing to check yet: no post of the last 30 days was read again a day after it was written."
    for one in found:
        yield (
            f"{one.source}, {one.age_minutes} min, {one.size} interactions: calibration error {one.error:.3f} "
            f"on {one.posts} posts ({one.model})"
        )
    for source in sorted({one.source for one in found}):
        if refit_needed((one.error, one.posts) for one in found if one.source == source):
            yield (
                f"{source}: the error is above {TOLERATED_ERROR} on {ENOUGH_POSTS} posts or more. "
                f"Refit it: kuula models fit {VIRALITY} --source {source}"
            )


def _check_what(what: str) -> None:
    if what != VIRALITY:
        remedy = f"Write {VIRALITY}. What reads texts is made by `kuula models train`."
        raise BadSettings(f"{what!r} is not fitted to snapshots", remedy=remedy)


def _free_name(home: Path, now: datetime) -> str:
    plain = f"{VIRALITY}-{now:%Y-%m-%d}"
    number = 1
    while own_models.folder_of(home, name := plain if number == 1 else f"{plain}-{number}").exists():
        number += 1
    return name
