"""What is it worth, by which method, and who signed for it?"""
