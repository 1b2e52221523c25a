"""Is the data good, and how do we know?"""
