"""The consolidated text of Directive 2005/36/EC as EUR-Lex gives it, held against our rows of its Annex V.

Nothing is imported and no table is written: what comes out is a list of differences.
"""
