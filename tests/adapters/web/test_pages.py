import gzip
import re
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from chargewright.adapters.web.pages import DIST, console_routes

CONSOLE = Path(__file__).parents[3] / "console"


@pytest.fixture
def client():
    with TestClient(Litestar(console_routes(), openapi_config=None, logging_config=None)) as made:
        yield made


def test_the_page_is_served_as_it_was_built(client):
    response = client.get("/", headers={"accept-encoding": "identity"})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert response.content == (DIST / "index.html").read_bytes()


def test_everything_that_the_page_names_is_served_from_here(client):
    named = re.findall(r'(?:src|href)="([^"]+)"', client.get("/").text)
    assert len(named) >= 3
    for path in named:
        assert path.startswith("/"), f"{path} is somewhere else"
        assert client.get(path).status_code == 200
    types = {path.rsplit(".", 1)[1]: client.get(path).headers["content-type"].split(";")[0] for path in named}
    assert types == {"svg": "image/svg+xml", "js": "text/javascript", "css": "text/css"}


def test_what_is_known_is_not_sent_again(client):
    first = client.get("/assets/console.js")
    again = client.get("/assets/console.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = client.get("/assets/console.css", headers={"if-none-match": first.headers["etag"]})
    assert other.status_code == 200


def test_compressed_and_plain_are_the_same_file_under_two_tags(client):
    content = (DIST / "assets" / "console.js").read_bytes()
    plain = client.get("/assets/console.js", headers={"accept-encoding": "identity"})
    assert plain.content == content
    assert "content-encoding" not in plain.headers
    packed = client.get("/assets/console.js", headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == content  # the client unpacks it
    assert len(gzip.compress(content)) == int(packed.headers["content-length"])
    assert packed.headers["etag"] != plain.headers["etag"]
    mixed = client.get(
        "/assets/console.js",
        headers={"accept-encoding": "identity", "if-none-match": packed.headers["etag"]},
    )
    assert mixed.status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/assets/nothing.js", "/assets/..%2f..%2fpages.py", "/..%2fpages.py", "/assets/index.html"],
)
def test_nothing_else_is_served(client, path):
    assert client.get(path).status_code == 404


def test_the_page_may_load_nothing_from_elsewhere(client):
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    built = "".join(path.read_text() for path in DIST.rglob("*") if path.suffix in {".js", ".css", ".html"})
    addresses = re.findall(r"https?://[\w./-]+", built)
    assert [address for address in addresses if not address.startswith(NAMED_BUT_NOT_LOADED)] == []


# Names of XML vocabularies, and the page that an error of the framework's points to.
NAMED_BUT_NOT_LOADED = ("http://www.w3.org/", "https://svelte.dev/e/")


def test_the_console_stays_small():
    files = [path for path in DIST.rglob("*") if path.is_file()]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 250_000


def test_a_folder_without_a_console_is_said_so(tmp_path):
    with pytest.raises(FileNotFoundError, match="make ui"):
        console_routes(tmp_path)


def test_the_lock_file_names_no_registry():
    assert '"resolved"' not in (CONSOLE / "package-lock.json").read_text()
