"""Recordings of requests and responses, without personal data and credentials.

`mock_server.upstream` and the folders above it may import it.
"""
