"""One handler per operation: plain values in, a response out; forced responses and simulated failures.

`mock_server.web`, `admin` and `mock.py` may import it.
"""
