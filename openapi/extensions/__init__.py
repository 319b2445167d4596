"""Reads our own keywords, `x-resources` and `x-http`, into frozen values.

Only `openapi.reader` and `openapi.inference` import it; everything else finds the result in the `Contract`.
"""
