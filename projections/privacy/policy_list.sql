-- @waivers
-- One row is one exception that was allowed.
select waiver, policy, uri, reason, approver, granted_at, ends_at, withdrawn_at
from waivers
order by granted_at, waiver;

-- @verdicts
-- One row is the latest verdict of one policy on one file.
select policy, uri, max_by(kind, position) as kind, max_by(severity, position) as severity,
  max_by(sha256, position) as sha256, max_by(outcome, position) as outcome,
  max_by(reason, position) as reason, max_by(waiver, position) as waiver,
  max_by(release_id, position) as release_id, max(recorded_at) as judged_at,
  max(position) as position
from policies
group by policy, uri
order by max(position) desc;

-- @declared
-- One row at most: the policies that were declared last.
select policies, recorded_at, actor, position
from policy_versions
order by position desc
limit 1;
