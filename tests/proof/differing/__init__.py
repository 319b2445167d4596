"""Services that keep every documented promise and differ in what is only assumed."""
