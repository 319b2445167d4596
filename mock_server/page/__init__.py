"""The page under `/__mock/`, for people: what the mock holds, was sent and will do, shown by a browser.

It only shows. Whatever it changes, it changes by the public calls of `mock_server.admin`.
Only `mock_server.web` and what stands above it may import it.
"""
