"""The application."""

from fastapi import FastAPI

from tests.bench.peer import legacy, v1

app = FastAPI(title="PEER")
app.include_router(v1.router)
app.include_router(legacy.router)


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}
