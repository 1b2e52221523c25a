"""What was asked, what did it cost, and what is the answer?"""
