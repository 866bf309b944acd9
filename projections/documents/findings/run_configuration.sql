-- @configuration
-- One row at most: the values that the task of the run was configured with.
select c.configuration
from runs r
join task_configurations c on c.task_id = r.task_id and c.config_sha256 = r.config_sha256
where r.run_id = ?
limit 1;
