"""What a target measures: people and places as points, times between them, and what is counted of those.

people     people as weighted points; `redistributed` totals
cells      the cell of each zone on the ground; `outlines` of them for maps
potential  weights between zones
reach      times from points to points at the three levels of the constants, kept with the network
pairs      pairs of centres with their legs
field      minutes from the people to the centres at each level, and ranges over them
shares     shares, minutes needed and shortfall, arrays only
"""
