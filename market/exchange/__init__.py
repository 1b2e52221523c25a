"""In which of the world's formats is the catalogue told, and how well is it told?"""
