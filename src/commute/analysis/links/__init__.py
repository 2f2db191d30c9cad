"""Links that are not listed, or that fail.

newlinks   pairs of nodes near on the ground and far by road
linkfacts  what is said of a link: names, barriers, costs
failing    times without one link or station
Stands on worth and measure.
"""
