-- @proposals
-- One row is one column that a profile took for personal data, as it was proposed last.
with proposed as (
  select dataset, column_name, max_by(role, position) as role,
    max_by(category, position) as category, max_by(evidence, position) as evidence,
    max_by(uri, position) as uri, max_by(sha256, position) as sha256,
    max_by(run_id, position) as run_id, max(recorded_at) as proposed_at, max(position) as position
  from classification_proposals
  group by dataset, column_name
),
decided as (
  select dataset, column_name, max_by(type, position) as type, max_by(role, position) as role,
    max_by(category, position) as category, max_by(actor, position) as actor,
    max(recorded_at) as decided_at, max_by(reason, position) as reason
  from classification_decisions
  group by dataset, column_name
)
select p.dataset, p.column_name as "column", p.role, p.category, p.evidence, p.uri, p.sha256,
  p.run_id, p.proposed_at, p.position,
  -- a proposal of other data than what was rejected is a new one
  case when d.type = 'rejected' and d.category <> p.category then 'open'
    else coalesce(d.type, 'open') end as state,
  d.role as decided_role, d.actor as decided_by, d.decided_at, d.reason
from proposed p
left join decided d using (dataset, column_name)
order by p.position desc, "column";

-- @columns
-- One row is one column of a dataset that runs read by that name.
select distinct name as dataset, unnest(columns) as "column"
from inputs
where name is not null
union
select dataset, column_name
from classification_proposals;
