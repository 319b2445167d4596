"""The contract check: does a service keep the contract that the document says?"""
