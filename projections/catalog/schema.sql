-- @tables
-- One row is one table or view.
select table_name as name, 'table' as kind, comment as meaning
from duckdb_tables()
where not internal
union all
select view_name, 'view', comment from duckdb_views() where not internal
order by name;

-- @columns
-- One row is one column.
select table_name as "table", column_name as "column", data_type as type, comment as meaning
from duckdb_columns()
where not internal and table_name = coalesce($table, table_name)
order by table_name, column_index;

-- @words
-- One row is one word: keywords first, then functions.
select word
from (
  select keyword_name as word, 1 as place from duckdb_keywords()
  union all
  select function_name, 2
  from duckdb_functions()
  where regexp_full_match(function_name, '[a-z][a-z0-9_]*')
    and not regexp_matches(function_name, '^(duckdb|pg|pragma|test)_')
)
group by word
order by min(place), word;
