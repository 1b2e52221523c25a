"""Who is it, what data is there, is it good, what is on sale?"""
