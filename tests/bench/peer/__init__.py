"""PEER: the same API as a competent team would write it with FastAPI, SQLAlchemy's async ORM and pydantic."""
