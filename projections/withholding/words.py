"""Names that say what stands behind them: a name, a choice, a measure; or a value of the data.

A parameter or metric whose name is not here is taken to hold a value.
"""

from __future__ import annotations

import re
from typing import Final

from projections.documents.findings.privacy_measures import RISK, RISK_BY_COLUMN, UTILITY

BUNDLED: Final = "ops."
"""How the classes of the bundled operations begin, whose metrics and messages quote no cell."""

PRODUCT: Final = ("lineage.", "ops.", "projections.")
"""How the classes of our errors begin, whose messages quote no cell."""

NAMING: Final = frozenset(
    {
        # datasets, files, tasks
        *("dataset", "datasets", "dataset_name", "input_dataset", "input_datasets"),
        *("primary_dataset", "generator"),
        *("secondary_dataset", "left", "right", "original_name", "control_name"),
        *("population_name", "output_name", "output_prefix", "output_format", "format"),
        *("task_id", "task_type", "description", "dependencies", "dependency", "version"),
        *("allowed_external_paths", "data_repository", "project_root"),
        # columns
        *("column", "columns", "key_columns", "direct_identifiers", "identifiers"),
        *("quasi_identifiers", "sensitive_attributes", "insensitive_attributes", "left_out"),
        *("known_columns", "drop_columns", "null_columns", "rare_columns", "correlated_columns"),
        *("email_column", "name_column", "source_column", "ssn_column", "group_by", "on"),
        *("right_on", "join_key", "linked", "keep_case", "keep_together", "show_values"),
        *("stratify_by", "unit", "weight", "covered", "unchanged", "schema", "scope"),
        # choices
        *("aggregates", "cost", "cut", "distribution", "how", "l_kind", "mechanism", "method"),
        *("model", "numeric", "small_cells", "style", "t_distance", "unknown", "validate"),
        *("encryption_mode", "encryption_key_id", "encryption_key_path", "key_id", "key_path"),
        *("vault_path", "domain", "purpose", "suffixes", "algorithm", "strategy"),
        # numbers whose names sound like those of values
        *("keep_first", "keep_last", "max_levels", "min_hidden", "minimum_cell_size"),
        *("minimum_count", "top", "max_retries", "max_workers", "max_parallel"),
    }
)
"""Parameters that name something, choose something, or count something."""

STATISTICS: Final = frozenset(
    {
        *("min", "minimum", "max", "maximum", "smallest", "largest", "lowest", "highest"),
        *("mean", "means", "average", "averages", "avg", "median", "medians", "mode", "modes"),
        *("sum", "sums", "std", "stddev", "variance", "quantile", "quantiles", "percentile"),
        *("percentiles", "quartile", "quartiles"),
    }
)
"""Words for what is computed of the values of a column, and tells some of them."""

OF_VALUES: Final = STATISTICS | {
    *("top", "bottom", "first", "last", "sample", "samples", "example", "examples"),
    *("value", "values", "bound", "bounds", "range", "ranges", "lower", "upper", "clip"),
    *("hierarchy", "hierarchies", "rule", "rules", "expectation", "expectations", "where"),
    *("condition", "conditions", "filter", "filters", "fill", "constant", "replacement"),
    *("mapping", "lookup", "allowed", "forbidden", "bin", "bins", "edges", "interval"),
    *("intervals", "query", "sql", "code", "source"),
}
"""Words for values of the data, and for what quotes them."""

MEASURES: Final = frozenset(
    {"before", "after", "distinct", "nulls", "singletons", "uniqueness", "personal_data"}
    | {part for one in (*RISK, *RISK_BY_COLUMN, *UTILITY) for part in one.path}
)
"""Keys of measures that the product explains."""

_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")


def words(name: str) -> frozenset[str]:
    """Return the words of a name in lower case: "MeanAge" and "mean_age" are mean and age."""
    return frozenset(word.lower() for word in _WORD.findall(name))
