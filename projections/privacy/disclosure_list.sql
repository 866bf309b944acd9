-- @disclosures
-- One row is one time that a page showed somebody what it withholds, the latest first.
select position, recorded_at, actor, subject_kind, subject, page, reason
from disclosures
order by position desc
limit $limit;

-- @count
-- One row: how often that was, and how many questions in SQL were asked.
select (select count(*) from disclosures) as disclosures, (select count(*) from queries) as queries;

-- @queries
-- One row is one question in SQL, the latest first, and of others only that they asked.
select position, recorded_at, actor, case when actor = $actor then query end as statement
from queries
where not $is_own or actor = $actor
order by position desc
limit $limit;
