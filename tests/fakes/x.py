"""A fake X on loopback: recent search, lookup by ids over posts that can be added while it runs, and taking replies."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from monitors.testing.server import Answer, Asked, FakeServer, as_json

EPOCH_MS = 1288834974657
USER_CONTEXT = {
    "consumer_key": "key-of-the-fake-app",
    "consumer_secret": "secret-of-the-fake-app",
    "access_token": "user-of-the-fake",
    "access_token_secret": "secret-of-the-fake-user",
}
PROBLEM = "https://api.x.com/2/problems/"


def id_at(moment: datetime, number: int = 0) -> str:
    """An id of a post of that moment; ``number`` (below 4 million) tells those of one millisecond apart."""
    return str(((int(moment.timestamp() * 1000) - EPOCH_MS) << 22) + number)


def tweet(text: str, at: datetime, *, number: int = 0, author: str = "mari", **counts: int) -> dict[str, Any]:
    """A post as X sends it, under the old names, without its author's record."""
    post_id = id_at(at, number)
    return {
        "id": post_id,
        "text": text,
        "created_at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "author_id": str(1000 + sum(author.encode())),
        "conversation_id": post_id,
        "edit_history_tweet_ids": [post_id],
        "lang": "und",
        "public_metrics": {"like_count": 0, "reply_count": 0, "retweet_count": 0, "quote_count": 0, **counts},
        "username": author,
    }


class FakeX(FakeServer):
    """``with FakeX(posts) as x``: ``x.url`` is its address; ``add``, ``edit``, ``delete`` and ``hide`` change it."""

    def __init__(self, posts: Iterable[Mapping[str, Any]] = (), *, token: str = "x-bearer-of-the-fake") -> None:
        super().__init__()
        self.token = token
        self.posts: dict[str, dict[str, Any]] = {}
        self.hidden: set[str] = set()
        self.followers: dict[str, int] = {}
        self.add_posts(*posts)
        self.add("/2/tweets/search/recent", self._guarded(self._search))
        self.add("/2/tweets", self._lookup_or_new)
        self.replies: list[dict[str, Any]] = []

    def add_posts(self, *posts: Mapping[str, Any]) -> None:
        """Publish posts made by ``tweet``."""
        self.posts |= {post["id"]: dict(post) for post in posts}

    def say(self, text: str, at: datetime, *, author: str = "mari", followers: int = 100, **counts: int) -> str:
        """Publish a new post and give its id."""
        self.followers[author] = followers
        post = tweet(text, at, number=len(self.posts), author=author, **counts)
        self.add_posts(post)
        return str(post["id"])

    def reply(self, to: str, text: str, at: datetime, *, author: str = "mari") -> str:
        """Publish a reply and give its id."""
        made = self.say(text, at, author=author)
        thread, writer = self.posts[to]["conversation_id"], self.posts[to]["author_id"]
        self.posts[made] |= {"referenced_tweets": [{"type": "replied_to", "id": to}], "conversation_id": thread}
        self.posts[made] |= {"in_reply_to_user_id": writer}
        return made

    def edit(self, post_id: str, text: str, at: datetime) -> str:
        """Publish a new version; the old one stays readable by its own id, as on X."""
        old = self.posts[post_id]
        new = {**old, **tweet(text, at, author=old["username"]), "conversation_id": old["conversation_id"]}
        history = [*old["edit_history_tweet_ids"], new["id"]]
        self.posts[post_id] = {**old, "edit_history_tweet_ids": history}
        self.posts[new["id"]] = {**new, "edit_history_tweet_ids": history}
        return str(new["id"])

    def delete(self, post_id: str) -> None:
        """Delete a post."""
        del self.posts[post_id]

    def hide(self, post_id: str) -> None:
        """Make the author's account private."""
        self.hidden.add(post_id)

    def _lookup_or_new(self, asked: Asked, match: "re.Match[str]") -> Answer:
        if asked.method == "POST":
            return self._take(asked)
        answered: Answer = self._guarded(self._lookup)(asked, match)
        return answered

    def _take(self, asked: Asked) -> Answer:
        """Post a reply as often as it is sent, as X does; the bearer token alone may not."""
        signed = asked.headers.get("authorization", "")
        if not signed.startswith("OAuth ") or 'oauth_token="user-of-the-fake"' not in signed:
            return as_json({"title": "Forbidden", "status": 403}, status=403)
        fields = asked.fields
        to = fields["reply"]["in_reply_to_tweet_id"]
        if to not in self.posts:
            return as_json({"title": "Invalid Request", "status": 400}, status=400)
        at = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
        made = tweet(fields["text"], at, number=900 + len(self.replies), author="omniva")
        made |= {"referenced_tweets": [{"type": "replied_to", "id": to}], "conversation_id": to}
        self.replies.append(made)
        self.add_posts(made)
        return as_json({"data": {"id": made["id"], "text": fields["text"], "edit_history_tweet_ids": [made["id"]]}})

    def _guarded(self, route: Any) -> Any:
        def answer(asked: Asked, _: "re.Match[str]") -> Answer:
            if asked.headers.get("authorization") != f"Bearer {self.token}":
                return as_json({"title": "Unauthorized", "status": 401}, status=401)
            answered: Answer = route(asked.params)
            return answered

        return answer

    def _search(self, params: Mapping[str, str]) -> Answer:
        if len(params["query"]) > 512:
            return as_json({"errors": [{"message": "query too long"}], "title": "Invalid Request"}, status=400)
        below = int(params.get("next_token", "b26v9999999999999999999")[4:])
        start = int(id_at(_moment(params["start_time"]))) if "start_time" in params else 0
        above = max(int(params.get("since_id", 0)), start)
        end = int(id_at(_moment(params["end_time"]))) if "end_time" in params else below
        current = [post for key, post in self.posts.items() if post["edit_history_tweet_ids"][-1] == key]
        hits = [
            post
            for post in sorted(current, key=lambda post: -int(post["id"]))
            if above < int(post["id"]) < min(below, end) and self._matches(params["query"], post)
        ]
        page = hits[: int(params.get("max_results", 10))]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
        if len(hits) > len(page):
            meta["next_token"] = f"b26v{page[-1]['id']}"
        return as_json({**self._data(page), "meta": meta})

    def _matches(self, query: str, post: Mapping[str, Any]) -> bool:
        """Whether a post matches a search by names, or by its thread, who wrote it and whom it answers."""
        thread = re.match(r"conversation_id:(\d+) ", query)
        if not thread:
            return matches(query, post["text"])
        parent = self.posts.get(next((one["id"] for one in post.get("referenced_tweets", ())), ""), {})
        asked = {way: set(re.findall(rf"{way}:(\w+)", query)) for way in ("from", "to")}
        return post["conversation_id"] == thread[1] and all(
            asked[way] & {who.get("author_id"), str(who.get("username")).lower()}
            for way, who in (("from", post), ("to", parent))
        )

    def _lookup(self, params: Mapping[str, str]) -> Answer:
        page, errors = [], []
        for post_id in params["ids"].split(","):
            if post_id in self.posts and post_id not in self.hidden:
                page.append(self.posts[post_id])
            else:
                kind = "not-authorized-for-resource" if post_id in self.hidden else "resource-not-found"
                problem = {"value": post_id, "resource_id": post_id, "resource_type": "tweet", "parameter": "ids"}
                errors.append({**problem, "title": kind, "detail": f"[{post_id}]", "type": PROBLEM + kind})
        return as_json({**self._data(page), **({"errors": errors} if errors else {})})

    def _data(self, page: list[dict[str, Any]]) -> dict[str, Any]:
        if not page:
            return {}
        users = {}
        for post in page:
            name = post.get("username")
            count = {"followers_count": self.followers.get(str(name), 100)}
            users[post.get("author_id")] = {"id": post.get("author_id"), "username": name, "name": name}
            users[post.get("author_id")]["public_metrics"] = count
        sent = [{key: value for key, value in post.items() if key != "username"} for post in page]
        return {"data": sent, "includes": {"users": list(users.values())}}


def matches(query: str, text: str) -> bool:
    """Whether one of the quoted phrases of ``query`` is in ``text`` and none of those after a minus."""
    lower = text.lower()
    phrases = re.findall(r'(-?)"([^"]*)"', query.lower())
    wanted = [phrase for minus, phrase in phrases if not minus]
    return any(phrase in lower for phrase in wanted) and not any(phrase in lower for minus, phrase in phrases if minus)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
