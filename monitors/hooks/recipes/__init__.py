"""The ticket systems, a file each: what to ask so that a ticket is made, found again, and commented on."""

from monitors.hooks.recipes import chatwoot, freshdesk, jira, zendesk
from monitors.hooks.recipes.recipe import Recipe

RECIPES: dict[str, Recipe] = {
    "zendesk": zendesk.Zendesk(),
    "jira": jira.Jira(),
    "freshdesk": freshdesk.Freshdesk(),
    "chatwoot": chatwoot.Chatwoot(),
}

__all__ = ["RECIPES", "Recipe"]
