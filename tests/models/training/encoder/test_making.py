"""The encoder's three steps on a pretrained one so small that the test makes it."""

import json
import random
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from fakes import tiny_encoder
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from models.artifact import Artifact
from models.encoder import Encoder, unpack_blocks
from models.encoder_reader import EncoderReader, marked_span
from models.hashing import HashedTexts
from models.labels import HEADS, SIGNALS
from models.lemmas import tokenize
from models.linear_reader import LinearReader
from models.opinion import Batch
from models.scores import Signal
from models.training.encoder.combine import fit_combination
from models.training.encoder.distil import ask, distilling_loss, shorten
from models.training.encoder.examples import Lesson
from models.training.encoder.export import pack_blocks, write_network
from models.training.encoder.fit import Plan, collate, fit, loss_of
from models.training.encoder.network import Network, make_body
from models.training.encoder.pretrained import Base, read_base
from models.training.encoder.vocabulary import choose_pieces, count_pieces, make_tokenizer

REFUND, SILENCE = SIGNALS.index(Signal.REFUND_DEMAND), SIGNALS.index(Signal.NO_ANSWER)


def _lesson(text: str, language: str, sentiment: int, **spans: str) -> Lesson:
    columns = {"refund": REFUND, "silence": SILENCE}
    placed = tuple(
        (columns[name], text.index(words), text.index(words) + len(words)) for name, words in sorted(spans.items())
    )
    complaint = int(bool(spans))
    known = {"severity": complaint, "remedy": complaint, "signals": tuple(sorted({column for column, *_ in placed}))}
    return Lesson(text, language, "corpus", sentiment=sentiment, complaint=complaint, spans=placed, **known)


LESSONS = [
    _lesson("raha tagasi, pood", "et", 0, refund="raha tagasi"),
    _lesson("keegi ei vasta mulle", "et", 0, silence="keegi ei vasta"),
    _lesson("pood on avatud", "et", 1),
    _lesson("верните деньги", "ru", 0, refund="верните деньги"),
    _lesson("money back now", "en", 0, refund="money back"),
    _lesson("rahat takaisin", "fi", 0, refund="rahat takaisin"),
    _lesson("kauppa on auki", "fi", 2),
    _lesson("the shop is nice", "en", 2),
    _lesson("магазин открыт", "ru", 1),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    """The tiny pretrained encoder, read from its file."""
    file = tmp_path_factory.mktemp("base") / "tiny.bin"
    tiny_encoder.write(file, tiny_encoder.tensors())
    return read_base(file)


@pytest.fixture(scope="module")
def trained(base: Base) -> Network:
    """A network that has seen the lessons so often that it knows them."""
    torch.manual_seed(5)  # the order of the tests must not decide what heads begin with
    network = Network(make_body(base, range(len(base.pieces)), range(base.layers)))
    tokenizer = make_tokenizer(base.pieces, base.scores)
    passes = [random.Random(place).sample(LESSONS * 8, 72) for place in range(60)]
    fit(network, passes, partial(loss_of, network, tokenizer), Plan(body_rate=3e-3, heads_rate=1e-2))
    return network


@pytest.fixture(scope="module")
def folder(base: Base, trained: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of that network as the package ships them."""
    out = tmp_path_factory.mktemp("encoder")
    state = {name: value.numpy() for name, value in trained.state_dict().items()}
    make_tokenizer(base.pieces, base.scores).save(str(out / "tokenizer.json"))
    np.save(out / "words.npy", pack_blocks(state["body.embeddings.word_embeddings.weight"]))
    ids, mask, _ = collate(make_tokenizer(base.pieces, base.scores), [lesson.text for lesson in LESSONS])
    write_network(state, base.heads, base.epsilon, out / "full.onnx", [(ids.numpy(), mask.numpy())])
    return out


def test_the_file_is_read_as_it_was_written(base: Base) -> None:
    """Sizes, pieces and weights of a file in the pretrained format come back, the 4-bit ones without loss."""
    assert (base.hidden, base.layers, base.heads) == (32, 3, 2)
    assert list(base.pieces) == tiny_encoder.PIECES
    written = tiny_encoder.tensors()
    assert all(np.array_equal(base.tensors[name], values) for name, values in written.items())


@given(
    scales=arrays.arrays(np.float16, 3, elements=st.floats(0.0078125, 2.0, width=16)),
    levels=arrays.arrays(np.int8, (3, 32), elements=st.integers(-8, 7)),
)
def test_blocks_keep_their_weights(scales: np.ndarray, levels: np.ndarray) -> None:
    """Weights that came from 4-bit blocks survive being packed again, whatever their scale."""
    levels[:, 0] = -8
    weights = levels * scales.astype(np.float32)[:, None]
    packed = pack_blocks(weights.astype(np.float32))
    assert np.array_equal(unpack_blocks(packed.reshape(-1, 18)), weights)


def test_the_shipped_network_answers_as_the_trained_one(base: Base, trained: Network, folder: Path) -> None:
    """The quantised graph gives the same labels as torch, and nearly the same logits, in any batch."""
    texts = [lesson.text for lesson in LESSONS]
    ids, mask, _ = collate(make_tokenizer(base.pieces, base.scores), texts)
    expected = {name: logits.detach().numpy() for name, logits in trained(ids, mask).items()}
    reading = Encoder(folder, "full").read(texts)
    for name in HEADS:
        assert np.abs(reading.heads[name] - expected[name]).max() < 0.6
    assert np.array_equal(reading.heads["sentiment"].argmax(1), expected["sentiment"].argmax(1))
    assert np.array_equal(reading.signals > 0, expected["signals"] > 0)
    alone = Encoder(folder, "full").read(texts[:1])
    assert np.allclose(alone.signals[0], reading.signals[0], atol=0.6)


def test_it_learns_signals_with_their_places(folder: Path) -> None:
    """A trained network names the signal of each lesson, and the pieces that show it."""
    reading = Encoder(folder, "full").read([lesson.text for lesson in LESSONS])
    for row, lesson in enumerate(LESSONS):
        assert tuple(np.flatnonzero(reading.signals[row] > 0)) == lesson.signals
        for column, start, end in lesson.spans:
            first, last = marked_span(lesson.text, reading.places[row], reading.marks[row][:, column])
            assert first < end
            assert last > start


def test_a_student_learns_from_its_teacher(base: Base, trained: Network, folder: Path) -> None:
    """One layer that begins as the teacher's own comes nearer to the teacher's answers."""
    tokenizer = make_tokenizer(base.pieces, base.scores)
    student = Network(make_body(base, range(len(base.pieces)), [0]))
    shorten(trained, student, [0])
    taught = list(ask(Encoder(folder, "full"), LESSONS))
    before = distilling_loss(student, tokenizer, taught).item()
    fit(student, [taught * 8] * 40, partial(distilling_loss, student, tokenizer), Plan(body_rate=3e-3))
    assert distilling_loss(student, tokenizer, taught).item() < 0.7 * before


def test_the_reader_joins_what_all_models_know(folder: Path, tmp_path: Path) -> None:
    """With fitted weights the reader tells complaints from other posts, with signals, their places and a remedy."""
    encoder, fast = Encoder(folder, "full"), LinearReader.builtin()
    content = fit_combination(encoder, fast, LESSONS * 20 + [_lesson(f"{n} pood", "et", n % 3) for n in range(30)])
    reader = EncoderReader(encoder, fast, Artifact("full", content))
    texts = HashedTexts([LESSONS[0].text, LESSONS[2].text, ""])
    codes = ["et", "et", None]
    words = [tokenize(text, code) for text, code in zip(texts, codes, strict=True)]
    angry, calm, empty = reader.begin(texts)(Batch(texts, codes, words))
    assert angry.complaint > 0.5 > calm.complaint
    (refund,) = (found for found in angry.signals if found.signal is Signal.REFUND_DEMAND)
    assert "raha" in texts[0][refund.start : refund.end]
    assert not calm.signals
    assert sum(empty.sentiment.values()) == pytest.approx(1.0)
    assert reader.begin(HashedTexts([]))(Batch(HashedTexts([]), [], [])) == []
    assert all(part in reader.version for part in ("full-", "sentiment-", "rules-"))


def test_the_cut_vocabulary_keeps_what_is_used(base: Base) -> None:
    """Pieces met twice, pieces that many word forms need, and single letters stay; their order does too."""
    tokenizer = make_tokenizer(base.pieces, base.scores)
    met = count_pieces(tokenizer, ["raha raha", "tagasi"])
    kept = [base.pieces[one] for one in choose_pieces(base.pieces, met, [count_pieces(tokenizer, ["money"] * 10)])]
    assert {"▁raha", "▁money", "a", "õ", "ж"} <= set(kept)
    assert "▁tagasi" not in kept
    assert kept[:4] == ["<s>", "<pad>", "</s>", "<unk>"]


@pytest.mark.parametrize("text", ["@maja raha tagasi", "www.pood.ee/x raha tagasi", "  raha\n\ttagasi"])
def test_places_survive_cleaning(base: Base, text: str) -> None:
    """Account names, addresses and stretched spaces are levelled out, yet pieces point into the text as written."""
    encoded = make_tokenizer(base.pieces, base.scores).encode(text)
    ends = [text[start:end].strip() for start, end in encoded.offsets]
    assert "raha" in ends
    assert "tagasi" in ends
    assert json.dumps(encoded.tokens).count("@") <= 1


def test_long_texts_are_read_in_windows(folder: Path) -> None:
    """A signal at the end of a long text is noticed, and its place; short texts beside it are read as ever."""
    long = "pood on avatud " * 40 + "keegi ei vasta mulle"
    reading = Encoder(folder, "full").read(["pood on avatud", long, "", "raha tagasi, pood"])
    assert reading.signals[1, SILENCE] > reading.signals[0, SILENCE] + 1
    assert reading.signals[3, REFUND] > 0
    assert [len(marks) for marks in reading.marks] == [len(places) for places in reading.places]
    start, end = marked_span(long, reading.places[1], reading.marks[1][:, SILENCE])
    assert start > len(long) * 0.9
    assert long[start:end].strip() == long[start:end]


def test_a_blank_text_shows_nothing() -> None:
    """Where there is no word there is no span."""
    assert marked_span(" \n ", [(0, 0), (0, 3), (0, 0)], np.ones(3)) == (0, 0)
    assert marked_span("\n raha", [(0, 0), (0, 6), (0, 0)], np.ones(3)) == (2, 6)


def test_a_passage_is_made_of_whole_words() -> None:
    """Pieces may cut a word anywhere; what is shown begins and ends with words, without punctuation around them."""
    text = "Я просила остановиться, он смеялся."
    places = [(0, 0), (0, 1), (2, 5), (5, 9), (10, 22), (22, 23), (24, 26), (0, 0)]
    sure = np.array([-9, -9, -9, 3.0, 3.0, 3.0, -9, -9])
    start, end = marked_span(text, places, sure)
    assert text[start:end] == "просила остановиться"
    start, end = marked_span("no 😡 ", [(0, 0), (0, 2), (3, 5), (0, 0)], np.array([-9, -9, 3.0, -9]))
    assert (start, end) == (3, 4), "an emoji is no word, and is shown as it is"
