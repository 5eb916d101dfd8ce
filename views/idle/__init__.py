"""The idle-land page, part by part."""
