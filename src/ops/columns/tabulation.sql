-- Parts of the queries for cells. Columns have made-up names here: g0, g1, ... for groups, v0, ...
-- for values, p for persons.

-- @cells
-- One row is one cell: the rows that are equal in all groups; nulls are equal.
select {groups}, {measures} from data group by {groups} order by {order}

-- @merged
-- One row is all rows of hidden cells.
select {measures} from data where exists (select 1 from hidden where {same})

-- @order
{group} nulls last

-- @same
data.{group} is not distinct from hidden.{group}

-- @rows
count(*) as n

-- @persons
count(distinct p) as persons

-- @measure
-- Null unless enough rows have a value.
if({contributors} >= {minimum}, {value}, null) as {name}

-- @contributing_rows
count({column})

-- @contributing_persons
count(distinct p) filter (where {column} is not null)

-- @count
count({column})

-- @sum
sum({column})

-- @mean
avg({column})

-- @min
min({column})

-- @max
max({column})

-- @median
median({column})

-- @count_distinct
count(distinct {column})
