-- What the measures of privacy are in plain DuckDB. `people` has the quasi-identifiers q1 to q5 and
-- the sensitive attributes s1 (a text, compared value by value) and s2 (a number, by its order).

-- @make
-- One row is a person; their values depend on their number only.
create table {name} as
select
    (hash(8 * i + 1) % 72 + 18)::integer // {step} as q1,
    (hash(8 * i + 2) % 440)::integer // {step} as q2,
    if(hash(8 * i + 3) % 2 = 0, 'male', 'female') as q3,
    'school ' || ((hash(8 * i + 4) % 16) // {step}) as q4,
    'status ' || ((hash(8 * i + 5) % 7) // {step}) as q5,
    'illness ' || (sqrt(hash(8 * i + 6) % 400)::integer) as s1,
    (hash(8 * i + 7) % 100 * 500)::integer as s2
from range({rows}) as persons(i)

-- @classes
-- One row is a class.
create or replace temp table ec as
select q1, q2, q3, q4, q5, count(*) as n from people group by all

-- @risk
select
    count(*), min(n), count(*) filter (n = 1), 1 / min(n), count(*) / sum(n),
    sum(n) filter (n < 5)
from ec

-- @sizes
select n, count(*) from ec group by n order by n

-- @cells
-- One row is a value within a class.
create or replace temp table cell as
select q1, q2, q3, q4, q5, {sensitive} as s, count(*) as c from people group by all

-- @diversity
-- Of each class the number of values, the entropy and the share of the commonest value.
with class as (
    select count(*) as l, sum(c) as n, sum(c * ln(c)) as terms, max(c) as top
    from cell group by q1, q2, q3, q4, q5
)
select min(l), min(exp(ln(n) - terms / n)), max(if(n > top, top / (n - top), 'infinity'::double))
from class

-- @equal
-- A value that a class lacks adds its overall share.
with overall as (select s, sum(c) / (select sum(c) from cell) as p from cell group by s),
class as (
    select sum(abs(c / n - p)) + 1 - sum(p) as gap
    from cell join ec using (q1, q2, q3, q4, q5) join overall using (s)
    group by q1, q2, q3, q4, q5
)
select max(gap) / 2 from class

-- @ordered
-- Between two of its values the cumulated share of a class is constant. Over such a stretch the
-- sum of differences to the overall cumulated share is a difference of running totals, but for
-- the rank at which the sign changes.
with overall as (
    select s, row_number() over (order by s) - 1 as r, sum(w) over (order by s) as f
    from (select s, sum(c) / (select sum(c) from cell) as w from cell group by s)
),
ranks as (
    select list(f order by r) as f, list(u order by r) as u, count(*) as m
    from (select r, f, sum(f) over (order by r) as u from overall)
),
reached as (
    select
        q1, q2, q3, q4, q5, r,
        sum(c) over class / n as g,
        coalesce(lead(r) over class, (select m - 1 from ranks)) as next,
        row_number() over class = 1 as is_first
    from cell join ec using (q1, q2, q3, q4, q5) join overall using (s)
    window class as (partition by q1, q2, q3, q4, q5 order by r)
),
passed as (
    select *, least(greatest(len(list_filter(f, lambda x: x < g)), r), next) as p
    from reached, ranks
),
gaps as (
    select
        q1, q2, q3, q4, q5,
        g * (p - r) - (if(p > 0, u[p], 0) - if(r > 0, u[r], 0))
        + (if(next > 0, u[next], 0) - if(p > 0, u[p], 0)) - g * (next - p)
        + if(is_first and r > 0, u[r], 0) as gap,
        m
    from passed
)
select max(t) from (
    select sum(gap) / any_value(m - 1) as t from gaps group by q1, q2, q3, q4, q5
)
