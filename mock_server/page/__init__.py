"""The page under `/__mock/`, for people: records, requests and coming responses in a browser.

It makes all changes through the public calls of `mock_server.admin`.
Only `mock_server.web` and the folders above it may import it.
"""
