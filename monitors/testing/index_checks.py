"""The contract of an index, as tests: derive from ``IndexChecks`` and give it ``index``, empty and prepared."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.lemmas import tokenize
from models.post import Author, Metric, Post
from models.scores import FoundSignal, Language, Scores, Sentiment, Signal
from monitors.ports import Document, Index, Search

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""A Monday."""

INFLECTED = {
    "et": ("Pakiautomaadist ei tulnud kellelegi tagasimakset", "tagasimakse"),
    "ru": ("Где возврат моих денег, посылки так и нет", "деньги"),
    "fi": ("En ole saanut rahojani takaisin paketista", "raha"),
    "en": ("They never answered my complaints about refunds", "complaint"),
}
"""A post with an inflected form, and the base form by which it is asked for, in each language."""


def make_document(native_id: str = "1", text: str = "My parcel is late", *, language: str | None = "en") -> Document:
    """A post about a brand with scores as the pipeline would make them; change what a test is about by ``replace``."""
    post = Post(
        source="x", native_id=native_id, url=f"https://example.test/{native_id}", text=text, created_at=NOON,
        observed_at=NOON + timedelta(days=400), author=Author("a"),
    )  # fmt: skip
    scores = Scores(
        language=Language(language, 0.9), sentiment=Sentiment.NEUTRAL, sentiment_probabilities={Sentiment.NEUTRAL: 1.0},
        complaint=False, complaint_probability=0.1, severity=0, signature=(), model="test",
        lemmas=tuple(token.lemma for token in tokenize(text, language)),
    )  # fmt: skip
    return Document(post, ("omniva",), scores)


def at(document: Document, created_at: datetime) -> Document:
    """The same post, written at another time."""
    return replace(document, post=replace(document.post, created_at=created_at))


def bad(document: Document, *signals: Signal) -> Document:
    """The same post as a negative complaint."""
    found = tuple(FoundSignal(signal, 0, 2) for signal in signals)
    scores = replace(document.scores, sentiment=Sentiment.NEGATIVE, complaint=True, signals=found)
    return replace(document, scores=scores)


def fill(index: Index, *documents: Document) -> None:
    """Write documents and make them visible."""
    index.put(documents)
    index.refresh()


def uids(index: Index, search: Search | None = None, *, size: int = 100) -> list[str]:
    """What a search finds on its first page."""
    return [hit.uid for hit in index.search(search or Search(), size=size).hits]


def pages(index: Index, search: Search, size: int) -> Iterator[Sequence[str]]:
    """All pages of a search, one after the other."""
    after = None
    while True:
        page = index.search(search, size=size, after=after)
        yield [hit.uid for hit in page.hits]
        after = page.after
        if after is None:
            return


class IndexChecks:
    """What every index promises."""

    @pytest.fixture
    def index(self) -> Index:
        """An empty, prepared index."""
        raise NotImplementedError

    def test_empty_index_answers(self, index: Index) -> None:
        """An index without posts gives empty answers, not errors."""
        assert index.search(Search(text="refund")).hits == []
        assert index.count(Search()) == 0
        assert index.histogram(Search(), interval=timedelta(hours=1)) == []
        assert index.facets(Search(), "brand") == {}
        assert index.percentiles(Search(), Metric.LIKES, [50]) == {}
        index.remove(["x:1"])
        index.clear()

    def test_prepare_is_repeatable(self, index: Index) -> None:
        """Preparing again keeps what is there."""
        fill(index, make_document())
        index.prepare()
        assert uids(index) == ["x:1"]

    @pytest.mark.parametrize("language", INFLECTED)
    def test_inflected_form_is_found_by_base_form(self, index: Index, language: str) -> None:
        """A base form finds its inflected forms, and the highlight is the form in the text."""
        text, word = INFLECTED[language]
        other = make_document("2", "Nothing of the kind", language="en")
        fill(index, make_document("1", text, language=language), other)
        (hit,) = index.search(Search(text=word)).hits
        assert hit.uid == "x:1"
        assert hit.highlights
        assert all(word[:3] in hit.text[start:end].lower() for start, end in hit.highlights)

    @pytest.mark.parametrize("language", INFLECTED)
    def test_every_word_finds_its_post(self, index: Index, language: str) -> None:
        """Whoever copies a word of a post finds the post, in capitals too."""
        text, _ = INFLECTED[language]
        fill(index, make_document("1", text, language=language))
        for word in text.replace(",", "").split():
            assert uids(index, Search(text=word.upper())) == ["x:1"], word

    def test_accents_do_not_matter(self, index: Index) -> None:
        """People without the right keyboard find and are found."""
        texts = enumerate(["Käisin öösel", "kaisin oosel"], 1)
        fill(index, *(make_document(f"{number}", text, language=None) for number, text in texts))
        assert uids(index, Search(text="öösel")) == uids(index, Search(text="KAISIN")) == ["x:2", "x:1"]

    def test_all_words_must_match(self, index: Index) -> None:
        """Two words find posts with both, in any order."""
        texts = enumerate(["late parcel", "parcel came late", "late"], 1)
        fill(index, *(make_document(f"{number}", text) for number, text in texts))
        assert uids(index, Search(text="parcel late")) == ["x:2", "x:1"]

    @pytest.mark.parametrize("typed", ['"parcels late"', "“parcels late”", "«parcels late»"])
    def test_phrase_needs_its_order(self, index: Index, typed: str) -> None:
        """Words in quotes are found side by side, by base form, and highlighted as one place."""
        fill(index, make_document("1", "late parcel"), make_document("2", "My parcel late again!"))
        (hit,) = index.search(Search(text=typed)).hits
        assert (hit.uid, hit.highlights, hit.score) == ("x:2", [(3, 14)], 1.0)

    def test_question_without_words_finds_nothing(self, index: Index) -> None:
        """Blank text asks for everything, signs alone for nothing."""
        fill(index, make_document())
        assert uids(index, Search(text=" \n")) == ["x:1"]
        assert uids(index, Search(text='?! "" * () 😀')) == []

    def test_filters(self, index: Index) -> None:
        """Each filter alone keeps exactly the posts that fit it."""
        plain = make_document("1")
        rich = bad(make_document("2", "Kus on raha?", language="et"), Signal.LEGAL_THREAT, Signal.NO_ANSWER)
        rich = replace(rich, brands=("omniva", "itella"), story="s1", decision="alert")
        rich = replace(rich, post=replace(rich.post, source="rss", native_id="2", created_at=NOON + timedelta(hours=1)))
        fill(index, plain, rich)
        for only_rich in (
            Search(brand="itella"), Search(sources=["rss", "file"]), Search(languages=["et", "fi"]),
            Search(sentiments=["negative"]), Search(signals=["no_answer", "rude_staff"]), Search(story="s1"),
            Search(complaint=True), Search(since=NOON + timedelta(microseconds=1)),
        ):  # fmt: skip
            assert uids(index, only_rich) == ["rss:2"], only_rich
            assert index.count(only_rich) == 1
        for only_plain in (
            Search(sources=["x"]), Search(complaint=False), Search(sentiments=["neutral"]),
            Search(until=NOON + timedelta(hours=1)), Search(brand="omniva", languages=["en"]),
        ):  # fmt: skip
            assert uids(index, only_plain) == ["x:1"], only_plain
        assert uids(index, Search(brand="omniva")) == ["rss:2", "x:1"]

    def test_newest_first_to_the_microsecond(self, index: Index) -> None:
        """Hits come by time, then by uid, and give the exact time back."""
        times = [NOON, NOON + timedelta(microseconds=1), NOON - timedelta(days=3650), NOON + timedelta(days=40), NOON]
        fill(index, *(at(make_document(str(number)), time) for number, time in enumerate(times)))
        hits = index.search(Search()).hits
        assert [hit.uid for hit in hits] == ["x:3", "x:1", "x:4", "x:0", "x:2"]
        assert [hit.created_at for hit in hits] == sorted(times, reverse=True)

    def test_last_version_wins(self, index: Index) -> None:
        """A post that is written again replaces its older version, also within one batch."""
        fill(index, make_document("1", "first words"), make_document("1", "second words"))
        assert uids(index, Search(text="first")) == []
        fill(index, make_document("1", "third words"))
        assert [hit.text for hit in index.search(Search()).hits] == ["third words"]
        assert uids(index, Search(text="second")) == []

    def test_post_that_changes_its_time_is_there_once(self, index: Index) -> None:
        """A corrected time moves a post to another month and leaves no copy, whether or not the first was visible."""
        document = make_document()
        index.put([document])
        fill(index, at(document, NOON + timedelta(days=60)))
        assert [hit.created_at for hit in index.search(Search()).hits] == [NOON + timedelta(days=60)]
        fill(index, at(document, NOON - timedelta(days=60)))
        assert index.count(Search()) == 1

    def test_removed_posts_are_gone(self, index: Index) -> None:
        """Removing works across months and right after writing, and unknown uids are no error."""
        documents = [at(make_document(str(day)), NOON + timedelta(days=day)) for day in (0, 35, 70)]
        index.put(documents)
        index.remove(["x:0", "x:70", "x:unknown"])
        index.refresh()
        assert uids(index) == ["x:35"]
        assert uids(index, Search(text="parcel")) == ["x:35"]
        assert index.facets(Search(), "brand") == {"omniva": 1}

    def test_clear_forgets_everything(self, index: Index) -> None:
        """After clearing, the index is empty and can be filled again."""
        fill(index, make_document("1"), at(make_document("2"), NOON + timedelta(days=40)))
        index.clear()
        assert index.count(Search()) == 0
        fill(index, make_document("3"))
        assert uids(index) == ["x:3"]

    def test_pages_are_complete_while_posts_arrive(self, index: Index) -> None:
        """Paging finds each post once, although newer and older posts and new versions are written meanwhile."""
        fill(index, *(at(make_document(f"{n:02}"), NOON + timedelta(seconds=n // 3)) for n in range(25)))
        found: list[str] = []
        for number, page in enumerate(pages(index, Search(), size=4)):
            found += page
            fill(index, at(make_document(f"new{number}"), NOON + timedelta(hours=1 + number)))
            fill(index, at(make_document(f"{number:02}", "edited"), NOON + timedelta(seconds=number // 3)))
        assert found == [f"x:{n:02}" for n in sorted(range(25), key=lambda n: (n // 3, f"{n:02}"), reverse=True)]

    def test_total_and_end_of_pages(self, index: Index) -> None:
        """The total counts all pages, and a page that is exactly full is known to be the last."""
        fill(index, *(make_document(str(number)) for number in range(6)))
        first = index.search(Search(), size=3)
        assert (first.total, len(first.hits)) == (6, 3)
        second = index.search(Search(), size=3, after=first.after)
        assert (second.total, second.after) == (6, None)

    @pytest.mark.parametrize("cursor", ["", "x", "!!", "e30=", "W10=", "WzEsICJ4IiwgInkiXQ==", "WzFlOTk5LCAieCJd", "ä"])
    def test_foreign_cursor_is_harmless(self, index: Index, cursor: str) -> None:
        """A cursor that somebody made up gives a page, not an error."""
        fill(index, make_document())
        assert index.search(Search(), after=cursor).total == 1

    def test_histogram_has_empty_bars(self, index: Index) -> None:
        """Bars are aligned to Mondays in UTC, and those without posts are there too."""
        fill(
            index,
            make_document("1"),
            bad(at(make_document("2"), NOON + timedelta(minutes=59))),
            at(make_document("3"), NOON + timedelta(hours=3)),
        )
        bars = index.histogram(Search(), interval=timedelta(hours=1))
        assert [(bar.at, bar.posts, bar.complaints, bar.negative) for bar in bars] == [
            (NOON, 2, 1, 1), (NOON + timedelta(hours=1), 0, 0, 0), (NOON + timedelta(hours=2), 0, 0, 0),
            (NOON + timedelta(hours=3), 1, 0, 0),
        ]  # fmt: skip
        (week,) = index.histogram(Search(), interval=timedelta(days=7))
        assert (week.at, week.posts) == (NOON - timedelta(hours=12), 3)

    def test_histogram_covers_the_time_asked_for(self, index: Index) -> None:
        """With both ends given, the bars cover them, and ``until`` starts no bar."""
        fill(index, make_document())
        day = Search(since=NOON - timedelta(hours=12), until=NOON + timedelta(hours=12))
        bars = index.histogram(day, interval=timedelta(hours=4))
        assert [bar.posts for bar in bars] == [0, 0, 0, 1, 0, 0]
        nothing = index.histogram(replace(day, text="nothing"), interval=timedelta(hours=4))
        assert [bar.posts for bar in nothing] == [0] * 6

    @pytest.mark.parametrize("interval", [timedelta(0), timedelta(seconds=-1), timedelta(milliseconds=1500)])
    def test_impossible_interval_is_refused(self, index: Index, interval: timedelta) -> None:
        """Bars without a width, or with parts of seconds, are an error."""
        with pytest.raises(ValueError, match="whole seconds"):
            index.histogram(Search(), interval=interval)

    def test_too_many_bars_are_refused(self, index: Index) -> None:
        """One wrong clock cannot make a page draw millions of bars."""
        fill(index, make_document("1"), at(make_document("2"), datetime(1, 1, 1, tzinfo=UTC)))
        with pytest.raises(ValueError, match="too many"):
            index.histogram(Search(), interval=timedelta(hours=1))

    def test_facets(self, index: Index) -> None:
        """Values are counted, most frequent first, then by name; absent values are not."""
        one = bad(make_document("1"), Signal.NO_ANSWER, Signal.NO_ANSWER)
        two = replace(bad(make_document("2"), Signal.NO_ANSWER, Signal.FRAUD_ACCUSATION), brands=("b", "a"), story="s")
        three = replace(make_document("3", language=None), brands=("b",), decision="drop")
        fill(index, one, two, three)
        assert list(index.facets(Search(), "brand").items()) == [("b", 2), ("a", 1), ("omniva", 1)]
        assert index.facets(Search(), "signal") == {"no_answer": 2, "fraud_accusation": 1}
        assert index.facets(Search(), "language") == {"en": 2}
        assert index.facets(Search(), "sentiment") == {"negative": 2, "neutral": 1}
        assert index.facets(Search(), "story") == {"s": 1}
        assert index.facets(Search(), "decision") == {"drop": 1}
        assert index.facets(Search(complaint=True), "source") == {"x": 2}
        assert index.facets(Search(), "brand", size=1) == {"b": 2}

    def test_unknown_facet_is_refused(self, index: Index) -> None:
        """Only the fields that the port names can be counted."""
        with pytest.raises(ValueError, match="No facet 'text"):
            index.facets(Search(), "text; DROP TABLE index_posts")

    def test_percentiles(self, index: Index) -> None:
        """Percentiles are of the posts that have the metric: unknown is not 0."""
        counted = [counts(make_document(str(number)), {Metric.LIKES: number}) for number in range(0, 101, 10)]
        fill(index, make_document("unknown"), *counted)
        found = index.percentiles(Search(), Metric.LIKES, [0, 50, 100])
        assert found == {0: 0.0, 50: 50.0, 100: 100.0}
        assert index.percentiles(Search(), Metric.VIEWS, [50]) == {}

    def test_hostile_posts_are_kept(self, index: Index) -> None:
        """Odd bytes, huge words, huge texts, long ids, huge counts and wrong clocks are indexed like anything else."""
        hostile = [
            make_document("nul", "a\x00b refund"),
            make_document("half", "half \ud83d pair refund"),
            make_document("word", "x" * 40_000 + " refund"),
            make_document("long", "refund " + "päev " * 300_000, language=None),
            make_document("i" * 3_000, "refund"),
            make_document("quote'\"\\\n", "refund \"'); DROP TABLE index_posts; --"),
            counts(make_document("count", "refund"), {Metric.VIEWS: 10**30, Metric.LIKES: -1}),
            at(make_document("early", "refund"), datetime(1, 1, 1, tzinfo=UTC)),
            at(make_document("late", "refund"), datetime(9999, 12, 31, tzinfo=UTC)),
        ]
        fill(index, *hostile)
        found = index.search(Search(text="refund"))
        assert found.total == len(hostile)
        assert all(hit.highlights for hit in found.hits)
        assert len(index.histogram(Search(), interval=timedelta(days=3650))) > 800
        index.remove([document.post.uid for document in hostile])
        index.refresh()
        assert index.count(Search()) == 0

    # One test runs on several indices, and questions leave nothing in an index.
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(text=st.text(st.characters() | st.sampled_from("\"'*()[]{}^:-+~\\/@#“”«»\x00\ud800"), max_size=60))
    def test_any_question_is_answered(self, index: Index, text: str) -> None:
        """Whatever is typed is a question, never an error or an expression of the index's own language."""
        index.search(Search(text=text))
        index.count(Search(text=text, brand=text, story=text, sources=[text]))


def counts(document: Document, engagement: Mapping[Metric, int]) -> Document:
    """The same post with these counts."""
    return replace(document, post=replace(document.post, engagement=engagement))
