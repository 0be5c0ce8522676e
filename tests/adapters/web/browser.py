"""A Chromium without a window, spoken to over its DevTools protocol: just what the tests of the console need."""

import asyncio
import itertools
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.patience import PATIENCE_S
from websockets.asyncio.client import ClientConnection, connect

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))),
    None,
)
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--lang=en-GB",
    "--remote-debugging-port=0",
)


class Page:
    """One tab. `troubles` are exceptions and errors of its own; `requests` the addresses that it asked for."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.troubles: list[str] = []
        self.requests: list[str] = []
        self._reading = asyncio.ensure_future(self._read())

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        return await asyncio.wait_for(self._waiting[number], PATIENCE_S)

    async def show(self, url: str, *, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        theme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        await self.command("Emulation.setEmulatedMedia", features=theme)
        await self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        await self.command("Page.navigate", url=url)

    async def js(self, expression: str) -> Any:
        """The value of an expression in the page."""
        answer = await self.command(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, f"{expression}: {answer['exceptionDetails']}"
        return answer["result"].get("value")

    async def until(self, expression: str) -> Any:
        """Wait for an expression to be true, and return its value. Fails with what the page shows."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        asked = f"((value) => value instanceof Node ? true : value)({expression})"
        while not (value := await self.js(asked)):
            if asyncio.get_running_loop().time() > deadline:
                shown = await self.js("document.body.innerText")
                raise AssertionError(
                    f"never true: {expression}\ntroubles: {self.troubles}\nthe page:\n{shown}"
                )
            await asyncio.sleep(0.05)
        return value

    async def text(self, selector: str) -> str:
        """What an element shows, white space made even."""
        found = await self.until(
            f"document.querySelector({json.dumps(selector)})?.innerText ?? document.querySelector({json.dumps(selector)})?.textContent ?? ''"
        )
        return " ".join(found.split())

    async def press(self, key: str) -> None:
        """One key, as the keyboard sends it."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32}
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            await self.command(
                "Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=codes[key], **text
            )

    async def _read(self) -> None:
        async for text in self._socket:
            told = json.loads(text)
            if "id" in told:
                self._waiting.pop(told["id"]).set_result(told.get("result", told))
                continue
            params = told["params"]
            match told["method"]:
                case "Runtime.exceptionThrown":
                    self.troubles.append(str(params["exceptionDetails"]))
                case "Log.entryAdded" if params["entry"]["level"] == "error":
                    self.troubles.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
                case "Network.requestWillBeSent":
                    self.requests.append(params["request"]["url"])

    async def close(self) -> None:
        self._reading.cancel()
        await self._socket.close()


@asynccontextmanager
async def chromium() -> AsyncIterator[Page]:
    """A browser with one empty page."""
    assert CHROMIUM is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = await asyncio.create_subprocess_exec(
            CHROMIUM,
            *OPTIONS,
            f"--user-data-dir={folder}",
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            assert process.stderr is not None
            page = await _first_page(process.stderr)
            draining = asyncio.ensure_future(process.stderr.read())
            try:
                yield page
            finally:
                await page.close()
                draining.cancel()
        finally:
            process.terminate()
            await process.wait()


async def _first_page(said: asyncio.StreamReader) -> Page:
    """Its page over a socket, as soon as it says where it listens."""
    async with asyncio.timeout(PATIENCE_S):
        while b"DevTools listening on " not in (line := await said.readline()):
            assert line, "the browser ended"
    address = line.decode().rsplit(" ", 1)[1].strip()
    async with connect(address, max_size=None) as browser:
        await browser.send(json.dumps({"id": 1, "method": "Target.getTargets"}))
        while "result" not in (told := json.loads(await browser.recv())):
            pass
    (target,) = [one for one in told["result"]["targetInfos"] if one["type"] == "page"]
    host = address.split("/devtools/")[0]
    page = Page(await connect(f"{host}/devtools/page/{target['targetId']}", max_size=None))
    for domain in ("Runtime", "Log", "Page", "Network"):
        await page.command(f"{domain}.enable")
    return page
