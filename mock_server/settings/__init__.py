"""Settings: flags, environment variables, and the settings of one session.

`mock_server.sessions` and what stands above it may import it.
"""
