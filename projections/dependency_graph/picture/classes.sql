-- @newest
-- One row is the version of a file that was seen last, of those that are shown.
with wanted as (select unnest($keys::ubigint[]) as key)
select uri, max_by(dataset_key, position) as key
from (
  select uri, dataset_key, position from inputs where dataset_key in (from wanted)
  union all
  select uri, dataset_key, position from artifacts where dataset_key in (from wanted)
  union all
  select uri, dataset_key, position from imports where dataset_key in (from wanted)
)
group by uri;
