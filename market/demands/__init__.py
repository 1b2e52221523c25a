"""What do enterprises wish existed, and what does the bureau answer?"""
