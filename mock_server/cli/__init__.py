"""The command: starts the server, prints the start-up banner, waits for a signal.

Only `mock_server.__main__` imports it.
"""
