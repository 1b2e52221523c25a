"""Is it an asset at all, and of which class?"""
