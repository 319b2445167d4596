"""Sockets and HTTP on uvicorn: listening, reading request heads, delayed responses, reload, the state file.

Only `mock_server.cli`, `__main__`, the pytest plugin and the package itself may import it.
"""
