"""Indexed memory for records, with snapshots that cost one shallow copy.

`mock_server.records` and what stands above it may import it; it imports `openapi` alone.
"""
