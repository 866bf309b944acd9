"""What Python's packages are: their names, their release, and the files they hold.

`facade` imports a name when it is first used, `moved` keeps the old names of modules, `own`
refuses a foreign package that has the name of one of the product's. `product` is the release,
`statements` reads the SQL file beside a module.
"""
