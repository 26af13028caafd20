"""Who agreed on what: experts, the tables that they sign, their decisions, and what readers propose."""
