"""How a database comes from one version of the schema to the next: Alembic, run from `migrate`, never by hand."""
