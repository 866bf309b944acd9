"""Keep a project healthy: find runs that died, check every part, sweep what crashes left.

Functions here look at a whole project and report; what they mend, they record.
"""
