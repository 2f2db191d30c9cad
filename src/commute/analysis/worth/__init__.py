"""What gaps are worth: what the data say of each, and the cooperative game of all.

gaps       facts, ends and minutes of each gap; costs; detours today
stakes     what a target has at stake on a network, and the game of gaps on it
game       the cooperative game of road gaps, exact (coalitions: sets, Shapley, interactions; parts: tables of few gaps)
moved      values under moves of uncertain ends
Stands on measure.
"""
