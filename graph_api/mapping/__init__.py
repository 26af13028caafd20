"""Titles -> the professions that they open, occupations and skills, as a program reads them.

In: a built graph with the imported releases. Out: SSSOM tables of suggestions in the data folder, each row with its
evidence; what reaches the measured threshold is kept as a release of its own. `docs/mapping.md` says how sure it is.
"""
