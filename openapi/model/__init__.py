"""The parts of a contract: operations, resources, lists, fields, links and refusals, as frozen values.

Everything may import it; it imports the schemas and their dependencies.
"""
