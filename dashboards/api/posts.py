"""Posts: one by its uid, with what the models read in it and what was decided about it."""

from typing import Annotated

from fastapi import APIRouter, Path

from dashboards.api import shapes
from dashboards.api.access import ReadingPosts
from dashboards.api.problems import responses
from dashboards.api.shapes import Decided, Post
from dashboards.office import TheOffice
from monitors.ledger import listing
from monitors.ledger.refusals import NotPossible

router = APIRouter(tags=["posts"])


@router.get("/posts/{uid:path}", summary="Read a post", responses=responses(404))
def read_post(
    office: TheOffice,
    _token: ReadingPosts,
    uid: Annotated[
        str,
        Path(
            min_length=1,
            max_length=600,
            pattern=r"^[^\x00]+$",
            description="`source:native_id`.",
            examples=["mastodon:112233"],
        ),
    ],
) -> Post:
    """With its scores and decisions."""
    with office.ledger.read() as tx:
        found = listing.post(tx, uid)
    if found is None:
        raise NotPossible(f"there is no post {uid[:100]}")
    row, decided = found
    return Post.model_validate(shapes.post(row, [shapes.fields(one, Decided.model_fields) for one in decided]))
