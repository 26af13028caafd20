"""The engine: may the holder of this qualification work there?

In comes a question; out comes an answer with every route, its law, its conditions judged, the office that decides,
and the reasons why other regimes are closed. What the law says is data; only how facts meet conditions is written
here.
"""
