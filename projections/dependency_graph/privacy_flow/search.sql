-- @twins
-- One row is one file that no run wrote, and one that a run had written before with its content.
with outside as (
  select unnest($uris::varchar[]) as uri, unnest($digests::varchar[]) as sha256
),
seen as (
  select uri, sha256, min(position) as position
  from (
    select uri, sha256, position from inputs
    union all
    select uri, sha256, position from imports
    union all
    select source_uri, sha256, position from imports
  )
  semi join outside using (uri, sha256)
  group by all
)
select distinct s.uri, s.sha256, a.uri as twin
from seen s
join artifacts a on a.sha256 = s.sha256 and a.uri <> s.uri and a.position < s.position
order by all;
