-- Parts of one statement.

-- @frame
-- One row is the prints of all columns of a frame.
select {prints} from (select {hashes} from frame)

-- @hash
-- Null for null. The second hash is of another text or number, so that two values with the same
-- first hash differ in it.
if({column} is null, null, hash({column})) as {column}_one,
if({column} is null, null, hash({second})) as {column}_two

-- @second_of_fixed
xor(hash({column}), 6364136223846793005::ubigint)

-- @second_of_varying
'other' || {column}::varchar

-- @print
-- Sums do not depend on the order of rows, and equal values do not cancel out in them.
count({column}_one), sum({column}_one), sum({column}_two)
