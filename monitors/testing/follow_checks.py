"""The checks for sources that follow conversations: what no search finds is found, and a fault is no silence."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import cast

from models.post import Post
from monitors.errors import KuulaError, StopSource
from monitors.ports import Can, Conversation, Follower, Page
from monitors.testing.network_checks import (
    STOPS,
    STOPS_FOR_A_POST,
    WAITS,
    NetworkSourceChecks,
    NetworkWorld,
    error_of,
    patience,
)
from monitors.testing.server import Fault


class FollowSourceChecks(NetworkSourceChecks):
    """What every source that can FOLLOW promises besides; ``talk`` of its world has somebody answer and write again."""

    def test_it_finds_what_is_said_below_a_post(self) -> None:
        """Our answer and the customer's next words are found, whoever they name, each with the post that it answers."""
        with self._world() as world:
            first, answer, again, *_ = _said(world)
            found = {post.native_id: post for post in self._followed(world, first, world.ours).found}
        assert answer in found, "the answer of our account is not found"
        assert again in found, "what the customer wrote then is not found"
        assert [found[one].parent_id for one in (answer, again)] == [first, answer], "parents are ids of posts"

    def test_a_word_to_a_stranger_comes_with_the_strangers(self) -> None:
        """What somebody says to a stranger is known for it by the stranger's post: both are given, or neither."""
        with self._world() as world:
            first, _, _, stranger, aside = _said(world)
            found = {post.native_id for post in self._followed(world, first, world.ours).found}
        assert aside not in found or stranger in found, (
            "what was said to a stranger is given without the stranger's post"
        )

    def test_what_it_followed_has_the_ids_that_reading_gives(self) -> None:
        """What was found by following is read again under the same ids, and deleted under them."""
        with self._world() as world:
            said = _said(world)
            page = self._followed(world, said[0], world.ours)
            known = {post.native_id for post in page.found} & {*said}
            if Can.REFRESH in self.case.source.can:
                read = self._follower(world).refresh(sorted(known)).found
                assert {post.native_id for post in read} == known

    def test_nobody_said_anything(self) -> None:
        """Below a post that nobody answered, and below one that is gone, there is nothing, and nothing is deleted."""
        with self._world() as world:
            assert self.case.missing, "give `missing` in your case: an id that the world does not have"
            for first in (sorted(world.ids)[-1], self.case.missing):
                page = self._followed(world, first, world.ours)
                below = [post.native_id for post in page.found if post.native_id != first]
                assert below == [], f"nobody answered {first}, and `follow` gives {below}: that is not below it"
                assert not page.gone, "what is deleted is found by REFRESH: `follow` gives an empty page"

    def test_a_fault_is_no_silence(self) -> None:
        """A conversation that could not be read is an error at any request: nobody is to think that nothing was said.

        An empty list may be what the service has for silence; an object that is empty, or null, is never that.
        """
        for fault in (*STOPS_FOR_A_POST, *WAITS, Fault.HTML, Fault.CUT_BODY, Fault.EMPTY_OBJECT, Fault.NULL):
            for good in range(3):
                with self._world() as world:
                    conversation = self._conversation(world, _said(world)[0], world.ours)
                    before = len(world.server.asked)
                    world.server.fail(fault, after=good)
                    error = error_of(partial(self._follower(world, patience(fault)).follow, conversation))
                    met = len(world.server.asked) - before > good
                if not met:
                    break
                expected = StopSource if fault in STOPS else KuulaError
                assert isinstance(error, expected), f"{fault} after {good} good answers: {error!r}"

    def _followed(self, world: NetworkWorld, first: str, ours: str) -> Page:
        return self._follower(world).follow(self._conversation(world, first, ours))

    def _conversation(self, world: NetworkWorld, first: str, ours: str) -> Conversation:
        source = self._follower(world)
        pages = source.collect(self.case.query, None, self.case.window)
        found: Sequence[Post] = [post for page in pages for post in page.found]
        assert found, "nothing was collected"
        # One that is missing was there once, and looked like the others; their threads go on without it.
        missing = replace(found[0], native_id=first, thread_id=None)
        post = next((one for one in found if one.native_id == first), missing)
        return Conversation(post, [ours], post.created_at - timedelta(minutes=1))

    def _follower(self, world: NetworkWorld, seconds: float = 20) -> Follower:
        source = self._build(world, seconds)[0]
        assert hasattr(source, "follow"), "a source that can FOLLOW has `follow`: see monitors.ports.Follower"
        return cast("Follower", source)


def _said(world: NetworkWorld) -> Sequence[str]:
    """The ids of what ``talk`` has people say."""
    said = world.talk()
    assert len(said) == len({*said}) == 5, (
        "give `talk` in your NetworkWorld: it gives the ids of a post of the world, the answer of our account to it, "
        "what the author answers then, a stranger's answer to the post, and the author's answer to the stranger"
    )
    assert world.ours, "give `ours` in your NetworkWorld: the account of ours that answers in `talk`"
    return said
