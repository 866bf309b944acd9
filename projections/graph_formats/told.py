"""What a box of a picture says: its lines, its facts, and its colour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from projections.graph_formats import labels
from projections.html_table import cell_text

Line = tuple[str, str]
"""A text, and how it is shown: "", "good", "bad" or "warn"."""

_GOOD: Final = ("success", "succeeded", "completed")
_BAD: Final = ("failed", "error", "refused")
_UNTOLD: Final = (
    "kind",
    "members",
    "columns",
    "direct",
    "indirect",
    "special_category",
    "sources",
    "results",
    "classes",
    "release",
    "measured",
    "way",
)
"""Attributes that are no facts for a reader, or told otherwise."""

_LOOKS: Final = {"exposed": "wrong", "unknown": "open", "protected": "fine"}
_FOLLOWED: Final = {
    "carries": ("shows followed columns", "bad"),
    "stopped": ("followed columns: stopped", "good"),
}


def box_lines(node: str, data: Mapping[str, Any]) -> Iterator[Line]:
    """Yield the lines of a box that is no card of columns."""
    match data["kind"]:
        case "task":
            yield from _task_lines(data)
        case "group":
            yield from _group_lines(data)
        case "file" if data["versions"] > 1:
            yield f"{data['versions']:,} versions", ""
        case "dataset" | "file":
            digest = data.get("sha256")
            words = [digest[: labels.SHORT_DIGEST] if digest else "digest unknown"]
            if data.get("rows") is not None:
                words.append(f"{data['rows']:,} rows")
            yield ", ".join(words), ""
        case "operation" | "run":
            run = str(data.get("run_id") or node)[: labels.SHORT_DIGEST]
            yield f"{data.get('task_id') or 'task unknown'}, run {run}", ""
            yield from _status_line(data.get("liveness") or data.get("status"))
    gone = [
        word
        for key, word in (("is_erased", "erased"), ("is_missing", "not on disk"))
        if data.get(key)
    ]
    if gone:
        yield ", ".join(gone), "warn"
    yield from _file_lines(data)


def _file_lines(data: Mapping[str, Any]) -> Iterator[Line]:
    """Yield what is known of a file beyond its content."""
    if data.get("column_lineage"):
        yield _lineage(data), "" if data["column_lineage"] == "known" else "warn"
    elif data.get("is_undeclared"):
        yield "columns undeclared", "warn"
    if data.get("stale_because"):
        yield f"stale: {labels.file_name(data['stale_because'])} has changed", "warn"
    if data.get("release"):
        state = data["release"]["state"]
        verdict, *compared = release_words(data["release"])
        yield verdict, "good" if state == "published" else "bad" if state == "refused" else "warn"
        yield from ((words, "good" if words.endswith("(passed)") else "bad") for words in compared)
    elif (data.get("measured") or {}).get("k") is not None:
        yield f"k = {data['measured']['k']:,} measured", ""
    if data["kind"] == "group":
        yield from ((line, "") for line in class_lines(data))
    if data.get("way") in _FOLLOWED:
        yield _FOLLOWED[data["way"]]


def _lineage(data: Mapping[str, Any]) -> str:
    if data["column_lineage"] == "partly known":
        return f"columns partly known: {data['undeclared_count']:,} undeclared"
    return {"known": "columns known", "undeclared": "columns undeclared"}[data["column_lineage"]]


def group_title(data: Mapping[str, Any]) -> str:
    """Return what a group is called."""
    if data["grouped"] == "tag":
        return f"tagged {data['name']}"
    return "the project folder" if data["name"] == "." else f"{data['name']}/"


def _group_lines(data: Mapping[str, Any]) -> Iterator[Line]:
    words = [_counted(data["file_count"], "file")] if data["file_count"] else []
    if data["versions"] > data["file_count"]:
        words.append(_counted(data["versions"], "version"))
    if data["runs"]:
        words.append(_counted(data["runs"], "run"))
    yield ", ".join(words), ""
    if data["missing"] and not data["is_missing"]:
        yield f"{data['missing']:,} not on disk", "warn"
    if data["runs"]:
        yield _latest(data)


def _task_lines(data: Mapping[str, Any]) -> Iterator[Line]:
    operations = data["operations"]
    words = [_counted(data["runs"], "run")]
    if data["failed"] and data["runs"] > 1:
        words.append(f"{data['failed']:,} failed")
    if len(operations) == 1:
        yield operations[0], ""
    elif operations:
        words.append(_counted(len(operations), "operation"))
    if data["files"]:
        words.append(_counted(data["files"], "file") + " inside")
    yield ", ".join(words), ""
    yield _latest(data)


def _latest(data: Mapping[str, Any]) -> Line:
    time = data.get("started_at")
    latest = "" if time is None else cell_text(datetime.fromisoformat(time))
    before = "latest " if data["runs"] > 1 else ""
    status = str(data.get("status") or "status unknown")
    return f"{before}{latest} {status}".strip(), _look_of(status)


def _status_line(status: str | None) -> Iterator[Line]:
    if status:
        yield str(status), _look_of(str(status))


def _look_of(status: str) -> str:
    if status in _GOOD:
        return "good"
    return "bad" if status in _BAD else "warn"


def release_words(release: Mapping[str, Any]) -> Iterator[str]:
    """Yield in words what was decided about a release: the verdict, then measured and declared."""
    state = str(release["state"])
    broken = release["violations"] or []
    if state == "published":
        judged = release["evaluated"]
        waived = sum(bool(one["waiver"]) for one in judged)
        hold = f"{len(judged) - waived:,} of {_counted(len(judged), 'policy')} hold"
        said = hold if judged else "no policy in force"
        yield f"released: {said}" + (f", {waived:,} waived" if waived else "")
    else:
        yield state + (f": violates {', '.join(broken)}" if broken else "")
    for one in release["evaluated"]:
        yield from _compared(one)


def _compared(one: Mapping[str, Any]) -> Iterator[str]:
    """Yield a policy that demands a number beside what was measured."""
    required, measured = one["required"], one["measured"]
    if not (isinstance(required, dict) and isinstance(measured, dict)):
        return
    for name, wanted in required.items():
        found = measured.get(name)
        if isinstance(wanted, int | float) and isinstance(found, int | float):
            yield f"{name} = {found:,g} measured, {wanted:,g} declared ({one['outcome']})"


def class_lines(data: Mapping[str, Any]) -> list[str]:
    """Return whether the columns of a box still show, a line for each answer with their classes."""
    found: dict[str, list[str]] = {}
    for kind, state in (data.get("classes") or {}).items():
        found.setdefault(state, []).append(kind)
    return [f"{state}: {', '.join(found[state])}" for state in _LOOKS if state in found]


def box_facts(node: str, data: Mapping[str, Any]) -> dict[str, str]:
    """Return everything known of a box, as texts."""
    told = {key: value for key, value in data.items() if value and key not in _UNTOLD}
    facts = labels.facts_of(node, told)
    for name in ("sources", "results"):
        if data.get(name):
            facts[f"{name} on record"] = _counts(data[name])
    if lines := class_lines(data):
        facts["classes"] = "; ".join(lines)
    if data.get("release"):
        facts["release"] = "; ".join(release_words(data["release"]))
        facts["recipient"] = str(data["release"]["recipient"] or "nobody named")
    if data.get("measured"):
        facts["measured"] = "; ".join(f"{key} = {value}" for key, value in data["measured"].items())
    return facts


def _counts(found: Mapping[str, int]) -> str:
    """Return how much lies in a direction: directly, and in all."""
    direct, whole = (
        [
            _counted(found[f"{kind}{noun}s"], noun)
            for noun in ("file", "step")
            if found[f"{kind}{noun}s"]
        ]
        for kind in ("direct_", "")
    )
    if not whole:
        return "none"
    return f"{' and '.join(direct)} directly; {' and '.join(whole)} in all"


def look_of(data: Mapping[str, Any], colour: str) -> str:
    """Return the look of a box in a picture whose colours say something.

    Args:
        data: Its attributes.
        colour: What they say, see `boxes.Colour`.

    Returns:
        "fine", "open" or "wrong"; for classes the strongest of them; "plain" where there is nothing
        to say; "" if colours say what kind a box is of.
    """
    classes: Mapping[str, str] = data.get("classes") or {}
    if data["kind"] == "stub" or colour == "kind":
        return ""
    match colour:
        case "class":
            kind = next(iter(classes), "plain")
            return "open" if kind == "unclassified" else kind
        case "exposure":
            states = {*classes.values()}
            return next((look for word, look in _LOOKS.items() if word in states), "plain")
    return _status_look(data)


def _status_look(data: Mapping[str, Any]) -> str:
    release = (data.get("release") or {}).get("state")
    status = str(data.get("liveness") or data.get("status") or "")
    if status in _BAD or release == "refused":
        return "wrong"
    if status in _GOOD or release == "published":
        return "fine"
    is_odd = any(data.get(key) for key in ("is_erased", "is_missing", "stale_because"))
    return "open" if status or is_odd else "plain"


def _counted(count: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else plural}"
