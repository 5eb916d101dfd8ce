"""The vocabulary of the field: schemas, reference tables, rules, boundaries, texts.

Reads the files under ``data/`` and ``locale/``; knows no store, no Streamlit and no clock.
"""
