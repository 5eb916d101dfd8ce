"""What is on the map: layer specifications, the catalogue of layers, and their renderers.

One specification, several renderers: the legend on screen, on the sheet and in a document is the
same object. Knows neither Streamlit nor the store nor the clock.
"""
