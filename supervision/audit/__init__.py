"""What happened, in plain sentences, for those who may know?"""
