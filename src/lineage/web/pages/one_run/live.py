"""The page that follows a run: what is seen of it now, and the stream of what comes."""

from __future__ import annotations

from lineage.kernel.errors import MomentError
from lineage.web import links, live
from lineage.web.asked import Asked
from lineage.web.page import Page
from projections.documents.run_lookup import find_run, task_of


def follow(asked: Asked) -> Page:
    """Show a run as it is now, and what follows as it is recorded.

    Raises:
        MomentError: The past is asked for, which does not go on.
    """
    if asked.moment is not None:
        raise MomentError("a past moment", problem="nothing follows it that is not on record")
    run_id = find_run(asked.catalog, asked.needed("id"))
    follower = live.Follower(project=asked.project, run_id=run_id, showing=asked.showing)
    follower.read()
    seen = follower.liveness()
    now = live.now_of(follower, seen)
    is_over = seen is None or seen.status != "running"
    return Page(
        title=f"{task_of(asked.catalog, run_id)}, run {run_id[: links.SHORT]}, live",
        document={"run_id": run_id, "is_over": is_over, "state": now["state"]},
        template="live.html",
        values={
            "now": now,
            "is_over": is_over,
            "address": links.address("live-events", id=run_id),
            "most": live.MOST_LINES,
            "every": links.Link("all of them", links.address("replay", id=run_id)),
            "whole": links.run(run_id, "The page of the run"),
        },
    )
