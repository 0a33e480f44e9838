"""Charts as pictures, drawn by pygal: calm, light and dark, readable at the width of a phone."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pygal
from pygal.etree import etree
from pygal.style import Style

from dashboards.overview import Bar
from dashboards.speech import Speech
from models.calibration import Bin

# pygal leaves an import hook of a kind that Python has dropped, for maps that nobody draws here: with it in place every
# failed import of the whole program warns.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "PluginImportFixer"]

_BLUE, _RED, _AMBER, _GREY = "#4f86c6", "#c2413a", "#c9892b", "#8a94a3"
# The picture follows the reader's light or dark by itself: a page's styles do not reach into it.
_CSS = """
{{ id }}text { fill: #4d5866 !important; }
{{ id }}.guide.line { stroke: #d5dbe3 !important; stroke-dasharray: none !important; }
{{ id }}.axis > .line { stroke: #b9c2cd !important; }
{{ id }}.dot { fill-opacity: 1 !important; }
@media (prefers-color-scheme: dark) {
  {{ id }}text { fill: #b5c0cd !important; }
  {{ id }}.guide.line { stroke: #333d49 !important; }
  {{ id }}.axis > .line { stroke: #475362 !important; }
}
"""
# The second mark of the legend looks like its line, and not like that of what was counted.
_DASHED = "{{ id }}#activate-serie-1 rect { fill: none !important; stroke-width: 2; stroke-dasharray: 4, 3; }"
WIDE, NARROW = (720, 300), (350, 250)


def _style(*colors: str, opacity: float = 1) -> Style:
    return Style(
        background="transparent",
        plot_background="transparent",
        foreground="#4d5866",
        foreground_strong="#4d5866",
        foreground_subtle="#8a94a3",
        opacity=str(opacity),
        opacity_hover=str(opacity),
        transition="0s",
        colors=colors,
        font_family="system-ui, sans-serif",
        label_font_size=13,
        major_label_font_size=13,
        legend_font_size=13,
        value_font_size=12,
        value_label_font_size=12,
        title_font_size=13,
        no_data_font_size=16,
    )


def _config(say: Speech, style: Style, size: tuple[int, int]) -> dict[str, Any]:
    return {
        "style": style,
        "css": ["file://style.css", "file://graph.css", "inline:" + _CSS],
        "js": [],
        "width": size[0],
        "height": size[1],
        "margin": 4,
        # The last label is centred under its bar and would be cut at the edge.
        "margin_right": 22,
        "legend_at_bottom": True,
        "legend_at_bottom_columns": 3 if size == WIDE else 2,
        "legend_box_size": 12,
        "show_minor_x_labels": False,
        "truncate_label": -1,
        "truncate_legend": -1,
        "no_data_text": say.text("Nothing yet"),
        "value_formatter": say.number,
    }


def volume(bars: Sequence[Bar], say: Speech, size: tuple[int, int] = WIDE) -> bytes:
    """Posts by hour or day: those without complaint below, complaints above."""
    chart = pygal.StackedBar(**_config(say, _style(_GREY, _RED), size), spacing=6)
    chart.x_labels = [bar.label for bar in bars]
    chart.x_labels_major = _some(chart.x_labels, 6 if size == WIDE else 3)
    chart.range = (0, max((bar.posts for bar in bars), default=0) or 1)
    chart.y_labels = _whole_steps(chart.range[1])
    chart.add(say.text("other posts"), [bar.posts - bar.complaints for bar in bars])
    chart.add(say.text("complaints"), [bar.complaints for bar in bars])
    return _picture(chart)


def negative_share(bars: Sequence[Bar], say: Speech, size: tuple[int, int] = WIDE) -> bytes:
    """The share of negative posts; no point where nobody wrote."""
    config = {**_config(say, _style(_RED), size), "value_formatter": say.percent, "show_legend": False}
    chart = pygal.Line(**config, dots_size=3)
    chart.x_labels = [bar.label for bar in bars]
    chart.x_labels_major = _some(chart.x_labels, 6 if size == WIDE else 3)
    chart.range = (0, 1)
    chart.y_labels = [0, 0.25, 0.5, 0.75, 1]
    chart.allow_interruptions = True
    shares = [bar.negative / bar.posts if bar.posts else None for bar in bars]
    chart.add(say.text("share of negative posts"), shares, stroke_style={"width": 2.5})
    return _picture(chart)


def outlook(
    watched: Sequence[tuple[datetime, int]],
    created_at: datetime,
    forecast: Mapping[str, Any],
    say: Speech,
    size: tuple[int, int] = WIDE,
) -> bytes:
    """What a post reached so far, and the band that it is expected to end in 24 hours after it was written."""
    config = _config(say, _style(_AMBER, _GREY, _BLUE, opacity=0.3), size)
    chart = pygal.XY(**config, dots_size=3)
    if size == NARROW:
        chart.legend_at_bottom_columns, chart.height = 1, 290
    seen = [(_hours(at - created_at), total) for at, total in watched]
    start = seen[-1] if seen else (0.0, 0)
    low, median, high = (forecast.get(name) for name in ("low", "median", "high"))
    if median is not None and low is not None and high is not None and start[0] < 24:
        # What is counted does not fall: a forecast made before it rose ends no lower than it is.
        low, median, high = (max(end, start[1]) for end in (low, median, high))
        band = [start, (24.0, high), (24.0, low), start]
        chart.css = [*config["css"], "inline:" + _DASHED]
        chart.add(say.text("likely range"), band, fill=True, show_dots=False, stroke_style={"width": 0})
        chart.add(say.text("expected"), [start, (24.0, median)], stroke_style={"width": 2, "dasharray": "5, 5"})
    chart.add(say.text("so far"), seen, stroke_style={"width": 2.5})
    end = max(24.0, *(hour for hour, _ in seen)) if seen else 24.0
    chart.xrange = (0, end)
    chart.x_labels = [0, 6, 12, 18, 24] if end <= 24 else [round(end * part / 4) for part in range(5)]
    chart.x_value_formatter = lambda hours: say.text("%(n)s h", n=say.number(hours))
    chart.y_labels = _whole_steps(max([1, high or 0, *(total for _, total in seen)]))
    chart.show_minor_x_labels = True
    chart.zero = 0
    return _picture(chart)


def reliability(curves: Sequence[tuple[int, Sequence[Bin]]], say: Speech, size: tuple[int, int] = WIDE) -> bytes:
    """What was said against what came true, a line an age in minutes; the diagonal is where both are the same."""
    chart = pygal.XY(**_config(say, _style(_GREY, _BLUE, _AMBER, _RED), size), dots_size=3)
    chart.legend_at_bottom_columns = 2
    chart.value_formatter = chart.x_value_formatter = say.percent
    chart.range = chart.xrange = (0, 1)
    chart.x_labels = chart.y_labels = [0, 0.25, 0.5, 0.75, 1]
    chart.show_minor_x_labels = True
    as_said = {"width": 1.5, "dasharray": "5, 5"}
    chart.add(say.text("as was said"), [(0, 0), (1, 1)], show_dots=False, stroke_style=as_said)
    for age, bins in curves:
        points = [(said, true) for said, true, count in bins if count]
        chart.add(say.text("%(n)s min", n=say.number(age)), points, stroke_style={"width": 2.5})
    return _picture(chart)


def trade(levels: Sequence[tuple[float, float, int]], every: int, say: Speech, size: tuple[int, int] = WIDE) -> bytes:
    """Blow-ups caught over alerts a day, a dot for each level of alerting; the first and the last have their level."""
    config = {**_config(say, _style(_BLUE), size), "show_legend": False}
    chart = pygal.XY(**config, dots_size=5, print_labels=True)
    ends = {levels[0][0], levels[-1][0]} if levels else set()
    chart.add(
        say.text("caught"),
        [
            {"value": (a_day, caught), **({"label": say.number(level, 1)} if level in ends else {})}
            for level, a_day, caught in levels
        ],
        stroke_style={"width": 1.5},
    )
    most = _whole_steps(max((a_day for _, a_day, _ in levels), default=1))
    chart.x_labels, chart.xrange = most, (0, most[-1])
    chart.show_minor_x_labels = True
    chart.x_value_formatter = say.number
    chart.y_labels = _whole_steps(max(1, every))
    chart.x_title, chart.y_title = say.text("Alerts a day"), say.text("Blow-ups caught")
    chart.zero = 0
    return _picture(chart)


def _picture(chart: Any) -> bytes:
    """The drawing without the scripts that pygal puts in for pages that show it inline."""
    tree = chart.render_tree()
    for parent in list(tree.iter()):
        for script in [each for each in parent if str(each.tag).endswith("script")]:
            parent.remove(script)
    return bytes(etree.tostring(tree, encoding="utf-8", xml_declaration=True))


def _hours(span: timedelta) -> float:
    return span / timedelta(hours=1)


def _some(labels: Sequence[str], most: int) -> list[str]:
    step = max(1, -(-len(labels) // most))
    return list(labels[::step])


def _whole_steps(most: float) -> list[int]:
    """Three or four round numbers from 0 to at least ``most``."""
    step = 1
    while step * 4 < most:
        step = step * 2 if str(step)[0] in "15" else step * 5 // 2
    return [step * number for number in range(-(-int(most) // step) + 1)]
