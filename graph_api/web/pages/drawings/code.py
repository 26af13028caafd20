"""An address as a QR code, so that paper leads back to the page."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup


@lru_cache(maxsize=256)
def qr_code(address: str) -> Markup:
    """The address as a picture for paper; nothing where it is longer than a code can hold."""
    import segno

    try:
        made = segno.make(address, micro=False)
    except segno.DataOverflowError:
        return Markup()
    size = made.symbol_size(border=2)[0]
    drawn = made.svg_inline(border=2, omitsize=True, svgclass="qr", lineclass=None, dark="#000", light="#fff")
    return Markup(
        drawn.replace("<svg ", f'<svg width="{size}" height="{size}" aria-hidden="true" focusable="false" ', 1)
    )
