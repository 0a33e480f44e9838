"""What is loaded in the background never outlives the pages."""

import threading

from fakes.town import Town

from dashboards.app import furnish
from dashboards.office import ReplyDesk
from dashboards.warming import warm, warming
from monitors.reply_checker import BuiltinReplyChecker


class SlowToLoad(BuiltinReplyChecker):
    """A reader of drafts that is still being loaded until somebody lets it end."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.let = threading.Event(), threading.Event()
        self.loaded = False

    def warm(self) -> None:
        """Wait as a library does that is being loaded."""
        self.begun.set()
        self.let.wait(60)
        self.loaded = True


def test_pages_that_end_wait_for_the_library_that_is_being_loaded(empty: Town) -> None:
    """A thread that is in the middle of a library when Python ends would abort the process."""
    slow = SlowToLoad()
    furnish(empty.app, ReplyDesk(slow))
    with warming(empty.app):
        assert slow.begun.wait(60)
        threading.Timer(0.2, slow.let.set).start()
    assert slow.loaded


def test_pages_that_have_ended_begin_nothing_more(empty: Town) -> None:
    """So the wait is for one step, not for all of them."""
    slow = SlowToLoad()
    furnish(empty.app, ReplyDesk(slow))
    warm(empty.app, ended=lambda: True)
    assert not slow.begun.is_set()
