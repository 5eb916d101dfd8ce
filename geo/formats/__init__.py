"""File formats of the field: parsers and writers over bytes and text."""
