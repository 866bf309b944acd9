-- @page
-- One row is one column of the latest version of a file whose columns are on record.
with versions as (
  select uri, sha256, position, columns from artifacts where len(columns) > 0
  union all
  select uri, sha256, position, columns from inputs where len(columns) > 0
),
latest as (
  select uri, max(position) as position
  from versions
  where ($file is null or contains(lower(uri), lower($file)))
    and ($after_file is null or uri >= $after_file)
  group by uri
),
named as (
  select uri, v.sha256, unnest(v.columns) as "column"
  from latest l
  join versions v using (uri, position)
)
select uri, sha256, "column"
from named
where "column" <> ''
  and ($text is null or contains(lower("column"), lower($text)))
  and ($after_file is null or (uri, "column") > ($after_file, $after_column))
order by uri, "column"
limit $limit;

-- @total
-- One row: how many columns match, and of how many files.
with versions as (
  select uri, position, columns from artifacts where len(columns) > 0
  union all
  select uri, position, columns from inputs where len(columns) > 0
),
latest as (
  select uri, max(position) as position
  from versions
  where $file is null or contains(lower(uri), lower($file))
  group by uri
)
select count(*) as columns, count(distinct uri) as files
from (
  select uri, unnest(v.columns) as "column"
  from latest l
  join versions v using (uri, position)
)
where "column" <> '' and ($text is null or contains(lower("column"), lower($text)));
