"""The ``ganyuan`` command; calls the same functions as the pages."""
