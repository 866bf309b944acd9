-- @releases
-- One row is one release, with how each policy was judged for it.
select r.release_id, r.state, r.source_uri, r.sha256, r.release_uri, r.purpose, r.recipient,
  r.approver, r.warnings, r.violations, r.size_bytes, r.run_id, r.task_id, r.decided_at,
  r.published_at, r.withdrawn_at, r.withdrawn_because, r.position,
  coalesce((
    select to_json(list({
      policy: p.policy, kind: p.kind, severity: p.severity, outcome: p.outcome,
      required: p.required, measured: p.measured, reason: p.reason, waiver: p.waiver
    } order by p.position))
    from policies p
    where p.release_id = r.release_id
  ), '[]'::json) as evaluated
from releases r
order by r.position;
