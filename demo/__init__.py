"""Demonstration data: made from a seed, in the real schema, never mistaken for real."""
