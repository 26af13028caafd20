"""What trainings give and what work asks.

In come qualifications, professions and their ESCO skills; out come profiles, what covers what, what is missing, and
what closes the gap.
"""
