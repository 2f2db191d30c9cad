"""What a network, gap, service, profile, target and scenario *is*: values, valid from birth.

network    Network: dated tables as one value; `on`, `apply`, `assume` give new ones
tables     the columns of every table: names, types, bounds (the one place)
views      links of gaps, the timetable of a day; headways: assumed ones at the favourable or unfavourable end
validity   dates: what is in use on a day; picking: rows of a frame by the texts of a column, quickly
points     ids, names, coordinates or a frame, made one kind of thing
speeds     minutes along links: free flow, peak, bottlenecks
profile    how someone travels; target: what is judged, and the presets with the texts' words
scenario   changes with a name and a date; changes: the typed edits and how several are applied; plain: numbers of numpy as Python's
graph      a network as a networkx graph, and back
checks     every finding on tables; datum: Chinese map datums
results    plain answers that any room may take
Knows errors. Must not know files, kernels, plots. Values (profile, target, scenario) import neither numpy nor pandas.
To add a table: its columns in `tables`, its checks in `checks`, its use in `network.Network.in_use`.
"""
