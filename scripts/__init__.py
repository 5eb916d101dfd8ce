"""Recipes and tools of the project; none of them is part of the running product."""
