"""Which body is it, and has somebody verified it?"""
