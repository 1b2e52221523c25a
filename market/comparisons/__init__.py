"""What is different between two versions of a data set, in structure and in rows?"""
