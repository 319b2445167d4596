"""Settings: flags, environment variables, and the settings of one session.

`mock_server.sessions` and the folders above it may import it.
"""
