"""Under which names the scope of a request holds what is ours."""

from __future__ import annotations

from typing import Final

BASE: Final = "passerelle.base"
"""The address under which the client knows this server."""
FORWARDED: Final = "passerelle.forwarded"
"""The name and the prefix that a trusted proxy gave."""
BODY: Final = "passerelle.body"
"""The body, where there is one, which was taken in whole."""
ALONE: Final = "passerelle.alone"
"""That a process for costly work answers."""
LEAVE: Final = "passerelle.leave"
"""What gives back the place of the request, before it is answered."""
BESIDE: Final = "passerelle.beside"
"""That a process for costly work is to answer, since whoever asks does so without a pause."""
REQUEST: Final = "passerelle.request_id"
"""The id under which the request can be spoken of."""
REQUEST_ID: Final = "X-Request-ID"
"""The header that tells it."""
