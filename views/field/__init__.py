"""Parts of the field page."""
