-- @version
pragma user_version;

-- @any_event
select exists (select 1 from events);
