"""Files of the playbook: ours are whole, mistakes are told with their line and remedy, and nothing else is raised."""

import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.scores import GRAVEST_FIRST, Signal
from monitors.playbook import LANGUAGES, BrokenPlay, Play, Stage, applying, filled, parse
from monitors.playbook.library import defaults
from monitors.playbook.plays import GENERAL, PLAIN_ANGER, PRAISE, in_order, said_in

GOOD = """\
---
when: [refund_demand]
title:
  en: Money
  et: Raha
---

## First contact

### Call them

- en: Call them **now**.
- et: Helista kohe.

> en: I am {name},
> and I call by {time}.
>
> et: Olen {name}.
"""


def wrong(text: str, name: str = "money") -> list[tuple[int, str, str]]:
    """What is said to be wrong."""
    with pytest.raises(BrokenPlay) as broken:
        parse(name, text)
    return [(problem.line, problem.message, problem.remedy) for problem in broken.value.problems]


def test_a_file_is_read_as_it_is_meant() -> None:
    """Title, signals, stage, step and both kinds of text are there; lines are joined and stars are gone."""
    play = parse("money", GOOD)
    assert (play.when, play.titles, play.priority) == (("refund_demand",), {"en": "Money", "et": "Raha"}, 120)
    (step,) = play.steps
    assert (step.key, step.stage, step.line) == ("call-them", Stage.FIRST_CONTACT, 10)
    assert step.texts == {"en": "Call them now.", "et": "Helista kohe."}
    assert step.words == {"en": "I am {name}, and I call by {time}.", "et": "Olen {name}."}


@pytest.mark.parametrize(
    "when",
    [
        "[" * 500 + "]" * 500,
        "[" * 2000 + "]" * 2000,
        "[" * 63_000,
        "{" * 63_000,
        "{a: " * 1900,
        "\n  - &a [x, x, x, x, x, x, x, x]\n"
        + "".join(f"  - &{b} [{', '.join([f'*{a}'] * 8)}]\n" for a, b in pairwise("abcdefghijklmnop")),
    ],
)
def test_lists_in_lists_are_told_and_never_written_out(when: str) -> None:
    """Neither depth nor a list that holds itself many times over breaks the reading, or takes time or memory."""
    began = time.process_time()
    (problem, *_) = wrong(GOOD.replace("[refund_demand]", when))
    assert problem[0] in {2, 3, 4}
    assert time.process_time() - began < 2


_TEN = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 8))
_MERGED = "\n".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 9))


@pytest.mark.parametrize(
    "head",
    [
        f"a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n{_TEN}\nwhen: !!pairs [k: *a7]",
        f"a0: &a0 {{k: 1}}\n{_MERGED}\nwhen: [refund_demand]",
        f"when: [0x{'f' * 5000}]",
        f"when: [{':'.join(['59'] * 2000)}]",
        f"0x{'f' * 900}: x",
        f"when: [refund_demand]\npriority: 0x{'f' * 5000}",
        f"when: [{'refund_' * 1000}]",
    ],
)
def test_no_head_grows_when_it_is_read(head: str) -> None:
    """Pairs and merged lines of lines, numbers of thousands of digits: refused in words, in no time and little memory.

    The first took 21 seconds, the second three minutes, and the numbers broke every page that shows the playbook.
    """
    began = time.process_time()
    assert wrong(f"---\n{head}\ntitle:\n  en: Money\n---\n{GOOD.partition('---')[2].partition('---')[2]}")
    assert time.process_time() - began < 2


@pytest.mark.parametrize("line", ["[", "![", "[a](", "*a_", "_a", "<a", "&#", "`a", "**a "])
def test_no_line_takes_the_square_of_its_length(line: str) -> None:
    """One text of sixty thousand signs that begin something is too long, and is known to be at once."""
    began = time.process_time()
    for before in ("- en: ", "> en: ", "### "):
        given = GOOD + before + (line * 60_000)[:60_000] + "\n"
        assert all(message for _, message, _ in wrong(given))
    assert time.process_time() - began < 3


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_the_editor_that_saved_it_does_not_matter(ends: str) -> None:
    """Windows' line ends and its mark at the beginning are no other text."""
    assert parse("money", "\ufeff" + GOOD.replace("\n", ends)).version == parse("money", GOOD).version


@pytest.mark.parametrize(
    ("before", "after", "line", "message", "remedy"),
    [
        ("[refund_demand]", "[refund_demnd]", 2, "`refund_demnd` is no signal", "Did you mean `refund_demand`?"),
        ("when: [refund_demand]\n", "", 2, "`when` is missing", "Write `when: [refund_demand]`, or another signal."),
        ("title:", "titel:", 3, "`titel` means nothing here", "Did you mean `title`?"),
        ("  et: Raha", "  ee: Raha", 3, "`ee` is no language of the pages", "Write one of en, et, fi, ru."),
        ("title:", "  title:", 3, "this is not understood", "Write `name: value`, and two blanks"),
        ("title:", "priority: high\ntitle:", 3, "`priority` is no number of 0 to 1000", "Write `priority: 50`"),
        ("## First contact", "## First contct", 8, "`First contct` is no stage", "Did you mean `first contact`?"),
        ("### Call them\n", "", 11, "this belongs to no step", "Write a stage first"),
        ("- et: Helista", "- ee: Helista", 13, "`ee:` is no language", "Write one of en, et, fi, ru."),
        ("- et: Helista", "- en: Helista", 13, "`en:` is there twice", "Keep one of them."),
        ("- et: Helista", "- Helista", 13, "the language is missing", "Begin with `en:`, `et:`, `fi:` or `ru:`."),
        ("{name},", "{nmae},", 15, "nothing is known for `{nmae}`", "Did you mean `{name}`?"),
        ("- en: Call them **now**.\n- et: Helista kohe.\n", "", 10, "this step does not say what to do", "Add a line"),
        ("> et: Olen", "Olen", 18, "this belongs to no step", "Begin it with `- en:`"),
        ("> et: Olen {name}.", "> et:", 10, "a text in et is empty", "Write it, or remove `et:`."),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_to_write(
    before: str, after: str, line: int, message: str, remedy: str
) -> None:
    """Whoever edits reads where it is, what is wrong and what to write instead."""
    found = wrong(GOOD.replace(before, after, 1))
    assert (line, message) in [(at, said) for at, said, _ in found], found
    assert next(given for at, said, given in found if (at, said) == (line, message)).startswith(remedy)


def test_all_mistakes_are_told_at_once() -> None:
    """Nobody has to save a file once for each mistake."""
    text = GOOD.replace("refund_demand", "refund").replace("- et:", "- ee:").replace("{time}", "{when}")
    assert [line for line, *_ in wrong(text)] == [2, 13, 16]


@pytest.mark.parametrize("text", ["", "---", "just words", "---\n---\n", "---\n- a\n---\n", "---\n[[[\n---\nx"])
def test_what_is_no_playbook_is_said_to_be_none(text: str) -> None:
    """A file without its first lines is refused with the lines to begin it with."""
    assert wrong(text)


def test_a_name_that_is_no_address_is_refused() -> None:
    """Files are named so that their pages and ticks can be."""
    assert "small letters" in wrong(GOOD, "../Money")[0][2]


FRONT = (
    "---\n",
    "when: ",
    "title:\n",
    "  en: ",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "2026-99-99",
    "1e999",
    "0o9",
    "<<: ",
    "|\n",
)
BODY = (
    "## ",
    "### ",
    "- en: ",
    "> ",
    "\n",
    "- ",
    "    ",
    "`",
    "<b>",
    "![](x)",
    "\x00",
    "\ud800",
    "!!python/object:os.system ",
)
PIECES = st.sampled_from((*FRONT, *BODY, "? ", ": ", "="))


def told(text: str) -> bool:
    """Whether a file is read, or refused with words for each mistake."""
    try:
        return bool(parse("money", text).steps)
    except BrokenPlay as error:
        return all(problem.message and problem.remedy for problem in error.problems)


@given(st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join))
@example("---\n" + "[" * 5000 + "\n---\nx")
@example("---\n2026-99-99\n---\nx")
@example("---\nwhen: [refund_demand]\ntitle: x\n---\n" + "> " * 3000 + "x")
def test_no_file_breaks_the_reader(text: str) -> None:
    """Whatever stands in a file, it is read or refused in words, never anything else."""
    assert all(told(one) for one in (text, "---\n" + text + "\n---\n" + text, GOOD + text))


@pytest.mark.parametrize("play", defaults().values(), ids=list(defaults()))
def test_ours_are_whole(play: Play) -> None:
    """Each file has every stage, every language, and words for the first contact; each offer has a name and a time."""
    assert {step.stage for step in play.steps} == set(Stage)
    assert play.gaps() == []
    assert any(step.words for step in play.steps if step.stage is Stage.FIRST_CONTACT)
    for step in play.steps:
        for code, said in step.words.items():
            assert "{name}" in said, (play.name, step.key, code)
            if play.name not in {"praise"} and step.stage is not Stage.AFTERWARDS and "let go" not in step.heading:
                assert "{time}" in said, (play.name, step.key, code)


def test_every_signal_has_a_file_and_the_gravest_comes_first() -> None:
    """No signal is without a next step, and the order is that of the messages."""
    plays = defaults().values()
    for signal in Signal:
        assert [play.name for play in applying(plays, {signal.value}, GENERAL)]
    assert all(applying(plays, {one.value, "safety_issue"}, GENERAL)[0].name == "danger" for one in Signal)
    order = [min(GRAVEST_FIRST.index(Signal(one)) for one in play.when if one in set(Signal)) for play in
             applying(plays, set(Signal), GENERAL)]  # fmt: skip
    assert order == sorted(order)
    assert [play.name for play in applying(plays, set(), PLAIN_ANGER)] == ["plain-anger"]
    assert [play.name for play in applying(plays, set(), PRAISE)] == ["praise"]
    assert [play.name for play in applying(plays, set(), "unheard")] == ["general"]


def test_steps_come_by_stage_and_then_by_gravity() -> None:
    """All first contacts are before all solving, and the gravest case leads each stage."""
    steps = in_order(applying(defaults().values(), {"refund_demand", "safety_issue"}, GENERAL))
    stages = [step.stage for _, step in steps]
    assert stages == sorted(stages, key=list(Stage).index)
    assert next(play.name for play, step in steps if step.stage is Stage.SOLVING) == "danger"


def test_places_are_filled_once() -> None:
    """A name that looks like a place stays a name, and what is not known stays as it is."""
    assert filled("{name} {time} {other}", name="{time}", time="12:00") == "{time} 12:00 {other}"


def test_a_reader_gets_their_language_or_english() -> None:
    """Where a language is missing English is shown, and else what there is."""
    assert said_in({"et": "a", "en": "b"}, "et") == ("et", "a")
    assert said_in({"et": "a", "en": "b"}, "ru") == ("en", "b")
    assert said_in({"fi": "c"}, None) == ("fi", "c")
    assert said_in({}, "et") == ("", "")
    assert set(LANGUAGES) == {"en", "et", "fi", "ru"}
