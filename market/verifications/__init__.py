"""Has somebody looked at an organisation's papers, and what did they decide?"""
