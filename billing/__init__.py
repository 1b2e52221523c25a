"""Who owes whom how much?"""
