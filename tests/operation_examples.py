"""Small datasets, and parameters with which each built-in operation works on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lineage.kernel.secrets.secret import SecretKey

PEOPLE = pd.DataFrame(
    {
        "person": range(16),
        "age": range(20, 36),
        "town": ["Ulm"] * 16,
        "illness": ["flu"] * 14 + ["gout"] * 2,
        "note": ["?"] * 16,
    }
)
OTHERS = PEOPLE.assign(age=range(50, 66), town="Bonn", illness="none")
TOWNS = pd.DataFrame({"town": ["Ulm", "Bonn"], "any": ["*", "*"]})
WAGES = pd.DataFrame({"person": range(12), "wage": [i * 1.5 for i in range(12)]})
PAIRS = pd.DataFrame(
    {"code": [f"c{at // 2}" for at in range(400)], "note": [f"n{at}" for at in range(400)]}
)
WIDE = pd.DataFrame({f"c{i}": [float((i * j) % 7) for j in range(12)] for i in range(201)})
FRAMES = {
    "people": PEOPLE,
    "pairs": PAIRS,
    "guests": PEOPLE,
    "others": OTHERS,
    "towns": TOWNS,
    "wages": WAGES,
    "wide": WIDE,
}
ROLES = {
    "quasi_identifiers": ["age", "town"],
    "sensitive_attributes": ["illness"],
    "direct_identifiers": ["person"],
    "k": 2,
}
FEWER = {**ROLES, "suppression_limit": 0.5}

EXAMPLES: Mapping[str, list[dict[str, Any]]] = {
    "AddSyntheticIdentifiersOperation": [{"dataset_name": "people"}],
    "AggregateOperation": [
        {"dataset_name": "people", "group_by": ["town"], "aggregates": {"age": ["max"]}},
        {
            "dataset_name": "people",
            "group_by": ["age"],
            "unit": "person",
            "minimum_cell_size": 17,
            "small_cells": "merge",
        },
    ],
    "AnonymizeOperation": [
        {"input_dataset": "people", **ROLES},
        {"input_dataset": "people", **FEWER},
    ],
    "AttackRiskOperation": [
        {
            "dataset_name": "people",
            "original_name": "people",
            "control_name": "others",
            "quasi_identifiers": ["age", "town"],
            "sensitive_attributes": ["illness"],
        }
    ],
    "CorrelationOperation": [
        {"primary_dataset": "people", "secondary_dataset": "wages", "join_key": "person"},
        {"primary_dataset": "wide"},
    ],
    "GeneralizeOperation": [
        {
            "dataset_name": "people",
            "rules": {"age": {"width": 5}},
            "direct_identifiers": ["person"],
        }
    ],
    "IngestOperation": [
        {"dataset_name": "people", "schema": {"age": "integer", "note": "category"}}
    ],
    "JoinOperation": [{"left": "people", "right": "wages", "on": ["person"]}],
    "KAnonymizeOperation": [
        {"dataset_name": "people", **ROLES},
        {"dataset_name": "people", **FEWER},
    ],
    "JitterOperation": [
        {"dataset_name": "people", "spread": {"age": 2.0}, "direct_identifiers": ["person"]}
    ],
    "MaskOperation": [
        {"dataset_name": "people", "columns": ["town"], "direct_identifiers": ["person"]}
    ],
    "MeasureRiskOperation": [
        {
            "dataset_name": "people",
            "quasi_identifiers": ["age"],
            "sensitive_attributes": ["illness"],
        },
        {
            "dataset_name": "people",
            "quasi_identifiers": ["town"],
            "population_name": "people",
            "weight": "age",
            "output_name": "people_risk_by_town",
        },
    ],
    "MeasureUtilityOperation": [
        {
            "dataset_name": "people",
            "original_name": "people",
            "quasi_identifiers": ["town"],
            "hierarchies": {"town": "towns"},
        }
    ],
    "NoiseOperation": [
        {
            "dataset_name": "people",
            "bounds": {"age": [0, 100]},
            "mechanism": "gaussian",
            "epsilon": 1.0,
            "delta": 1e-6,
            "direct_identifiers": ["person"],
        }
    ],
    "ProfileOperation": [{"dataset_name": "people"}],
    "QualityOperation": [
        {"dataset_name": "people", "expectations": [{"expect": "unique", "columns": ["town"]}]}
    ],
    "SampleOperation": [{"dataset_name": "people", "rows": 4, "stratify_by": ["illness"]}],
    "SplitOperation": [
        {
            "dataset_name": "people",
            "shares": {"train": 0.75, "test": 0.25},
            "keep_together": "person",
        }
    ],
    "SqlOperation": [
        {
            "query": "select person, age + 1 as older, sum(age) over () as s, random() as r "
            "from people",
            "output_name": "answer",
            "threads": 2,
        },
        {
            "query": "with recursive r as (select age from people union all select age - 50 "
            "from r where age > 50) select *, now() as n from r order by age",
            "output_name": "answer",
        },
    ],
    "SynthesizeOperation": [
        {"dataset_name": "people", "attacks": 5},
        {"dataset_name": "pairs", "minimum_count": 2, "control_share": 0.5},
    ],
    "UnionOperation": [
        {"datasets": ["people", "guests"], "output_name": "all", "source_column": "list"}
    ],
    "PseudonymizeOperation": [
        {
            "dataset_name": "people",
            "columns": ["person"],
            "direct_identifiers": ["note"],
            "domain": "trial",
            "secret": SecretKey(bytes(range(32))),
        }
    ],
    "SuppressOperation": [
        {
            "dataset_name": "people",
            "rare_columns": ["illness"],
            "null_columns": ["note"],
            "drop_columns": ["age"],
            "quasi_identifiers": ["town"],
            "direct_identifiers": ["person"],
            "k": 2,
            "drop_where": [{"column": "person", "is": "<", "value": 2}],
        },
        {"dataset_name": "people", "drop_columns": ["age"], "output_name": "people_without_age"},
    ],
}
"""Parameters with which each built-in operation reports everything that it can.

What the first ones of an operation with a seed give depends on the data and the seed only.
"""
