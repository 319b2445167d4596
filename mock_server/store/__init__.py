"""Indexed memory for records, with snapshots that cost one shallow copy.

`mock_server.records` and the folders above it may import it; it imports only `openapi`.
"""
