"""What data is there, in which versions, and who may have it?"""
