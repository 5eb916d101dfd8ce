"""Datasets as immutable GeoParquet versions with an SQL catalogue; ledger records as rows."""
