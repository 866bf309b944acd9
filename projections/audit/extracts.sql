-- @relations
select table_name as name from duckdb_tables()
where not internal and not temporary and table_name <> 'catalog_info'
union all
select view_name from duckdb_views() where not internal and not temporary
order by name;

-- @run_that_wrote
select run_id from artifacts where uri = $uri and sha256 = $sha256 order by position desc limit 1;
