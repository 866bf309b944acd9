"""What `lineage demo` tells a person who sees the product for the first time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from lineage.cli.screen.console import out, print_table
from lineage.cli.screen.run_view import digest, size
from lineage.demo.template import RAW_FILE
from lineage.project import Project
from projections import Catalog

_RISK_ROWS = (
    ("smallest class (k)", "risk.k"),
    ("equivalence classes", "risk.classes"),
    ("unique people", "risk.uniques"),
    ("people in classes under k", "risk.rows_below_threshold"),
    ("prosecutor risk, highest", "risk.prosecutor_max"),
    ("prosecutor risk, average", "risk.prosecutor_average"),
    ("distinct l of occupation", "diversity.occupation.distinct_l"),
    ("t of occupation (equal distance)", "closeness.occupation.t"),
    ("information lost (GCP)", "utility.gcp"),
    ("discernibility (DM)", "utility.discernibility"),
)
_LATEST = """
select run_id
from runs
where task_id in (select unnest(?::varchar[]))
qualify row_number() over (partition by task_id order by started_position desc) = 1
order by started_position
"""


def print_introduction(project: Project) -> None:
    """Say what is about to happen, and what is real in it."""
    out().print(
        Text.assemble(
            ("privacy-lineage demo", "bold"),
            f" in {project.root}\n",
            "Input: UCI Adult, 48,842 real people of the 1994 US census (CC BY 4.0). It has no "
            "direct identifiers,\nso ingestion makes up names, e-mails and SSN-like numbers from "
            f"seed {project.settings.seed}; the history says so.\n",
        )
    )


def print_summary(project: Project, task_ids: Sequence[str]) -> None:
    """Print the latest run of each task, what it read and wrote, and the risk before and after."""
    with project.catalog() as catalog:
        run_ids = [row["run_id"] for row in catalog.rows(_LATEST, [list(task_ids)])]
        _print_runs(catalog, run_ids)
        _print_files(catalog, run_ids)
        _print_risk(catalog, run_ids[-1])
        _print_next(project, catalog)


def _print_runs(catalog: Catalog, run_ids: Sequence[str]) -> None:
    rows = catalog.rows(
        """
        select task_id, task_type, run_id, status, duration_s,
          (select count(*) from events e where e.run_id = r.run_id) as events
        from runs r
        where run_id in (select unnest(?::varchar[]))
        order by started_position
        """,
        [list(run_ids)],
    )
    print_table(
        ("task", "type", "run", "status", "seconds", "events"),
        [list(row.values()) for row in rows],
        title="Runs",
    )


def _print_files(catalog: Catalog, run_ids: Sequence[str]) -> None:
    rows = catalog.rows(
        """
        select task_id, 'read' as what, uri, row_count, size_bytes, sha256,
          min(position) as first_position
        from inputs
        where run_id in (select unnest($runs::varchar[]))
        group by all
        union all
        select task_id, 'wrote', uri, row_count, size_bytes, sha256, min(position)
        from artifacts
        where run_id in (select unnest($runs::varchar[]))
        group by all
        order by first_position
        """,
        {"runs": list(run_ids)},
    )
    print_table(
        ("task", "", "file", "rows", "size", "sha256"),
        [
            (r["task_id"], r["what"], r["uri"], r["row_count"], size(r["size_bytes"]), digest(r))
            for r in rows
        ],
        title="\nFiles",
    )


def _print_risk(catalog: Catalog, run_id: str) -> None:
    rows = catalog.rows(
        "select metric, number from metric_values where run_id = ? and number is not null",
        [run_id],
    )
    print_table(
        ("measure", "before", "after"),
        risk_rows({row["metric"]: row["number"] for row in rows}),
        title="\nRisk and utility",
    )


def risk_rows(metrics: dict[str, float]) -> list[tuple[str, float | None, float | None]]:
    """Return (label, before, after) of each measure that was taken."""
    return [
        (label, _whole(metrics.get(f"before.{path}")), _whole(metrics.get(f"after.{path}")))
        for label, path in _RISK_ROWS
    ]


def _whole(number: Any) -> Any:
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _print_next(project: Project, catalog: Catalog) -> None:
    total = catalog.value("select count(*) from runs")
    released = catalog.row(
        """
        select uri
        from artifacts
        where task_id = 't_1A' and artifact_type = 'parquet'
        order by position desc
        limit 1
        """
    )
    released_uri = released["uri"] if released else RAW_FILE
    out().print(
        Text.assemble(
            f"\n{total} runs and {catalog.position} events in the ledger. Reports: ",
            f"{project.display(project.data_folder / 'reports')}\n",
            ("Try next", "bold"),
            f" (in {project.root})\n",
            "  lineage runs\n",
            "  lineage report t_1A\n",
            f"  lineage graph --upstream {released_uri}\n",
            "  lineage query \"select metric, number from metric_values where task_id = 't_1A'\"\n",
            "  rm -rf .lineage/catalog.duckdb configs/execution_log.json DATA/reports "
            "&& lineage rebuild --files\n",
        )
    )
