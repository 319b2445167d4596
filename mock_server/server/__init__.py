"""The mock's own HTTP server on uvicorn: listening, request heads, delayed responses, reload, the state file.

Only `mock_server.cli`, `__main__`, the pytest plugin and the package itself may import it.
"""
