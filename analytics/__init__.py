"""Pure functions: frames, a date and rules in, tables out. No Streamlit, no files, no clock."""
