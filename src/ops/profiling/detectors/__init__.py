"""What finds personal data in a column: a table of kinds, each told by name, form and check digit.

A kind is one frozen `Detector`; `table.DETECTORS` lists all, `evidence` weighs them.
Nothing here keeps or returns a value of a cell.
"""
