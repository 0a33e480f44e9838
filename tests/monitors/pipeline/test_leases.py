"""How long workers and people keep what they have taken: by the one rule that ``monitors/ledger/leases.py`` states."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import dashboards
from monitors.channels import apprise
from monitors.index import elastic_client
from monitors.ledger import leases
from monitors.pipeline import collect, deliver, hooks, index, refresh, replies
from monitors.settings.answers_sections import Answers
from monitors.settings.hook_sections import Hook
from monitors.source_settings import NetworkSettings

CALL = NetworkSettings.model_fields["timeout_seconds"].default
TOLD = Hook.model_fields["timeout_seconds"].default


@pytest.mark.parametrize(
    ("lease", "silence"),
    [
        pytest.param(collect.LEASE, CALL, id="a page"),
        pytest.param(refresh.LEASE, CALL, id="a batch of posts"),
        pytest.param(index.LEASE, elastic_client.SECONDS, id="a batch for the index"),
        pytest.param(deliver.LEASE, apprise.SECONDS, id="a message"),
        pytest.param(hooks.LEASE, 3 * TOLD, id="find a ticket, look at it, write to it"),
        pytest.param(replies.LEASE, 2 * CALL, id="look at a post, answer it"),
    ],
)
def test_lease_is_twice_the_longest_silence(lease: timedelta, silence: float) -> None:
    """Whoever waits for a service up to its time limit is not taken for dead, on a busy machine either."""
    assert lease >= 2 * timedelta(seconds=silence)


def test_no_piece_is_begun_after_the_first_half_of_a_lease() -> None:
    """Of pieces that take a quarter of the lease each, three are begun: the last ends before anybody else may begin."""
    began = datetime(2026, 3, 9, tzinfo=UTC)
    times = iter(began + timedelta(minutes=minute) for minute in (0, 0, 1, 2, 3))
    assert list(leases.in_first_half("abcd", timedelta(minutes=4), lambda: next(times))) == ["a", "b", "c"]


def test_page_gives_two_signs_within_the_shortest_claim() -> None:
    """One lost sign of an open page does not give the answer away, however short the setting."""
    script = Path(dashboards.__file__).with_name("static") / "claim.js"
    every = re.search(r"const SIGN_EVERY = (\d+);", script.read_text(encoding="utf-8"))
    assert every is not None
    assert Answers(claim_minutes=1).lease >= 2 * timedelta(milliseconds=int(every[1]))
