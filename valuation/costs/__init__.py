"""What did it cost, when, at which stage, and where is the proof?"""
