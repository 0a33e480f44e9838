"""``kuula models``: the trained files that came with Kuula, and what the settings chose."""

import hashlib
from importlib.resources import files

import typer

from monitors.cli.frame import Frame, console
from monitors.errors import BadSettings

app = typer.Typer()
commands = typer.Typer(help="List the models and what they were trained on.", no_args_is_help=True)
app.add_typer(commands, name="models")


@commands.command(name="list")
def list_models(ctx: typer.Context) -> None:
    """List the trained files with size and version, their cards, and the sentiment model of the settings."""
    out = console()
    folder = files("models").joinpath("artifacts")
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.is_file() or file.name.endswith((".md", ".py")):
            continue
        content = file.read_bytes()
        version = hashlib.sha256(content).hexdigest()[:8]
        out.print(f"{file.name}: {len(content) / 1000:,.0f} kB, version {version}", style="bold", markup=False)
        card = folder.joinpath(f"{file.name.rsplit('.', 1)[0]}.md")
        if card.is_file():
            out.print("    " + _first_paragraph(card.read_text(encoding="utf-8")), markup=False)
    out.print(f"sentiment: {_chosen(ctx.obj)}", markup=False)


def _first_paragraph(card: str) -> str:
    paragraphs = (" ".join(part.split()) for part in card.split("\n\n"))
    return next((part for part in paragraphs if part and not part.startswith("#")), "")


def _chosen(frame: Frame) -> str:
    try:
        sentiment = frame.settings().models.sentiment
    except BadSettings:
        return "builtin (no settings that could say otherwise)"
    return sentiment.kind if sentiment.path is None else f"{sentiment.kind}, {sentiment.path}"
