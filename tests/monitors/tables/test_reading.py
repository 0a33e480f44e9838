"""What is remembered about a file, and for how long."""

from datetime import UTC, datetime

from models.post import Author, Post
from monitors.tables.reading import REMEMBERED_IDS, Seen

NOW = datetime(2026, 1, 12, tzinfo=UTC)


def test_only_so_many_ids_are_remembered() -> None:
    """The oldest are forgotten first, so that the memory does not grow with the file."""
    seen = Seen()
    for number in range(REMEMBERED_IDS + 10):
        seen.add(Post("file", str(number), "", "late", NOW, NOW, Author("")))
    assert len(seen.texts) == REMEMBERED_IDS
    assert seen.text_of("9") is None
    assert seen.text_of("10") == hash("late")
