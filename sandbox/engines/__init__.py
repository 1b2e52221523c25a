"""Where does a checked plan run, and what can it reach from there?"""
