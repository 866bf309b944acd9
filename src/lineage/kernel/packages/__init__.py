"""How the product's packages are imported: lazily, under old names too, and no others instead.

`facade` imports a name when it is first used, `moved` keeps the old names of modules, `own`
refuses a foreign package that has the name of one of the product's.
"""
