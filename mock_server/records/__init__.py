"""What operations do to records: create, change, delete, list. It knows nothing of HTTP.

`mock_server.sessions` and what stands above it may import it.
"""
