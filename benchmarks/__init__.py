"""Benchmarks of this project and of the tools its users compare it with. The tests do not run them."""
