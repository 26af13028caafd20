"""Reforms that somebody proposes: laid over the tables, built beside the law in force, and compared with it."""
