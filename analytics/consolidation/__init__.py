"""Consolidation of zones: candidates, plans, and what checks them."""
