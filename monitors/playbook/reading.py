"""From the text of a playbook file to a ``Play``, or to everything that is wrong with it, line by line."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from frontmatter.default_handlers import YAMLHandler
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from yaml import AliasEvent, MarkedYAMLError, Node, SafeLoader, ScalarNode, YAMLError

from monitors.playbook import plays
from monitors.playbook.plays import LANGUAGES, LONGEST_TEXT, MOST_STEPS, BrokenPlay, Play, Problem, Stage, Step
from monitors.settings.mistakes import did_you_mean

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_LABEL = re.compile(r"\s*\**([A-Za-z]{2})\**\s*:\**(?:\s+|$)")
_KEYS = ("when", "priority", "title")
_PARSER = MarkdownIt("commonmark", {"html": False}).disable(["code", "fence", "lheading", "reference"])
# What stands in a line is read line by line: the time for one grows with the square of its length.
_BLOCKS = MarkdownIt("commonmark", {"html": False}).disable(["code", "fence", "lheading", "reference", "inline"])
_HEADINGS = {stage.value.replace("_", " "): stage for stage in Stage}
_LONGEST_KEY = 70
_LONGEST_LINE = 2 * LONGEST_TEXT
_LONGEST_HEADING = 1000
_LONGEST_HEAD = 8000
"""Characters of the lines between the two `---`; ours have three hundred."""
_DEEPEST = 8
_MOST = 10**18


def parse(name: str, text: str) -> Play:
    """Read one file; ``name`` is that of the file without ``.md``. ``BrokenPlay`` tells all that is wrong."""
    return _Reader(name).play(text)


class _Reader:
    """One reading: gathers problems, so that whoever edits sees all of them at once."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []

    def wrong(self, line: int, message: str, remedy: str) -> None:
        """Note something that is wrong."""
        self.problems.append(Problem(f"{self.name}.md", line, message, remedy))

    def play(self, given: str) -> Play:
        """The whole file."""
        if not _NAME.fullmatch(self.name):
            self.wrong(0, "the file's name cannot be used", "Write small letters and hyphens, as in `lost-parcel.md`.")
        if len(given) > plays.LONGEST_FILE:
            self.wrong(0, f"the file is longer than {plays.LONGEST_FILE} characters", "Make two files of it.")
            raise BrokenPlay(self.problems)
        text = given.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")
        head, first, body, offset = self._split(text)
        values = self._values(head, first)
        when = self._when(values, head, first)
        titles = self._titles(values, head, first)
        priority = self._priority(values, head, first, when)
        steps = self._steps(body, offset)
        if self.problems:
            raise BrokenPlay(self.problems)
        return Play(self.name, when, priority, titles, steps, plays.version_of(text), text)

    def _split(self, text: str) -> tuple[str, int, str, int]:
        """The front matter, the body, and how many lines stand before each."""
        try:
            head, body = YAMLHandler().split(text) if text.startswith("---") else ("", "")
        except ValueError:
            head, body = "", ""
        if not body and not head:
            self.wrong(1, "the file does not begin with lines between two `---`", _FORM)
            raise BrokenPlay(self.problems)
        offset = text.count("\n", 0, len(text) - len(body))
        first = text.count("\n", 0, max(text.find(head), 0))
        return head, first, body, offset

    def _values(self, head: str, first: int) -> Mapping[str, Any]:
        if len(head) > _LONGEST_HEAD:
            self.wrong(max(first, 1) + 1, f"there are more than {_LONGEST_HEAD} characters between the `---`", _FORM)
            raise BrokenPlay(self.problems)
        try:
            values = _Head(head).get_single_data()
        except YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = first + mark.line + 1 if mark else first + 1
            self.wrong(line, "this is not understood", "Write `name: value`, and two blanks before what belongs to it.")
            raise BrokenPlay(self.problems) from None
        except (ValueError, TypeError, RecursionError, OverflowError, ArithmeticError, LookupError, AttributeError):
            self.wrong(first + 1, "the lines between the `---` are not understood", _FORM)
            raise BrokenPlay(self.problems) from None
        if not isinstance(values, dict):
            self.wrong(first + 1, "the lines between the `---` are not understood", _FORM)
            raise BrokenPlay(self.problems)
        for key in values:
            if key not in _KEYS:
                near = did_you_mean(str(key), _KEYS) or f"Write one of {', '.join(f'`{one}`' for one in _KEYS)}."
                self.wrong(_line_of(head, str(key), first), f"`{_cut(key)}` means nothing here", near)
        return values

    def _when(self, values: Mapping[str, Any], head: str, first: int) -> tuple[str, ...]:
        given = values.get("when")
        listed = given if isinstance(given, list) else [given] if given else []
        line = _line_of(head, "when", first)
        if not listed:
            self.wrong(line, "`when` is missing", "Write `when: [refund_demand]`, or another signal.")
        known = []
        for one in listed:
            if isinstance(one, list | dict):
                # Never written out: what is within what can be more than fits into memory.
                self.wrong(line, "`when` has a list in its list", "Write `when: [refund_demand]`, or another signal.")
                continue
            word = str(one).strip().casefold().replace(" ", "_").replace("-", "_")
            if word in plays.WHEN:
                known.append(word)
            else:
                near = did_you_mean(word, plays.WHEN) or f"Write one of {', '.join(plays.WHEN)}."
                self.wrong(line, f"`{_cut(one)}` is no signal", near)
        return tuple(dict.fromkeys(known))

    def _titles(self, values: Mapping[str, Any], head: str, first: int) -> Mapping[str, str]:
        given = values.get("title")
        line = _line_of(head, "title", first)
        if isinstance(given, str):
            given = {"en": given}
        if not isinstance(given, dict) or not given:
            self.wrong(line, "`title` is missing", "Write `title:` and below it `  en: What it is about`.")
            return {}
        titles = {}
        for code, said in given.items():
            # YAML takes a bare `no` for a word of its own; nobody means that by a language.
            if code not in LANGUAGES:
                self.wrong(line, f"`{_cut(code)}` is no language of the pages", f"Write one of {', '.join(LANGUAGES)}.")
            elif not isinstance(said, str) or not said.strip():
                self.wrong(line, f"the title in {code} is no text", 'Write it in quotes: `en: "What it is about"`.')
            else:
                titles[code] = " ".join(said.split())[:120]
        return titles

    def _priority(self, values: Mapping[str, Any], head: str, first: int, when: tuple[str, ...]) -> int:
        given = values.get("priority")
        if given is None:
            return plays.gravity(when) if when else 0
        if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= 1000:
            line = _line_of(head, "priority", first)
            self.wrong(line, "`priority` is no number of 0 to 1000", "Write `priority: 50`; the smaller comes first.")
            return 0
        return given

    def _steps(self, body: str, offset: int) -> tuple[Step, ...]:
        body_reader = _Body(self, offset)
        for node in SyntaxTreeNode(_BLOCKS.parse(body)).children:
            body_reader.take(node)
        return body_reader.finished()


class _Body:
    """The steps of a file, filled heading by heading."""

    def __init__(self, reader: _Reader, offset: int) -> None:
        self.reader = reader
        self.offset = offset
        self.stage: Stage | None = None
        self.steps: dict[str, Step] = {}
        self.texts: dict[str, str] = {}
        self.words: dict[str, str] = {}
        self.step: Step | None = None

    def take(self, node: SyntaxTreeNode) -> None:
        """One block of the file."""
        line = self.offset + (node.map[0] if node.map else 0) + 1
        if node.type == "heading":
            self._heading(node, line)
        elif node.type == "bullet_list" and self.step:
            for item in node.children:
                self._labelled(item, self.texts, line)
        elif node.type == "blockquote" and self.step:
            self._labelled(node, self.words, line)
        elif node.type != "hr":
            remedy = "Begin it with `- en:` for what to do, or with `> en:` for what to say."
            if self.step is None:
                remedy = "Write a stage first (`## First contact`), and below it a step (`### Call them`)."
            self.reader.wrong(line, "this belongs to no step", remedy)

    def _heading(self, node: SyntaxTreeNode, line: int) -> None:
        self._close()
        heading = _plain(node.children[0].content[:_LONGEST_HEADING]) if node.children else ""
        if node.tag in {"h1", "h2"}:
            self.stage = _HEADINGS.get(heading.casefold())
            if self.stage is None:
                near = did_you_mean(heading, _HEADINGS) or "Write `## First contact`, `## Solving` or `## Afterwards`."
                self.reader.wrong(line, f"`{_cut(heading)}` is no stage", near)
                self.stage = Stage.FIRST_CONTACT
            return
        key = re.sub(r"\W+", "-", heading.casefold()).strip("-")[:_LONGEST_KEY]
        if self.stage is None:
            self.reader.wrong(line, "this step belongs to no stage", "Write `## First contact` above it.")
        if not key or key in self.steps:
            self.reader.wrong(
                line, "two steps have this heading, or it is empty", "Give each step a heading of its own."
            )
            key = f"{key}-{line}"
        if len(self.steps) >= MOST_STEPS:
            self.reader.wrong(line, f"there are more than {MOST_STEPS} steps", "Nobody does so many: keep the best.")
        self.step = Step(key, self.stage or Stage.FIRST_CONTACT, heading[:120], self.texts, self.words, line)
        self.steps[key] = self.step

    def _labelled(self, node: SyntaxTreeNode, into: dict[str, str], line: int) -> None:
        """Texts that begin with their language, one or several in a block."""
        code = ""
        for at, given in self._lines(node, line):
            found = _LABEL.match(given)
            rest = given
            if found:
                code, rest = found[1].lower(), given[found.end() :]
                if code not in LANGUAGES:
                    self.reader.wrong(at, f"`{code}:` is no language", f"Write one of {', '.join(LANGUAGES)}.")
                elif code in into:
                    self.reader.wrong(at, f"`{code}:` is there twice", "Keep one of them.")
                into[code] = ""
            if not code:
                self.reader.wrong(at, "the language is missing", "Begin with `en:`, `et:`, `fi:` or `ru:`.")
                return
            said = _plain(rest) if len(rest) <= _LONGEST_LINE else rest
            into[code] = f"{into[code]} {said}".strip()
            self._places(rest, at)

    def _lines(self, node: SyntaxTreeNode, line: int) -> Iterator[tuple[int, str]]:
        for inner in node.children:
            at = self.offset + (inner.map[0] if inner.map else line) + 1
            if inner.type != "paragraph":
                remedy = "Keep to plain sentences: no lists in lists, no headings, no tables."
                self.reader.wrong(at, "this cannot stand inside", remedy)
                continue
            for number, one in enumerate(inner.children[0].content.split("\n") if inner.children else ()):
                yield at + number, one

    def _places(self, said: str, line: int) -> None:
        for place in plays.PLACE.findall(said):
            if place not in plays.PLACES:
                near = did_you_mean(place, plays.PLACES)
                remedy = near.replace("`", "`{", 1).replace("`?", "}`?") or "Places are `{name}` and `{time}`."
                self.reader.wrong(line, f"nothing is known for `{{{place}}}`", remedy)

    def _close(self) -> None:
        """The end of a step."""
        step, self.step = self.step, None
        if step is not None:
            if not step.texts:
                self.reader.wrong(step.line, "this step does not say what to do", "Add a line `- en: What to do`.")
            for code, said in (*step.texts.items(), *step.words.items()):
                if not said.strip() and code in LANGUAGES:
                    self.reader.wrong(step.line, f"a text in {code} is empty", f"Write it, or remove `{code}:`.")
                if len(said) > LONGEST_TEXT:
                    self.reader.wrong(step.line, f"a text is longer than {LONGEST_TEXT} characters", "Shorten it.")
        self.texts, self.words = {}, {}

    def finished(self) -> tuple[Step, ...]:
        """All steps."""
        self._close()
        if not self.steps:
            self.reader.wrong(self.offset + 1, "there are no steps", "Write `## First contact` and `### Call them`.")
        return tuple(self.steps.values())


class _Head(SafeLoader):  # type: ignore[misc]  # PyYAML has no types
    """YAML as people write it: flat, each thing where it belongs, numbers that they could count to.

    Of what is named once and meant again (``&a``, ``*a``) a few lines make more than fits into memory. And the faster
    loader in C must not read it: nested deeply enough, a file would end the process.
    """

    _depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """One value, with what is inside it."""
        if self.check_event(AliasEvent) or self._depth > _DEEPEST:
            raise MarkedYAMLError(problem="this is no plain value", problem_mark=self.peek_event().start_mark)
        self._depth += 1
        node: Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_yaml_int(self, node: ScalarNode) -> int:
        """A whole number; Python refuses to write out what is far longer."""
        value: int = super().construct_yaml_int(node)
        if abs(value) > _MOST:
            raise MarkedYAMLError(problem="this is no number", problem_mark=node.start_mark)
        return value


_Head.add_constructor("tag:yaml.org,2002:int", _Head.construct_yaml_int)

_FORM = "Begin the file with `---`, `when: [refund_demand]`, `title:`, `  en: What it is about`, `---`."


def _plain(content: str) -> str:
    """What is read of a line of Markdown: without stars, addresses and tags."""
    inline = _PARSER.parseInline(content)[0].children or [] if content.strip() else []
    said = "".join(" " if "break" in token.type else token.content for token in inline)
    return " ".join("".join(char if char.isprintable() else " " for char in said).split())


def _line_of(head: str, key: str, first: int) -> int:
    """The line of a key of the front matter, or its first line."""
    for number, line in enumerate(head.split("\n")):
        if line.startswith(f"{key}:"):
            return first + number + 1
    return max(first, 1) + 1


def _cut(given: object) -> str:
    return " ".join(str(given)[:40].split())
