"""What operations do to records: create, change, delete, list. It has no knowledge of HTTP.

`mock_server.sessions` and the folders above it may import it.
"""
