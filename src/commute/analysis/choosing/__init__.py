"""Which set to build: options, what sets are worth, and the search for the best.

options    what can be chosen: gaps and projects with costs, `requires` and `excludes`
choices    options taken together, and the value of a set
best       the best set under a budget, arrays only: all subsets, or branch and bound; routed: where each set is routed
solving    from options to the answer, with its bound
steps      the sets along a rising budget
Stands on worth and measure.
"""
