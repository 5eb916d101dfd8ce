"""Measurements; run ``make bench``. Figures are medians and ratios within one run on one machine."""
