"""Keep a project healthy: find runs that died, check every part, remove leftovers of crashes.

Functions here check a whole project and report; every repair of the history is an event.
"""
