"""The checks for sources that reply: what went out is known by its id, said once, and never said to be out unsurely."""

from collections.abc import Sequence
from functools import partial
from typing import cast

from monitors.errors import StopSource
from monitors.ports import Can, Replier, replying_of
from monitors.testing.network_checks import STOPS, WAITS, NetworkSourceChecks, NetworkWorld, error_of, patience
from monitors.testing.server import Fault

ANSWER = "Vabandust! Pakk on täna kell 17 kohal. Mari"
KEY = "reply-of-the-suite"


class ReplySourceChecks(NetworkSourceChecks):
    """What every source that can REPLY promises besides; ``said`` of its world gives the texts of the replies there."""

    def test_it_can_reply_to_what_it_found(self) -> None:
        """With the settings of its world it replies: one reply is there, with our words in it."""
        with self._world() as world:
            assert self._reply(world) is not None, "it declares REPLY and gave no id"
            said = world.said()
        assert len(said) == 1, f"there are {len(said)} replies: `said` of your NetworkWorld gives the texts of all"
        assert ANSWER in said[0]

    def test_a_reply_has_the_id_that_reading_gives_it(self) -> None:
        """The id of a reply is that of the post that comes back, so that we know our own words when we see them."""
        with self._world() as world:
            source = self._replier(world)
            made = source.reply(self._to(world), ANSWER, KEY)
            assert made not in world.ids, "it gives the id of a post that was there before"
            if Can.REFRESH in source.can:
                assert [post.native_id for post in source.refresh([made]).found] == [made]

    def test_a_key_makes_one_reply(self) -> None:
        """Where the service is said to know keys again, the same key makes no second reply, and gives the same id."""
        with self._world() as world:
            source = self._replier(world)
            replying = replying_of(source)
            assert replying is not None
            if replying.known_for is not None:
                first = source.reply(self._to(world), ANSWER, KEY)
                assert source.reply(self._to(world), ANSWER, KEY) == first
                assert len(world.said()) == 1

    def test_a_reply_that_may_be_out_says_so(self) -> None:
        """After no fault is a reply out whose error says that it is not; a refusal stops it."""
        for fault in (*STOPS, *WAITS, Fault.HTML, Fault.CUT_BODY):
            for good in (0, 1):
                with self._world() as world:
                    world.server.fail(fault, after=good)
                    error = error_of(partial(self._replier(world, patience(fault)).reply, self._to(world), ANSWER, KEY))
                    said, met = world.said(), len(world.server.asked) > good
                assert error is not None or not met, f"{fault} after {good}: no error"
                if said and error is not None:
                    assert getattr(error, "perhaps_done", False), f"{fault} after {good}: it is out, and {error!r}"
                assert not (fault in STOPS and met) or isinstance(error, StopSource), f"{fault}: {error!r}"

    def _reply(self, world: NetworkWorld) -> str | None:
        return self._replier(world).reply(self._to(world), ANSWER, KEY)

    def _replier(self, world: NetworkWorld, seconds: float = 20) -> Replier:
        source = self._build(world, seconds)[0]
        assert replying_of(source) is not None, (
            "`replying` of the source is None: declare Can.REPLY, and give its world the settings it takes"
        )
        assert hasattr(source, "reply"), "a source that can REPLY has `reply`: see monitors.ports.Replier"
        return cast("Replier", source)

    @staticmethod
    def _to(world: NetworkWorld) -> str:
        ids: Sequence[str] = sorted(world.ids)
        return ids[0]
