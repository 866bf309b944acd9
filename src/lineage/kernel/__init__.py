"""The ground floor: errors, ids, clock, digests, safe paths, atomic files, JSON values.

The list of effects that operations may state is here as well, since operations and events share
it. Nothing here knows an event, a database or a data frame. Time, ids and randomness enter the
product through this package only, so that tests can replace them. `merkle` and `notes` are
what seals are made of: hash trees and signed texts.
"""

from lineage.kernel.packages.moved import keep_old_names

# the template `secure` of release 0.1 has put this name into projects
keep_old_names({"lineage.kernel.keyring": "lineage.kernel.secrets.keyring"})
