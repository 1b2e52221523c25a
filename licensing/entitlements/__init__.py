"""May they, now, and how much is left?"""
