"""Measurements of this project beside what its users would pick instead. The tests never run them."""
