"""Links of pages under the path prefix at which a proxy serves them."""

from __future__ import annotations

import re
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph_api.web.addresses import prefix_of
from graph_api.web.in_scope import BASE

_LINK: Final = re.compile(rb"""(\s(?:href|src|action|formaction|poster|data-(?!suggest)[a-z-]+)=["'])/(?!/)""")


class Prefixed:
    """Puts the prefix before every address within this server that an HTML answer holds."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        prefix = prefix_of(scope.get(BASE, "")).encode()
        if scope["type"] != "http" or not prefix:
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def rewritten(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                if MutableHeaders(scope=message).get("content-type", "").startswith("text/html"):
                    start = message
                else:
                    await send(message)
                return
            if start is not None and message["type"] == "http.response.body":
                assert not message.get("more_body"), "pages are sent whole"
                body = _LINK.sub(lambda found: found[1] + prefix + b"/", message.get("body", b""))
                MutableHeaders(scope=start)["Content-Length"] = str(len(body))
                begun, start = start, None
                await send(begun)
                message = {**message, "body": body}
            await send(message)

        await self._app(scope, receive, rewritten)
