"""Drivers' tokens."""

from litestar import Router, delete, get, post, put
from litestar.exceptions import HTTPException

from chargewright.adapters.rest import driver_schemas, views
from chargewright.adapters.rest.services import Services
from chargewright.domain.token import Token
from chargewright.errors import NotFound

__all__ = ["create_token", "delete_token", "list_tokens", "read_token", "replace_token", "router"]


@get("/", summary="All tokens")
async def list_tokens(services: Services) -> list[driver_schemas.TokenView]:
    return [views.token_view(token) for token in await services.store.read(lambda records: records.tokens())]


@post("/", summary="A new token")
async def create_token(services: Services, data: driver_schemas.NewToken) -> driver_schemas.TokenView:
    token = views.token_of(data.token, data)
    if await _found(services, data.token) is not None:
        raise HTTPException(status_code=409, detail=f"token {data.token} exists; PUT replaces it")
    await services.store.commit(lambda records: records.put_token(token))
    services.drivers.local_lists.tokens_changed()
    return views.token_view(token)


@get("/{id_token:str}", summary="One token, without regard to upper or lower case")
async def read_token(services: Services, id_token: str) -> driver_schemas.TokenView:
    return views.token_view(await _require(services, id_token))


@put("/{id_token:str}", summary="Replace a token")
async def replace_token(
    services: Services, id_token: str, data: driver_schemas.TokenBody
) -> driver_schemas.TokenView:
    token = views.token_of((await _require(services, id_token)).id_token, data)
    await services.store.commit(lambda records: records.put_token(token))
    services.drivers.local_lists.tokens_changed()
    return views.token_view(token)


@delete("/{id_token:str}", summary="Forget a token, and what was learnt of it")
async def delete_token(services: Services, id_token: str) -> None:
    token = await _require(services, id_token)
    await services.store.commit(lambda records: records.delete_token(token.id_token))
    await services.learning.forget_token(token.id_token)
    services.drivers.local_lists.tokens_changed()


async def _found(services: Services, id_token: str) -> Token | None:
    return await services.store.read(lambda records: records.token(id_token))


async def _require(services: Services, id_token: str) -> Token:
    token = await _found(services, id_token)
    if token is None:
        raise NotFound("no such token", where=id_token)
    return token


def router() -> Router:
    """The routes under `/tokens`."""
    return Router(
        "/tokens",
        route_handlers=[list_tokens, create_token, read_token, replace_token, delete_token],
    )
