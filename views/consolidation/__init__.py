"""Parts of the consolidation page."""
