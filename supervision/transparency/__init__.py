"""How does anyone prove that nothing in the log was changed or removed?"""
