"""Reads bytes into located nodes: files, `$ref` between files, and the keywords each object may hold.

`openapi` may import it, `fixtures` to read files, and `mock_server` to suggest names. Everything else starts at
`openapi.load`.
"""
