"""A service that changed its format, told from single items that are broken: then a sweep keeps its place and says so.

One broken item is skipped and costs no other. Where item after item has another shape than the documented one, the
mistake is not theirs: skipping on would lose everything that comes, with a cursor behind it.
"""

from monitors.errors import StopSource
from monitors.parsing import NOT_UNDERSTOOD
from monitors.ports import Page

# A handful of odd items in a row happens: a service tries something out, a spammer repeats himself. Pages smaller than
# this are counted together, and a sweep counts from nothing: tiny pages may lose some, and block no source for ever.
TOO_MANY = 10

# So many broken items for each one that is understood are still a change of format, under way or with an old copy left.
FOR_EACH_GOOD = 9


class Shape:
    """How many items of one sweep, one after the other, had another shape than the documented one."""

    def __init__(self) -> None:
        self._broken = 0

    def check(self, name: str, page: Page) -> None:
        """Raise ``StopSource`` before a page is stored if its format is no longer the one that the source knows.

        Only ``not_understood`` counts: what a source skips for a reason that it names, it has understood. So do rows of
        files, each of which has a reason of its own.
        """
        broken = [skip for skip in page.skipped if skip.reason == NOT_UNDERSTOOD]
        if len(broken) < FOR_EACH_GOOD * len(page.found) or not broken:
            # An empty page, such as the last one of a sweep, says nothing of the format.
            self._broken = 0 if page.found else self._broken
            return
        self._broken += len(broken)
        if self._broken >= TOO_MANY:
            last = broken[-1]
            detail = f" ({last.detail})" if last.detail else ""
            raise StopSource(
                f"the last {self._broken} items of {name} were not understood, the latest is {last.where[:80]}{detail}",
                remedy="The format of the service has changed: update Kuula, or mend `parse` of this source. Nothing is"
                " lost: it goes on from this page once that is understood.",
            )
