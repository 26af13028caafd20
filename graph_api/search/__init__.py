"""The index of labels.

In come labels, codes and the words that people type; out come things in the order of how well they match.
"""
