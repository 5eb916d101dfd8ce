"""Figures, sheets and workbooks composed from analytics tables and layers."""
