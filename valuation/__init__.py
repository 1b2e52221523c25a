"""What is it worth, and how is it booked as an asset?"""
