"""The service behind the mock: forwards requests, judges both directions, compares, learns records.

`mock_server.mock` and what stands above it may import it.
"""
