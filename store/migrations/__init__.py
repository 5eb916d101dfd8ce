"""Steps from one form of the catalogue to the next, run by Alembic when a store is opened."""
