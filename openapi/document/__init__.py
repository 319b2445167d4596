"""Reads bytes into located nodes: files, `$ref` between files, and the keywords each object may hold.

Only the modules of `openapi` itself import it; everything else starts at `openapi.load`.
"""
