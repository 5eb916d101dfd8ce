"""Measurements; run ``make bench``. Figures are medians and ratios of one run on one machine."""
