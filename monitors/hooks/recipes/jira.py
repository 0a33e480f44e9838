"""Jira Cloud: an issue with our id as a label, and comments, both in Atlassian's document format."""

from collections.abc import Mapping
from typing import Any

from monitors.hooks.asking import Ask, Got
from monitors.hooks.happened import Happened
from monitors.hooks.recipes.recipe import basic, token
from monitors.settings.hook_sections import Hook


class Jira:
    """https://developer.atlassian.com/cloud/jira/platform/rest/v3/ ."""

    def headers(self, hook: Hook) -> Mapping[str, str]:
        """A mail address and its API token."""
        return basic(str(hook.user), token(hook))

    def create(self, hook: Hook, happened: Happened) -> Ask:
        """Make the issue in ``project`` as ``issuetype``; our other fields go into it as they are."""
        own = {name: value for name, value in hook.fields.items() if name not in {"project", "issuetype", "labels"}}
        labels = hook.field("labels", [])
        fields: dict[str, Any] = {
            "project": {"key": str(hook.field("project"))},
            "issuetype": {"name": str(hook.field("issuetype", "Task"))},
            "summary": happened.subject,
            "description": _document(happened.description),
            "labels": ["kuula", happened.external_id, *(labels if isinstance(labels, list) else [str(labels)])],
            **own,
        }
        return Ask("POST", "rest/api/3/issue", {"fields": fields})

    def created(self, answer: Got) -> str | None:
        """Its key, such as ``SUP-12``."""
        return str(answer.said["key"]) if isinstance(answer.said, dict) and answer.said.get("key") else None

    def find(self, hook: Hook, happened: Happened) -> Ask:
        """Issues with our label."""
        project = str(hook.field("project")).replace('"', "")
        jql = f'project = "{project}" AND labels = "{happened.external_id}" ORDER BY created ASC'
        return Ask("POST", "rest/api/3/search/jql", {"jql": jql, "fields": ["summary"], "maxResults": 1})

    def found(self, answer: Got, happened: Happened) -> str | None:  # noqa: ARG002
        """The oldest of them."""
        issues = answer.said.get("issues") if isinstance(answer.said, dict) else None
        first = issues[0] if isinstance(issues, list) and issues else None
        return str(first["key"]) if isinstance(first, dict) and first.get("key") else None

    def comment(self, hook: Hook, happened: Happened, reference: str) -> Ask:  # noqa: ARG002
        """A comment."""
        body = {"body": _document(happened.note)}
        return Ask("POST", f"rest/api/3/issue/{reference}/comment", body, about_known=True)

    def look(self, hook: Hook, happened: Happened, reference: str) -> Ask:  # noqa: ARG002
        """The description and the comments."""
        return Ask("GET", f"rest/api/3/issue/{reference}", params={"fields": "description,comment"}, about_known=True)


def _document(text: str) -> dict[str, Any]:
    """Paragraphs of plain text: nothing in it is taken for markup."""
    paragraphs = [[{"type": "text", "text": line}] if line.strip() else [] for line in text.splitlines()]
    content = [{"type": "paragraph", "content": paragraph} for paragraph in paragraphs if paragraph]
    return {"type": "doc", "version": 1, "content": content}
