"""One handler per operation, from plain values to a response; forced responses and simulated failures.

`mock_server.upstream` and the folders above it may import it.
"""
