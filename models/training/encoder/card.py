"""Writes the card of the readers: every figure by the code of ``kuula evaluate``, on texts they had not met."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from models.encoder import LONGEST
from models.evaluation.figures import Figures, figures, worst
from models.evaluation.rows import Task, understand
from models.labels import TONES
from models.scorer import Scorer
from models.scores import Scores, Signal
from models.training.card import licences
from models.training.corpus.export import row as exported
from models.training.corpus.reading import LabelledPost
from models.training.encoder.examples import UNKNOWN, Lesson
from models.training.markdown import table

BATCH = 500
MISTAKES = 20
EVERYTHING = "all"

_TASKS = {"sentiment": Task.SENTIMENT, "complaint": Task.COMPLAINT, "signals": Task.SIGNALS}
_SHOWN = ("n", "accuracy", "macro_f1", "macro_recall", "micro_f1", "hard_negatives_wrongly_flagged")

_HEAD = f"""\
# The readers: fast, standard and full

Written by `python -m models.training.encoder card`, by the code of `kuula evaluate`; do not edit.

*full* is the encoder multilingual-e5-small (Wang et al. 2024, arXiv 2402.05672; MIT), its vocabulary cut to four
languages, fine-tuned on sentiment, complaint, signals with their spans, severity and remedy at once. *standard* is a
network of few layers that was taught by it. Both read {LONGEST} pieces of a post at once, longer posts in windows, and
are joined by what *fast* knows: linear models over n-grams, and patterns. How much each counts, the calibration and the
thresholds were fitted on the held-out public texts and the development part of the corpus: so the figures on the public
sets are somewhat kind, those on the corpus are of its test part, which no weight was fitted on. (Which pieces the
vocabulary keeps was counted over all posts that there were at the time, the measured ones among them.)

The corpus was written by a language model (`models/training/corpus/DATASHEET.md`): figures on it say how the readers do
on such posts by authors they had not met; real posts decide. *Plain* hands write as most people do, *sly* ones are
full of tricks, and a third of all posts looks like what it is not. Its labellers, two of one kind, agree less than
perfectly: read the kappas in the datasheet beside these figures.
"""


def write_card(
    scorers: Mapping[str, Scorer],
    held_out: Sequence[Lesson],
    test: Sequence[LabelledPost],
    alone: Sequence[Mapping[str, Any]],
    shared: str,
) -> str:
    """Give the card as Markdown.

    ``alone`` are the figures of each part by itself, ``shared`` says in a reader's words what the worst mistakes have
    in common.
    """
    rows: list[dict[str, Any]] = []
    signals: list[dict[str, Any]] = []
    read: dict[str, list[Scores]] = {}
    for name, scorer in scorers.items():
        rows += [{"reader": name, **row} for row in _public(scorer, held_out)]
        read[name] = _scores(scorer, [post.text for post in test])
        rows += [{"reader": name, **row} for row in _own(test, read[name])]
        signals += [{"reader": name, **_by_signal(test, read[name])}]
    last = list(scorers)[-1]
    parts = [_HEAD]
    for task in _TASKS:
        parts += [f"## {task.capitalize()}\n", *table([_without_task(row) for row in rows if row["task"] == task]), ""]
    parts += ["## F1 of each signal, corpus, all languages\n", *table(_turned(signals)), ""]
    parts += ["## Each part by itself, corpus, all languages\n", *table(alone), ""]
    parts += ["## Severity, remedy, spans: corpus\n", *table([_rest(name, test, read[name]) for name in read]), ""]
    parts += [
        f"## The {MISTAKES} worst mistakes of *{last}* in each language, and what they share\n",
        shared.strip(),
        "",
    ]
    parts += list(_mistakes(test, read[last]))
    parts += ["## Learnt from\n", *table(licences()), ""]
    return "\n".join(parts)


def _scores(scorer: Scorer, texts: Sequence[str]) -> list[Scores]:
    found: list[Scores] = []
    for start in range(0, len(texts), BATCH):
        some = texts[start : start + BATCH]
        found += scorer.score(some, [None] * len(some))
    return found


def _public(scorer: Scorer, lessons: Sequence[Lesson]) -> Iterator[dict[str, Any]]:
    read = _scores(scorer, [lesson.text for lesson in lessons])
    for dataset, language in sorted({(lesson.dataset, lesson.language) for lesson in lessons}):
        pairs = [
            (lesson, scores)
            for lesson, scores in zip(lessons, read, strict=True)
            if (lesson.dataset, lesson.language) == (dataset, language)
        ]
        toned = any(lesson.sentiment != UNKNOWN for lesson, _ in pairs)
        task = Task.SENTIMENT if toned else Task.COMPLAINT
        rows = [understand(task, _row(lesson), dataset) for lesson, _ in pairs]
        measured = figures(task, rows, [scores for _, scores in pairs])
        yield {"task": task.value, "texts": dataset, "lang": language, **_chosen(measured)}


def _row(lesson: Lesson) -> dict[str, Any]:
    if lesson.sentiment != UNKNOWN:
        return {"text": lesson.text, "lang": lesson.language, "sentiment": TONES[lesson.sentiment].value}
    return {"text": lesson.text, "lang": lesson.language, "complaint": bool(lesson.complaint)}


def _own(test: Sequence[LabelledPost], read: Sequence[Scores]) -> Iterator[dict[str, Any]]:
    for texts, plain in (("corpus", (True, False)), ("corpus, plain", (True,)), ("corpus, sly", (False,))):
        chosen = [(post, scores) for post, scores in zip(test, read, strict=True) if post.author.plain in plain]
        for name, task in _TASKS.items():
            for language, pairs in _by_language([post for post, _ in chosen], [scores for _, scores in chosen]):
                rows = [understand(task, exported(post), post.id) for post, _ in pairs]
                measured = figures(task, rows, [scores for _, scores in pairs])
                yield {"task": name, "texts": texts, "lang": language, **_chosen(measured)}


def _by_language(
    test: Sequence[LabelledPost], read: Sequence[Scores]
) -> Iterator[tuple[str, list[tuple[LabelledPost, Scores]]]]:
    pairs = list(zip(test, read, strict=True))
    for language in sorted({post.author.language for post in test}):
        yield language, [pair for pair in pairs if pair[0].author.language == language]
    yield EVERYTHING, pairs


def _chosen(measured: Figures) -> dict[str, Any]:
    shown = {name: measured.get(name) for name in _SHOWN} | {
        "calibration_error": measured["expected_calibration_error"]
    }
    return {name: "" if value is None else round(value, 3) for name, value in shown.items()}


def _without_task(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "task"}


def _by_signal(test: Sequence[LabelledPost], read: Sequence[Scores]) -> dict[str, Any]:
    rows = [understand(Task.SIGNALS, exported(post), post.id) for post in test]
    measured = figures(Task.SIGNALS, rows, read)["per_label"]
    return {signal.value: round(measured[signal.value]["f1"] or 0.0, 3) for signal in Signal}


def _turned(by_reader: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"signal": signal.value} | {row["reader"]: row[signal.value] for row in by_reader} for signal in Signal]


def _rest(name: str, test: Sequence[LabelledPost], read: Sequence[Scores]) -> dict[str, Any]:
    pairs = list(zip(test, read, strict=True))
    both = [(post, scores) for post, scores in pairs if post.complaint and scores.complaint]
    placed = [
        any(found.start < span.end and span.start < found.end for span in post.signals if span.signal is found.signal)
        for post, scores in pairs
        for found in scores.signals
        if found.signal in {span.signal for span in post.signals}
    ]
    return {
        "reader": name,
        "complaints found": len(both),
        "severity right": _share(post.severity == scores.severity for post, scores in both),
        "severity off by one at most": _share(abs(post.severity - scores.severity) <= 1 for post, scores in both),
        "remedy right": _share(post.remedy == scores.remedy for post, scores in both),
        "spans that overlap the marked one": _share(placed),
    }


def _share(right: Iterable[bool]) -> float:
    found = list(right)
    return round(sum(found) / len(found), 3) if found else 0.0


def _mistakes(test: Sequence[LabelledPost], read: Sequence[Scores]) -> Iterator[str]:
    for language, pairs in _by_language(test, read):
        if language == EVERYTHING:
            continue
        yield f"### {language}\n"
        rows = [understand(Task.SIGNALS, exported(post), post.id) for post, _ in pairs]
        for found in worst(Task.SIGNALS, rows, [scores for _, scores in pairs], MISTAKES):
            text = " ".join(found["text"].split())
            yield f"- {found['place']}: said {_list(found['said'])}, true {_list(found['true'])}: {text}"
        yield ""


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"
