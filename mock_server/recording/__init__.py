"""Recordings of requests and responses, without personal data and credentials.

`mock_server.upstream` and what stands above it may import it.
"""
