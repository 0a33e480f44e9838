"""A fake Mastodon server on loopback: instance pages, a hashtag timeline, posts by id and below one, taking replies."""

import html
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from monitors.testing.server import Answer, Asked, FakeServer, as_json

HOST = "https://toots.example"


def id_at(moment: datetime, number: int = 0) -> str:
    """The id of a post of that moment; ``number`` tells those of one millisecond apart."""
    return str((int(moment.timestamp() * 1000) << 16) + number)


def status(text: str, at: datetime, *, number: int = 0, tag: str = "hansakuller", **more: Any) -> dict[str, Any]:
    """A post as Mastodon sends it; ``text`` is what was typed, the content is HTML made of it."""
    post_id = id_at(at, number)
    return {
        "id": post_id,
        "uri": f"{HOST}/users/jaan/statuses/{post_id}",
        "url": f"{HOST}/@jaan/{post_id}",
        "created_at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "visibility": "public",
        "content": f'<p>{html.escape(text)} <a href="{HOST}/tags/{tag}">#<span>{tag}</span></a></p>',
        "account": {"id": "7", "username": "jaan", "acct": "jaan", "display_name": "Jaan", "url": f"{HOST}/@jaan"},
        "favourites_count": 0,
        "reblogs_count": 0,
        "replies_count": 0,
        "tag": tag,
        **more,
    }


class FakeMastodon(FakeServer):
    """``with FakeMastodon(posts) as server``; ``bulk`` False is a server older than 4.3."""

    def __init__(self, *posts: dict[str, Any], token: str | None = None, bulk: bool = True) -> None:
        super().__init__()
        self.token = token
        self.posts = {post["id"]: post for post in posts}
        self.add("/api/v[12]/instance/?", lambda _, __: as_json({"uri": HOST, "title": "Toots", "version": "4.4.1"}))
        self.add("/api/v1/timelines/tag/(?P<tag>[^/]+)", self._guarded(self._timeline))
        self.add("/api/v1/statuses/(?P<id>[^/]+)", self._guarded(self._one))
        self.add("/api/v1/statuses/(?P<id>[^/]+)/context", self._guarded(self._context))
        self.replies: dict[str, dict[str, Any]] = {}
        self.take_replies = True
        self.now: Callable[[], datetime] | None = None
        self.add("/api/v1/statuses", self._guarded(self._some_or_new))
        self._bulk = bulk

    def publish(self, *posts: dict[str, Any]) -> None:
        """Add posts made by ``status``."""
        self.posts |= {post["id"]: post for post in posts}

    def say(self, at: datetime) -> str:
        """Publish a new post, and give the id that the source has for it."""
        post = status("pakk", at, number=len(self.posts))
        self.publish(post)
        return f"{post['uri']}#{post['id']}"

    def reply(self, to: dict[str, Any], text: str, at: datetime, **more: Any) -> dict[str, Any]:
        """Publish a reply without any hashtag, and give it."""
        more = {"content": f"<p>{html.escape(text)}</p>", "in_reply_to_id": to["id"], **more}
        made = status(text, at, number=len(self.posts), tag="", **more)
        self.publish(made)
        return made

    def _guarded(self, route: Callable[..., Answer]) -> Callable[..., Answer]:
        def answer(asked: Asked, match: Any) -> Answer:
            if self.token and asked.headers.get("authorization") != f"Bearer {self.token}":
                return as_json({"error": "The access token is invalid"}, status=401)
            return route(asked, **match.groupdict())

        return answer

    def _timeline(self, asked: Asked, tag: str) -> Answer:
        above = int(asked.params.get("min_id", 0))
        newer = sorted((int(key), post) for key, post in self.posts.items() if post["tag"] == tag and int(key) > above)
        page = [_sent(post) for _, post in newer[: int(asked.params.get("limit", 20))]][::-1]
        link = f'<{self.url}{asked.path}?min_id={page[0]["id"]}>; rel="prev"' if page else ""
        return as_json(page, headers={"link": link, "x-ratelimit-remaining": "299"} if link else {})

    def _one(self, _: Asked, id: str) -> Answer:
        if id in self.posts:
            return as_json(_sent(self.posts[id]))
        return as_json({"error": "Record not found"}, status=404)

    def _context(self, _: Asked, id: str) -> Answer:
        """All that is below a post, branch by branch, as a server shows it."""
        if id not in self.posts:
            return as_json({"error": "Record not found"}, status=404)
        return as_json({"ancestors": [], "descendants": [_sent(post) for post in self._below(id)]})

    def _below(self, id: str) -> list[dict[str, Any]]:
        replies = [post for key, post in sorted(self.posts.items()) if post.get("in_reply_to_id") == id]
        return [one for post in replies for one in (post, *self._below(post["id"]))]

    def _some_or_new(self, asked: Asked) -> Answer:
        if asked.method == "POST":
            return self._take(asked)
        return self._some(asked) if self._bulk else as_json({"error": "Record not found"}, status=404)

    def _take(self, asked: Asked) -> Answer:
        """Post a reply, once for each key; the account needs a token, and the post must be there."""
        key, fields = asked.headers.get("idempotency-key", ""), asked.fields
        if not self.token or not self.take_replies:
            return as_json({"error": "This action is outside the authorized scopes"}, status=403)
        if fields["in_reply_to_id"] not in self.posts:
            return as_json({"error": "The post you are trying to reply to does not appear to exist."}, status=404)
        if not key or key not in self.replies:
            day = self.now() if self.now else datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
            at = day + timedelta(seconds=len(self.replies))
            account = {"id": "1", "username": "omniva", "acct": "omniva", "url": f"{HOST}/@omniva"}
            made = status(fields["status"], at, number=90 + len(self.replies), account=account)
            post_id = made["id"]
            shown = {"uri": f"{HOST}/users/omniva/statuses/{post_id}", "url": f"{HOST}/@omniva/{post_id}"}
            how = {"visibility": fields["visibility"], "in_reply_to_id": fields["in_reply_to_id"]}
            self.replies[key or post_id] = {**made, **shown, **how}
            self.publish(self.replies[key or post_id])
        return as_json(_sent(self.replies[key]))

    def _some(self, asked: Asked) -> Answer:
        ids = parse_qs(urlsplit(f"?{asked.query}").query).get("id[]", [])
        return as_json([_sent(self.posts[one]) for one in ids if one in self.posts])


def _sent(post: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in post.items() if key != "tag"}
