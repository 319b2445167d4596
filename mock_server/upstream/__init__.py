"""The service behind the mock: forwards requests, judges both directions, compares, learns records.

`mock_server.mock` and the folders above it may import it.
"""
