"""The mock's own HTTP server on uvicorn: listening, request heads, delayed responses, reload, the state file.

Only `mock_server.cli` and the folders above it may import it.
"""
